"""The timeline of an incident: planned again after every change, reconciled with what exists."""

from collections.abc import Mapping
from datetime import datetime

from incidents import planning
from incidents.models import Incident, PlanStep, Status, TimelineEntry, Update

State, Reason = TimelineEntry.State, TimelineEntry.Reason


def story_of(incident: Incident) -> planning.Story:
    updates = tuple(
        planning.Said(
            id=update.pk,
            status=update.status,
            at=update.published_at,
            next_due_at=update.next_update_due_at,
            changes_status=update.changes_status,
            by_plan=update.origin == Update.Origin.PLAN,
        )
        for update in incident.updates.order_by("published_at", "pk")
    )
    assert incident.opened_at, "a draft has no timeline"
    return planning.Story(
        incident.opened_at,
        updates,
        incident.resolved_at,
        is_called_off=incident.status == Status.CANCELLED,
    )


def steps_of(incident: Incident) -> list[planning.Step]:
    if incident.plan is None:
        return []
    return [
        planning.Step(
            id=step.pk,
            trigger=step.trigger,
            status=step.status,
            offset=step.offset,
            repeat_limit=step.repeat_limit,
            speaks=step.who != PlanStep.Who.TASK,
        )
        for step in incident.plan.steps.order_by("position", "pk")
    ]


def replan(*, incident: Incident, now: datetime) -> None:
    """Bring the timeline in line with the story; the caller holds the incident's row.

    What no longer applies is cancelled with the reason, and comes back if it applies again; what
    was released or decided by a person is never touched.
    """
    story = story_of(incident)
    # A tick may have read its clock before the update that it now sees was published.
    now = max([now, *(said.at for said in story.updates)])
    wanted = {entry.slot: entry for entry in planning.plan_timeline(story, steps_of(incident), now)}
    existing = {entry.slot: entry for entry in incident.timeline.all()}
    for slot, entry in existing.items():
        if slot not in wanted:
            _cancel(entry)
        elif entry.state in (State.PLANNED, State.CANCELLED):
            _plan(entry, wanted[slot])
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident,
            step_id=entry.step_id,
            slot=slot,
            due_at=entry.due_at,
            reason=entry.reason,
            update_id=entry.update_id,
        )
        for slot, entry in wanted.items()
        if slot not in existing
    )


def _cancel(entry: TimelineEntry) -> None:
    if entry.state not in (State.PLANNED, State.WAITING):
        return
    was_promise = entry.reason == Reason.PROMISE_DUE
    entry.state = State.CANCELLED
    entry.reason = Reason.ALREADY_SAID if was_promise else Reason.NO_LONGER_APPLIES
    entry.save(update_fields=["state", "reason"])


def _plan(entry: TimelineEntry, planned: planning.Entry) -> None:
    before = (entry.state, entry.due_at, entry.update_id)
    if before != (State.PLANNED, planned.due_at, planned.update_id):
        entry.state, entry.reason = State.PLANNED, planned.reason
        entry.due_at, entry.update_id = planned.due_at, planned.update_id
        entry.save(update_fields=["state", "reason", "due_at", "update"])


def promises(*, incident: Incident, until: datetime) -> Mapping[str, int]:
    """How many promised updates fell due until a moment of story time, and how many were kept.

    The end settles a promise; one that nobody followed is broken once it is due.
    """
    said = list(incident.updates.order_by("published_at", "pk"))
    made = kept = 0
    for update, following in zip(said, [*said[1:], None], strict=True):
        if update.next_update_due_at is None:
            continue
        latest = update.next_update_due_at + incident.grace
        if following is None and until <= latest:
            continue
        made += 1
        kept += following is not None and following.published_at <= latest
    return {"made": made, "kept": kept}
