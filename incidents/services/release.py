"""What is due goes out: each entry is claimed in the database, told once, and accounted for."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audiences import languages
from audiences.models import Segment
from feedback.services import surveys
from incidents.models import (
    Approval,
    Commitment,
    Impact,
    Incident,
    PlanStep,
    ScheduleChange,
    TimelineEntry,
    Update,
)
from incidents.models.timeline import TimelineEntryQuerySet
from incidents.services import (
    affected,
    approval_requests,
    assignments,
    drills,
    duty_calls,
    facts,
    promises,
    severity,
    timeline,
)
from incidents.services.approval_requests import Message
from messaging.models import Broadcast, BroadcastContent, Template
from messaging.services import broadcasts, forecast, placeholders, rendering

logger = logging.getLogger(__name__)

_NEEDED = (
    *("incident__plan", "step__template", "step__survey"),
    *("update", "commitment", "schedule_change"),
)
_CLOCK = [f"incident__clock_{part}" for part in ("origin_at", "anchor_at", "speed")]
State, Trigger = TimelineEntry.State, PlanStep.Trigger
_HURTS = {Impact.CRITICAL, Impact.MAJOR}


class NotWaiting(Exception):
    """The entry does not wait for anybody; nothing was changed."""


def release_due(*, now: datetime) -> int:
    """Release every entry that is due on its incident's clock; returns how many.

    Any number of these may run at once, late or doubled: each entry is claimed under its
    incident's row. Where messages really leave, a replay's entries never do.
    """
    entries = TimelineEntry.objects.all()
    if not settings.EMBEDDED:
        entries = entries.exclude(incident__mode=Incident.Mode.REPLAY)
    return _release_all(entries, now)


def release_due_of(*, incident: Incident, now: datetime) -> int:
    """Release what is due in one incident alone; returns how many."""
    return _release_all(incident.timeline.all(), now)


def _release_all(entries: TimelineEntryQuerySet, now: datetime) -> int:
    candidates = entries.due(now).select_related("incident").only("due_at", *_CLOCK)
    due = [
        entry.pk
        for entry in candidates.order_by("due_at", "pk")
        if entry.due_at <= entry.incident.story_time(now)
    ]
    return sum(_release_safely(entry_id, now) for entry_id in due)


def _release_safely(entry_id: int, now: datetime) -> bool:
    """One entry that cannot go out waits for a person; it never stops those behind it."""
    try:
        return _release(entry_id, now)
    except (OperationalError, InterfaceError):
        raise  # The database is away: the next tick finds everything as it was.
    except Exception as error:
        logger.exception("An entry cannot be released and waits for a person: %s", entry_id)
        planned = TimelineEntry.objects.planned().filter(pk=entry_id)
        note = f"{type(error).__name__}: {error}"[:500]
        return bool(planned.update(state=State.WAITING, note=note))


@transaction.atomic
def _release(entry_id: int, now: datetime) -> bool:
    entry = _claim(entry_id, State.PLANNED)
    if entry is None:
        return False
    if entry.step.survey and entry.incident.mode == Incident.Mode.DRILL:
        # An answer would count as a customer's.
        entry.state, entry.note = State.SKIPPED, _("In a drill nobody is asked for feedback.")
        entry.save(update_fields=["state", "note"])
    elif _goes_by_itself(entry):
        tell(entry, by=None, now=now)
    else:
        entry.state = State.WAITING
        entry.save(update_fields=["state"])
        if entry.step.who == PlanStep.Who.TASK:
            assignments.assign(entry=entry, now=now)
    return True


def _goes_by_itself(entry: TimelineEntry) -> bool:
    """What needs approval does so once the update that it tells was approved."""
    if entry.step.who != PlanStep.Who.APPROVAL:
        return entry.step.who == PlanStep.Who.AUTOMATIC
    is_needed = approval_requests.is_needed(step=entry.step, incident=entry.incident)
    requests = Approval.objects.filter(update=entry.update_id) if entry.update_id else ()
    return not is_needed or any(request.is_cleared for request in requests)


def _claim(entry_id: int, state: TimelineEntry.State) -> TimelineEntry | None:
    incident_id = TimelineEntry.objects.values_list("incident_id", flat=True).get(pk=entry_id)
    Incident.objects.select_for_update().get(pk=incident_id)
    return TimelineEntry.objects.filter(pk=entry_id, state=state).select_related(*_NEEDED).first()


def tell(
    entry: TimelineEntry, *, by: User | None, now: datetime, as_of: datetime | None = None
) -> None:
    """Say what an entry says; the caller has claimed it.

    `as_of` is the moment that the plan's own words are made for, if they were approved for one.
    """
    incident = entry.incident
    story = incident.story_time(now)
    together = [entry]
    if entry.update is None and entry.step.trigger in PlanStep.UNWRITTEN:
        together += siblings(entry, story)
        speaker = next((each for each in together if each.step.statement), entry)
        update = _speak_for_the_plan(speaker, story, as_of or story)
        for each in together:
            each.update = update
    for each in together:
        _broadcast(each, by=by, now=now, story=story)
    if entry.step.trigger == Trigger.PROMISE_DUE and entry.update:
        _tell_owner(entry.update, now)
    timeline.replan(incident=incident, now=story)


def _tell_owner(update: Update, now: datetime) -> None:
    """What customers hear never waits for a message to ourselves."""
    try:
        with transaction.atomic():
            duty_calls.tell_owner(update=update, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("The owner was not told of update %s", update.pk)


def siblings(entry: TimelineEntry, story: datetime) -> list[TimelineEntry]:
    """Steps for other audiences that are due for the same reason say the same thing with it.

    What stands for a promised update is said to all who hear it, also where it was due later.
    """
    planned = entry.incident.timeline.filter(_goes_along(entry), step__survey=None)
    if entry.step.trigger == Trigger.PROMISE_DUE:
        planned = planned.filter(step__trigger=Trigger.PROMISE_DUE)
    else:
        occasion = entry.slot.partition(":")[2]
        planned = planned.filter(slot__endswith=f":{occasion}", due_at__lte=story)
    others = planned.exclude(pk=entry.pk).select_related(*_NEEDED)
    audience = _audience_of(entry.step, entry.incident)
    return [
        other
        for other in others.prefetch_related("step__segments")
        if audience in ("", _audience_of(other.step, entry.incident))
    ]


def _goes_along(entry: TimelineEntry) -> Q:
    """What needs approval is asked about together, so that no readers are forgotten."""
    automatic = Q(state=State.PLANNED, step__who=PlanStep.Who.AUTOMATIC)
    if entry.step.who != PlanStep.Who.APPROVAL:
        return automatic
    waiting = Q(state__in=[State.PLANNED, State.WAITING], step__who=PlanStep.Who.APPROVAL)
    return automatic | (waiting & Q(update=None))


def _audience_of(step: PlanStep, incident: Incident) -> str:
    """The one kind of audience that a promised word of this step is for; empty for everybody."""
    own_rhythm = promises.rhythms(incident.plan).audiences(impact=incident.impact)
    kinds = timeline.kinds_of(step)
    is_apart = step.trigger == Trigger.PROMISE_DUE and len(kinds) == 1 and kinds <= {*own_rhythm}
    return next(iter(kinds)) if is_apart else ""


def _broadcast(entry: TimelineEntry, *, by: User | None, now: datetime, story: datetime) -> None:
    entry.broadcast = broadcasts.start(announcement=_announcement(entry), by=by, now=now)
    if entry.step.survey:
        surveys.invite(survey=entry.step.survey, broadcast=entry.broadcast)
    late = story - entry.due_at > entry.incident.grace
    entry.state = State.LATE if late else State.DONE
    entry.released_at = story
    entry.decided_by = by
    entry.save(update_fields=["update", "broadcast", "state", "released_at", "decided_by"])


def _speak_for_the_plan(entry: TimelineEntry, story: datetime, as_of: datetime) -> Update:
    """Publish the step's pre-approved statement, with a promise of its own."""
    update = statement(
        step=entry.step,
        incident=entry.incident,
        at=as_of,
        commitment=entry.commitment,
        change=entry.schedule_change,
    )
    update.published_at = story
    update.save()
    if update.next_update_due_at:
        planned = promises.proposed(incident=entry.incident, at=as_of, audience=update.audience)
        promises.record(update=update, promised=planned)
    return update


