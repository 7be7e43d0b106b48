"""What is due goes out: each entry is claimed in the database, told once, and accounted for."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from incidents.models import Approval, Component, Incident, PlanStep, Promise, TimelineEntry, Update
from incidents.models.timeline import TimelineEntryQuerySet
from incidents.services import (
    approval_requests,
    assignments,
    duty_calls,
    entries,
    promises,
    safe_words,
    surveying,
    telling,
    timeline,
    wrong_copies,
)
from incidents.services.shared import Shared
from messaging.services import broadcasts, one_by_one
from messaging.services.brand import Design

_CLOCK = [f"incident__clock_{part}" for part in ("origin_at", "anchor_at", "speed")]
State, Trigger = TimelineEntry.State, PlanStep.Trigger


class NotWaiting(Exception):
    """The entry does not wait for anybody; nothing was changed."""


def release_due(*, now: datetime) -> int:
    """Release every entry that is due on its incident's clock; returns how many.

    Any number of these may run at once, late or doubled: each entry is claimed under its
    incident's row. Where messages really leave, a replay's entries never do.
    """
    rows = TimelineEntry.objects.all()
    if not settings.EMBEDDED:
        rows = rows.exclude(incident__mode=Incident.Mode.REPLAY)
    return _release_all(rows, now)


def release_due_of(*, incident: Incident, now: datetime) -> int:
    """Release what is due in one incident alone; returns how many."""
    return _release_all(incident.timeline.all(), now)


def _release_all(rows: TimelineEntryQuerySet, now: datetime) -> int:
    candidates = rows.due(now).select_related("incident", "step")
    due = [
        entry
        for entry in candidates.only("due_at", "step__who", *_CLOCK).order_by("due_at", "pk")
        if entry.due_at <= entry.incident.story_time(now)
    ]
    # Customers never wait until a crowd of tasks was given out.
    due.sort(key=lambda entry: entry.step.who == PlanStep.Who.TASK)
    shared = Shared()
    return sum(
        one_by_one.attempt(
            partial(_release, entry, now, shared),
            complaint="An entry cannot be released and waits for a person",
            about=entry.pk,
            if_it_fails=partial(_let_wait, entry.pk),
        )
        for entry in due
    )


def _let_wait(entry_id: int, error: Exception) -> int:
    """What cannot go out waits for a person."""
    planned = TimelineEntry.objects.planned().filter(pk=entry_id)
    note = f"{type(error).__name__}: {error}"[:500]
    return planned.update(state=State.WAITING, note=note)


@transaction.atomic
def _release(known: TimelineEntry, now: datetime, shared: Shared) -> bool:
    entry = entries.claim(known, state=State.PLANNED, shared=shared)
    if entry is None or entry.due_at > entry.incident.story_time(now):
        return False  # somebody else told it, or it was moved meanwhile
    if _has_passed(entry, now, shared):
        return False
    if reason := surveying.refusal(step=entry.step, incident=entry.incident, now=now):
        _ask_nobody(entry, reason)
    elif _goes_by_itself(entry):
        tell(entry, by=None, now=now, shared=shared)
    elif entry.step.who == PlanStep.Who.TASK:
        given = [entry, *entries.tasks_with(entry, entry.incident.story_time(now))]
        assignments.give(tasks=given, roster=shared.roster, now=now)
    else:
        entry.state = State.WAITING
        entry.save(update_fields=["state"])
    return True


def _has_passed(entry: TimelineEntry, now: datetime, shared: Shared) -> bool:
    """Whether time alone has made it pointless: after hours without a tick its next repetition is
    due, or the maintenance that would end has not begun."""
    if not (entry.step.repeat_every or entry.step.trigger == Trigger.ENDS):
        return False
    incident = entry.incident
    steps = shared.steps_of(incident)
    timeline.replan(incident=incident, now=incident.story_time(now), steps=steps)
    return not TimelineEntry.objects.planned().filter(pk=entry.pk).exists()


def _ask_nobody(entry: TimelineEntry, reason: str) -> None:
    entry.state, entry.note = State.SKIPPED, reason
    entry.save(update_fields=["state", "note"])


def _goes_by_itself(entry: TimelineEntry) -> bool:
    """What needs approval does so once what it tells was approved, corrections apart."""
    if entry.step.who != PlanStep.Who.APPROVAL:
        return entry.step.who == PlanStep.Who.AUTOMATIC
    is_needed = approval_requests.is_needed(step=entry.step, incident=entry.incident)
    said = wrong_copies.told_by(entry)
    requests = Approval.objects.filter(update=said) if said else ()
    return not is_needed or any(request.is_cleared for request in requests)


def tell(
    entry: TimelineEntry,
    *,
    by: User | None,
    now: datetime,
    as_of: datetime | None = None,
    shared: Shared | None = None,
) -> None:
    """Say what an entry says; the caller has claimed it.

    `as_of` is the moment that the plan's own words are made for, if they were approved for one.
    """
    shared = shared or Shared()
    incident = entry.incident
    story = incident.story_time(now)
    components = shared.touched_by(incident)
    entry.update = wrong_copies.told_by(entry)
    together = [entry]
    answered: list[Promise] = []
    held: list[str] = []
    if entry.update is None and entry.step.trigger in PlanStep.UNWRITTEN:
        together += entries.siblings(entry, story)
        speaker = next((each for each in together if each.step.statement), entry)
        update, answered = _speak_for_the_plan(speaker, story, as_of or story, components)
        for each in together:
            each.update = update
        held += safe_words.held_of(update)
    for each in together:
        held += _broadcast(each, components, by=by, now=now, story=story, design=shared.design)
    if held:
        _tell_held(entry, list(dict.fromkeys(held)), shared, now)
    if entry.step.trigger == Trigger.PROMISE_DUE and answered:
        _tell_owner(answered[0], shared, now)
    timeline.replan(incident=incident, now=story, steps=shared.steps_of(incident))


def _tell_owner(promise: Promise, shared: Shared, now: datetime) -> None:
    """What customers hear never waits for a message to ourselves."""
    one_by_one.attempt(
        partial(_tell_owner_of, promise, shared, now),
        complaint="The owner was not told of what was said for promise",
        about=promise.pk,
    )


@transaction.atomic
def _tell_owner_of(promise: Promise, shared: Shared, now: datetime) -> bool:
    return duty_calls.tell_owner(promise=promise, roster=shared.roster, now=now) is not None


def _tell_held(entry: TimelineEntry, held: list[str], shared: Shared, now: datetime) -> None:
    one_by_one.attempt(
        partial(_tell_held_of, entry, held, shared, now),
        complaint="Nobody was told which words were held back by entry",
        about=entry.pk,
    )


@transaction.atomic
def _tell_held_of(entry: TimelineEntry, held: list[str], shared: Shared, now: datetime) -> bool:
    entry.held = held
    entry.save(update_fields=["held"])
    safe_words.tell(entry=entry, held=held, roster=shared.roster, now=now)
    return True


def _broadcast(
    entry: TimelineEntry,
    components: Sequence[Component],
    *,
    by: User | None,
    now: datetime,
    story: datetime,
    design: Design,
) -> list[str]:
    """Start it; returns the technical facts that it does without."""
    # It may have waited for its approval.
    if reason := surveying.refusal(step=entry.step, incident=entry.incident, now=now):
        _ask_nobody(entry, reason)
        return []
    announcement, held = telling.safely(entry, components=components)
    entry.broadcast = broadcasts.start(announcement=announcement, by=by, now=now, design=design)
    surveying.invite(entry=entry, now=now)
    late = story - entry.due_at > entry.incident.grace
    entry.state = State.LATE if late else State.DONE
    entry.released_at = story
    entry.decided_by = by
    entry.save(update_fields=["update", "broadcast", "state", "released_at", "decided_by"])
    return held


def _speak_for_the_plan(
    entry: TimelineEntry, story: datetime, as_of: datetime, components: Sequence[Component]
) -> tuple[Update, list[Promise]]:
    """Publish the step's pre-approved statement, with a promise of its own; and what it answers."""
    update = telling.statement(
        step=entry.step,
        incident=entry.incident,
        at=as_of,
        commitment=entry.commitment,
        change=entry.schedule_change,
        components=components,
    )
    update.published_at = story
    update.save()
    return update, promises.record(update=update, promised=promises.made_by(update=update))


@transaction.atomic
def approve(*, entry: TimelineEntry, by: User, now: datetime) -> None:
    """Let a waiting message go out that nobody is asked about: its template was mended.

    :raises NotWaiting: no message waits here, or approvals.approve() decides about it.
    :raises CannotSay: it still cannot be rendered, and waits on.
    """
    waiting = _waiting(entry, PlanStep.Who.APPROVAL, PlanStep.Who.AUTOMATIC)
    together = [waiting, *entries.siblings(waiting, waiting.due_at)]
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
        if claimed := entries.claim(entry, state=state, shared=Shared()):
            claimed.state, claimed.reason = State.SKIPPED, TimelineEntry.Reason.BY_A_PERSON
            claimed.note, claimed.decided_by = reason[:500], by
            claimed.save(update_fields=["state", "reason", "note", "decided_by"])
            return
    raise NotWaiting(str(entry))


def _waiting(entry: TimelineEntry, *who: PlanStep.Who) -> TimelineEntry:
    claimed = entries.claim(entry, state=State.WAITING, shared=Shared())
    if claimed is None or claimed.step.who not in who:
        raise NotWaiting(str(entry))
    return claimed
