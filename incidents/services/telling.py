"""What a step says, and to whom; previews foresee with it what the release will do."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from audiences import languages
from audiences.models import AudienceKind, Segment
from incidents.models import (
    Commitment,
    Component,
    Impact,
    Incident,
    PlanStep,
    ScheduleChange,
    Status,
    TimelineEntry,
    Update,
)
from incidents.services import (
    affected,
    drills,
    facts,
    promises,
    safe_words,
    severity,
    storm_readers,
    surveying,
    timeline,
)
from incidents.services.approval_requests import Message
from messaging.models import Broadcast, BroadcastContent
from messaging.services import asking, broadcasts, forecast, placeholders, rendering
from messaging.services import readers as messaging_readers
from messaging.services.audience import Whom
from messaging.services.readers import Reader

State, Trigger = TimelineEntry.State, PlanStep.Trigger
_HURTS = {Impact.CRITICAL, Impact.MAJOR}
# Said of a maintenance whose end, or next word, has not come as it was known.
_GOES_ON = {Trigger.PROMISE_DUE, Trigger.ENDS}


def statement(
    *,
    step: PlanStep,
    incident: Incident,
    at: datetime,
    commitment: Commitment | None = None,
    change: ScheduleChange | None = None,
    components: Sequence[Component] | None = None,
) -> Update:
    """What a step says at a moment of the story where nobody has written, not stored; as customers
    may read it, see safe_words.

    :raises BadTemplate: it cannot be filled with what is known.
    """
    assert incident.plan, "a step comes from a plan"
    known = facts.build(
        incident=incident, update=None, commitment=commitment, change=change, components=components
    ).texts
    audience = audience_of(step, incident)
    is_owed = step.trigger in _GOES_ON or promises.needs_promise(
        kind=incident.kind, status=incident.status
    )
    is_owed = is_owed and incident.merged_into_id is None  # the next word comes from its head
    planned = promises.proposed(incident=incident, at=at, audience=audience) if is_owed else {}
    apart = {kind: due_at.isoformat() for kind, due_at in planned.items() if kind != audience}
    texts = {
        code: rendering.fill_statement(languages.pick(step.statement, code), known[code])
        for code in languages.codes()
    }
    held: list[str] = []
    if audience != AudienceKind.INTERNAL:
        texts, held = safe_words.statement(texts, step=step, incident=incident, known=known)
    return Update(
        incident=incident,
        status=incident.status,
        public_text=texts,
        audience=audience,
        next_update_due_at=planned.get(audience),
        proposal={
            **({"promised": apart} if apart else {}),
            **({"held": held} if held else {}),
        },
        origin=Update.Origin.PLAN,
        published_at=at,
    )


def announcement(
    entry: TimelineEntry, *, components: Sequence[Component] | None = None
) -> broadcasts.Announcement:
    """What an entry tells, before it is known whether its readers may have all of it."""
    incident, step = entry.incident, entry.step
    assert step.template, "a step that tells has a template (constraint step_has_words)"
    purpose = Broadcast.Purpose.FEEDBACK if step.asks else Broadcast.Purpose.NOTICE
    known = facts.build(
        incident=incident,
        update=entry.update,
        kinds=timeline.kinds_of(step),
        commitment=entry.commitment,
        change=entry.schedule_change,
        components=components,
    )
    ours = known.texts[settings.LANGUAGE_CODE]
    request = surveying.request(step=step, incident=incident)
    return broadcasts.Announcement(
        title=": ".join(filter(None, (ours["mark"], step.name, ours["title"])))[:300],
        template=step.template,
        facts={
            code: {**texts, "question": request.question.get(code, "")}
            for code, texts in known.texts.items()
        },
        moments=known.moments,
        thread=incident.key,
        channels=step.channels,
        segments=() if step.asks else readers(step, incident, entry.update),
        purpose=purpose,
        # Hours told in a minute overtake their own messages; all of them are to be seen.
        supersedes=incident.has_real_time,
        priority=Broadcast.Priority.BULK if step.asks else _priority(entry),
        severity=severity.of(incident=incident),
        reminds=request.earlier.broadcast if request.earlier else None,
        is_played=incident.mode == Incident.Mode.REPLAY,
    )


def safely(
    entry: TimelineEntry, *, components: Sequence[Component] | None = None
) -> tuple[broadcasts.Announcement, list[str]]:
    """The same as it goes out; and the technical facts that were left out for that."""
    announced = announcement(entry, components=components)
    return safe_words.announcement(announced, step=entry.step, incident=entry.incident)


def _priority(entry: TimelineEntry) -> Broadcast.Priority:
    """How urgent a notice is: what hurts many now goes before what is told of it afterwards."""
    incident = entry.incident
    is_past = incident.status == Status.POSTMORTEM or entry.step.trigger == Trigger.DELIVERED
    urgent = incident.impact in _HURTS and not is_past
    return Broadcast.Priority.URGENT if urgent else Broadcast.Priority.NORMAL


def audience(step: PlanStep, incident: Incident) -> Sequence[Segment]:
    """The step's segments, and if it tells the affected, these and who follows what is affected.

    The head of a storm tells along whom the plans of the others would tell. A drill tells none of
    them, but those who take part.
    """
    if incident.mode == Incident.Mode.DRILL:
        taking_part = (drills.audience(step=step, incident=one) for one in incident.storm)
        return [segment for segments in taking_part for segment in segments]
    segments = set(step.segments.all()) | storm_readers.told_along(step=step, incident=incident)
    if step.tells_affected:
        segments |= affected.audience(incident=incident)
    return sorted(segments, key=lambda segment: segment.pk)


def readers(step: PlanStep, incident: Incident, update: Update | None) -> Sequence[Segment]:
    """Those of a step's segments that an update is for.

    In a drill those who take part stand for all of them.
    """
    kind = update.audience if update and incident.mode != Incident.Mode.DRILL else ""
    return [one for one in audience(step, incident) if kind in ("", one.kind)]


def message(entry: TimelineEntry) -> Message:
    """Exactly what an entry sends, rendered and not stored; where it cannot be, without words."""
    step, incident, update = entry.step, entry.incident, entry.update
    try:
        announced, _held = safely(entry)
        contents: Sequence[BroadcastContent] = broadcasts.contents(announcement=announced)
    except placeholders.CannotSay:
        contents = ()  # Whoever releases it is told.
    return Message(step, readers(step, incident, update), contents)


def expected(*, incident: Incident, now: datetime) -> dict[int, forecast.Forecast]:
    """Whom each entry to come would reach now, and whom not, by the entry's number."""
    coming = incident.timeline.filter(state__in=[State.PLANNED, State.WAITING])
    entries = list(coming.select_related("step__template"))
    steps = {entry.step_id: entry.step for entry in entries}
    reached = {pk: foresee(step=step, incident=incident, now=now) for pk, step in steps.items()}
    return {entry.pk: reached[entry.step_id] for entry in entries}