def statement(
    *,
    step: PlanStep,
    incident: Incident,
    at: datetime,
    commitment: Commitment | None = None,
    change: ScheduleChange | None = None,
) -> Update:
    """What a step says at a moment of the story where nobody has written, not stored.

    :raises BadTemplate: it cannot be filled with what is known.
    """
    assert incident.plan, "a step comes from a plan"
    known = facts.build(incident=incident, update=None, commitment=commitment, change=change)
    audience = _audience_of(step, incident)
    is_owed = promises.needs_promise(kind=incident.kind, status=incident.status)
    interval = promises.interval(incident=incident, at=at, audience=audience)
    texts = {
        code: rendering.fill_statement(languages.pick(step.statement, code), known[code])
        for code in languages.codes()
    }
    return Update(
        incident=incident,
        status=incident.status,
        public_text=texts,
        audience=audience,
        next_update_due_at=at + interval if is_owed else None,
        origin=Update.Origin.PLAN,
        published_at=at,
    )


def _announcement(entry: TimelineEntry) -> broadcasts.Announcement:
    incident, step = entry.incident, entry.step
    assert step.template, "a step that tells has a template (constraint step_has_words)"
    is_feedback = step.template.stage == Template.Stage.FEEDBACK
    purpose = Broadcast.Purpose.FEEDBACK if is_feedback else Broadcast.Purpose.NOTICE
    return broadcasts.Announcement(
        title=f"{step.name}: {languages.pick(incident.title, settings.LANGUAGE_CODE)}"[:300],
        template=step.template,
        facts=facts.build(
            incident=incident,
            update=entry.update,
            kinds=timeline.kinds_of(step),
            commitment=entry.commitment,
            change=entry.schedule_change,
        ),
        thread=incident.key,
        channels=step.channels,
        segments=() if is_feedback else readers(step, incident, entry.update),
        purpose=purpose,
        # Hours told in a minute overtake their own messages; all of them are to be seen.
        supersedes=incident.has_real_time,
        priority=Broadcast.Priority.BULK if is_feedback else _priority(incident),
        severity=severity.of(incident=incident),
    )


