"""What is due goes out: each entry is claimed in the database, told once, and accounted for."""

import logging
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from feedback.services import surveys
from incidents.models import (
    Approval,
    Incident,
    PlanStep,
    TimelineEntry,
    Update,
)
from incidents.models.timeline import TimelineEntryQuerySet
from incidents.services import (
    approval_requests,
    assignments,
    duty_calls,
    promises,
    telling,
    timeline,
)
from messaging.services import broadcasts

logger = logging.getLogger(__name__)

_NEEDED = (
    *("incident__plan", "step__template", "step__survey"),
    *("update", "commitment", "schedule_change"),
)
_CLOCK = [f"incident__clock_{part}" for part in ("origin_at", "anchor_at", "speed")]
State, Trigger = TimelineEntry.State, PlanStep.Trigger


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
    audience = telling.audience_of(entry.step, entry.incident)
    return [
        other
        for other in others.prefetch_related("step__segments")
        if audience in ("", telling.audience_of(other.step, entry.incident))
    ]


def _goes_along(entry: TimelineEntry) -> Q:
    """What needs approval is asked about together, so that no readers are forgotten."""
    automatic = Q(state=State.PLANNED, step__who=PlanStep.Who.AUTOMATIC)
    if entry.step.who != PlanStep.Who.APPROVAL:
        return automatic
    waiting = Q(state__in=[State.PLANNED, State.WAITING], step__who=PlanStep.Who.APPROVAL)
    return automatic | (waiting & Q(update=None))


def _broadcast(entry: TimelineEntry, *, by: User | None, now: datetime, story: datetime) -> None:
    entry.broadcast = broadcasts.start(announcement=telling.announcement(entry), by=by, now=now)
    if entry.step.survey:
        surveys.invite(survey=entry.step.survey, broadcast=entry.broadcast)
    late = story - entry.due_at > entry.incident.grace
    entry.state = State.LATE if late else State.DONE
    entry.released_at = story
    entry.decided_by = by
    entry.save(update_fields=["update", "broadcast", "state", "released_at", "decided_by"])


def _speak_for_the_plan(entry: TimelineEntry, story: datetime, as_of: datetime) -> Update:
    """Publish the step's pre-approved statement, with a promise of its own."""
    update = telling.statement(
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