def foresee(
    *,
    step: PlanStep,
    incident: Incident,
    now: datetime,
    update: Update | None = None,
    contents: Iterable[BroadcastContent] = (),
) -> forecast.Forecast:
    """Who a step would reach at a moment, with an update, stored or not; and what its texts would
    cost, where there are contents."""
    whom = whom_of(step, incident, update, now)
    return forecast.forecast(whom=whom, channels=step.channels, now=now, contents=contents)


def listed(
    *,
    step: PlanStep,
    incident: Incident,
    update: Update | None,
    channel: str,
    fate: str,
    now: datetime,
    after: int,
) -> list[Reader]:
    """The people behind a number of foresee(), a page of them; see messaging.services.readers."""
    whom = whom_of(step, incident, update, now)
    return messaging_readers.listed(whom=whom, channel=channel, fate=fate, now=now, after=after)


def whom_of(step: PlanStep, incident: Incident, update: Update | None, now: datetime) -> Whom:
    """Whom what a step says is for."""
    worst = severity.of(incident=incident)
    if not step.asks:
        return Whom(readers(step, incident, update), severity=worst)
    earlier = surveying.request(step=step, incident=incident).earlier
    asked = asking.Asking.about(
        thread=incident.key,
        channels=step.channels,
        now=now,
        reminds=earlier.broadcast_id if earlier else None,
        is_played=incident.mode == Incident.Mode.REPLAY,
    )
    return Whom(purpose=Broadcast.Purpose.FEEDBACK, severity=worst, asking=asked)


def audience_of(step: PlanStep, incident: Incident) -> str:
    """The one kind of audience that a promised word of this step is for; empty for everybody.

    Internal words alone never answer what customers were promised.
    """
    if step.trigger != Trigger.PROMISE_DUE or incident.plan is None:
        return ""
    apart = {*promises.rhythms(incident.plan).audiences(impact=incident.impact)}
    holding = [
        one
        for one in incident.plan.steps.all()
        if one.trigger == Trigger.PROMISE_DUE and one.who != PlanStep.Who.TASK
    ]
    if all(timeline.kinds_of(one) == {AudienceKind.INTERNAL} for one in holding):
        apart.add(AudienceKind.INTERNAL)
    kinds = timeline.kinds_of(step)
    return next(iter(kinds)) if len(kinds) == 1 and kinds <= apart else ""