def _priority(incident: Incident) -> Broadcast.Priority:
    """How urgent a notice is: what hurts many now goes before everything else."""
    urgent = incident.impact in _HURTS
    return Broadcast.Priority.URGENT if urgent else Broadcast.Priority.NORMAL


def audience(step: PlanStep, incident: Incident) -> Sequence[Segment]:
    """The step's segments, and if it tells the affected, these and who follows what is affected.

    A drill tells none of them, but those who take part.
    """
    if incident.mode == Incident.Mode.DRILL:
        return drills.audience(step=step, incident=incident)
    segments = set(step.segments.all())
    if step.tells_affected:
        segments |= affected.audience(incident=incident)
    return sorted(segments, key=lambda segment: segment.pk)


def readers(step: PlanStep, incident: Incident, update: Update | None) -> Sequence[Segment]:
    """Those of a step's segments that an update is for."""
    kind = update.audience if update else ""
    return [one for one in audience(step, incident) if kind in ("", one.kind)]


def message(entry: TimelineEntry) -> Message:
    """Exactly what an entry sends, rendered and not stored; where it cannot be, without words."""
    step, incident, update = entry.step, entry.incident, entry.update
    try:
        contents: Sequence[BroadcastContent] = broadcasts.contents(
            announcement=_announcement(entry)
        )
    except (placeholders.BadTemplate, broadcasts.NoVariant):
        contents = ()  # Whoever releases it is told.
    return Message(step, readers(step, incident, update), contents)


def expected(*, incident: Incident, now: datetime) -> dict[int, dict[str, int]]:
    """How many people each entry to come would reach now, by channel: {entry: {channel: n}}."""
    coming = incident.timeline.filter(state__in=[State.PLANNED, State.WAITING])
    entries = list(coming.select_related("step__template"))
    steps = {entry.step_id: entry.step for entry in entries}
    reached = {pk: reach(step=step, incident=incident, now=now) for pk, step in steps.items()}
    return {entry.pk: reached[entry.step_id] for entry in entries}


def reach(*, step: PlanStep, incident: Incident, now: datetime) -> dict[str, int]:
    """How many people a step would reach now, by channel."""
    return foresee(step=step, incident=incident, now=now).by_channel


def foresee(
    *, step: PlanStep, incident: Incident, now: datetime, update: Update | None = None
) -> forecast.Forecast:
    """Who a step would reach at a moment; with an update, stored or not, also what its texts would
    cost."""
    is_feedback = bool(step.template and step.template.stage == Template.Stage.FEEDBACK)
    return forecast.forecast(
        channels=step.channels,
        now=now,
        segments=() if is_feedback else readers(step, incident, update),
        purpose=Broadcast.Purpose.FEEDBACK if is_feedback else Broadcast.Purpose.NOTICE,
        severity=severity.of(incident=incident),
        thread=incident.key,
        contents=_texts(step, incident, update) if update and step.template else (),
    )


def _texts(step: PlanStep, incident: Incident, update: Update) -> Sequence[BroadcastContent]:
    return message(TimelineEntry(incident=incident, step=step, update=update)).contents


@transaction.atomic
def approve(*, entry: TimelineEntry, by: User, now: datetime) -> None:
    """Let a waiting message go out that nobody is asked about: its template was mended.

    :raises NotWaiting: no message waits here, or approvals.approve() decides about it.
    :raises BadTemplate, NoVariant: it still cannot be rendered, and waits on.
    """
    waiting = _waiting(entry, PlanStep.Who.APPROVAL, PlanStep.Who.AUTOMATIC)
    together = [waiting, *siblings(waiting, waiting.due_at)]
    if Approval.objects.undecided().filter(entry__in=together).exists():
        raise NotWaiting(str(entry))
    tell(waiting, by=by, now=now)


@transaction.atomic
def complete(*, entry: TimelineEntry, by: User, outcome: str, now: datetime) -> None:
    """Note that a task was done, and what came of it.

    :raises NotWaiting: it is no open task.
    """
    waiting = _waiting(entry, PlanStep.Who.TASK)
    waiting.state, waiting.note, waiting.decided_by = State.DONE, outcome[:500], by
    waiting.released_at = waiting.incident.story_time(now)
    waiting.save(update_fields=["state", "note", "decided_by", "released_at"])


@transaction.atomic
def skip(*, entry: TimelineEntry, by: User, reason: str) -> None:
    """Decide that an entry will not happen, and why.

    :raises NotWaiting: it has happened already, or was cancelled.
    """
    for state in (State.PLANNED, State.WAITING):
        if claimed := _claim(entry.pk, state):
            claimed.state, claimed.reason = State.SKIPPED, TimelineEntry.Reason.BY_A_PERSON
            claimed.note, claimed.decided_by = reason[:500], by
            claimed.save(update_fields=["state", "reason", "note", "decided_by"])
            return
    raise NotWaiting(str(entry))


def _waiting(entry: TimelineEntry, *who: PlanStep.Who) -> TimelineEntry:
    claimed = _claim(entry.pk, State.WAITING)
    if claimed is None or claimed.step.who not in who:
        raise NotWaiting(str(entry))
    return claimed
