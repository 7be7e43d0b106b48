"""The timeline of an incident: planned again after every change, reconciled with what exists."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import F

from audiences.models import AudienceKind
from incidents import planning
from incidents.models import Incident, PlanStep, Status, TimelineEntry, Update
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import plans

UNDER_WAY = (Status.IN_PROGRESS, Status.VERIFYING, Status.COMPLETED)
State, Reason = TimelineEntry.State, TimelineEntry.Reason
_Trigger = PlanStep.Trigger
BY_SCHEDULE = (
    *(_Trigger.STARTS, _Trigger.NOT_BEGUN, _Trigger.ENDS, _Trigger.MOVED, _Trigger.EXTENDED),
)
# Words of these would say that it goes on; what waits with them does not outlive the end.
_OF_ITS_COURSE = (_Trigger.OPENED, _Trigger.STARTS, _Trigger.NOT_BEGUN, _Trigger.ENDS)
_SAID = (
    *("id", "corrects_id", "status", "published_at", "next_update_due_at", "changes_status"),
    *("origin", "audience", "to_kind", "again_at"),
)


class _Known(NamedTuple):
    """An entry as far as it is compared: a timeline has many, and few of them change."""

    id: int
    step_id: int
    slot: str
    state: str
    reason: str
    due_at: datetime
    update_id: int | None


def story_of(incident: Incident, steps: Sequence[planning.Step] | None = None) -> planning.Story:
    """What the planner goes by; what none of `steps` tells is not read."""
    updates = _said(incident)
    first_work = next((said.at for said in updates if said.status in UNDER_WAY), None)
    assert incident.opened_at, "a draft has no timeline"
    return planning.Story(
        incident.opened_at,
        updates,
        incident.resolved_at,
        is_called_off=incident.status == Status.CANCELLED,
        starts_at=incident.scheduled_for,
        ends_at=incident.scheduled_until,
        started_at=first_work,
        changes=[
            planning.Change(id=change.pk, kind=change.kind, at=change.changed_at)
            for change in incident.schedule_changes.order_by("changed_at", "pk")
        ]
        if incident.kind == Kind.MAINTENANCE
        else (),
        rolled_back_at=incident.rolled_back_at,
        delivered=_delivered(incident) if steps is None or _any(steps, _Trigger.DELIVERED) else {},
        told_within_since=incident.merged_at,
        reopened=sum(
            before.status in FINAL and after.status not in FINAL
            for before, after in pairwise(updates)
        ),
    )


def _any(steps: Sequence[planning.Step], trigger: str) -> bool:
    return any(step.trigger == trigger for step in steps)


def _delivered(incident: Incident) -> dict[int, datetime]:
    rows = incident.commitments.values_list("pk", "delivered_at")
    return {pk: delivered_at for pk, delivered_at in rows if delivered_at}


def _said(incident: Incident) -> list[planning.Said]:
    """Its updates with what they promise, or what corrections of them promise instead."""
    promised: dict[int, dict[str, datetime]] = defaultdict(dict)
    said = {}
    for row in _rows(incident):
        if row.corrects_id is None:
            said[row.id] = row
        if row.again_at:
            promised[row.corrects_id or row.id][row.to_kind] = row.again_at
    return [
        planning.Said(
            id=row.id,
            status=row.status,
            at=row.published_at,
            next_due_at=promised[row.id].get(row.audience, row.next_update_due_at),
            changes_status=row.changes_status,
            by_plan=row.origin == Update.Origin.PLAN,
            audience=row.audience,
            promised={kind: due_at for kind, due_at in promised[row.id].items() if kind},
        )
        for row in said.values()
    ]


def _rows(incident: Incident) -> Iterable[Any]:
    """What was said, and what puts it right, in the order of the story, once per promise."""
    updates = incident.updates.filter(state=Update.State.PUBLISHED)
    joined = updates.annotate(to_kind=F("promises__audience"), again_at=F("promises__due_at"))
    return joined.order_by("published_at", "pk", "promises__pk").values_list(*_SAID, named=True)


def steps_of(incident: Incident) -> list[planning.Step]:
    if incident.plan is None:
        return []
    plans.read_parts(plan=incident.plan)
    return [
        planning.Step(
            id=step.pk,
            trigger=step.trigger,
            status=step.status,
            offset=step.offset,
            repeat_limit=step.repeat_limit,
            repeat_every=step.repeat_every,
            speaks=step.who != PlanStep.Who.TASK,
            is_post=step.is_post,
            # What is for others than customers is not posted where everybody reads it.
            kinds=frozenset({AudienceKind.CUSTOMER}) if step.is_post else kinds_of(step),
        )
        for step in incident.plan.steps.all()
    ]


def kinds_of(step: PlanStep) -> frozenset[str]:
    """The kinds of audience a step tells; none means everybody."""
    kinds = {segment.kind for segment in step.segments.all()}
    if not kinds:
        return frozenset()
    # Customers and partners use our services; whoever follows one may be any of them.
    outside = {AudienceKind.CUSTOMER, AudienceKind.PARTNER} if step.tells_affected else set()
    return frozenset(kinds | outside)


def replan(
    *, incident: Incident, now: datetime, steps: Sequence[planning.Step] | None = None
) -> None:
    """Bring the timeline in line with the story; the caller holds the incident's row.

    What no longer applies is cancelled with the reason, and comes back if it applies again, unless
    another incident has told it meanwhile; what was released or decided by a person is never
    touched. `steps` are those of its plan, where they were read already.
    """
    steps = steps_of(incident) if steps is None else steps
    story = story_of(incident, steps)
    # A tick may have read its clock before the update or the move that it now sees.
    updated = (said.at for said in story.updates)
    now = max([now, *updated, *(change.at for change in story.changes)])
    triggers = {step.id: step.trigger for step in steps}
    wanted = {entry.slot: entry for entry in planning.plan_timeline(story, steps, now)}
    rows = map(_Known._make, incident.timeline.values_list(*_Known._fields))
    existing = {known.slot: known for known in rows}
    overtaken = {slot for entry in wanted.values() for slot in entry.overtakes}
    for slot, entry in existing.items():
        trigger = triggers[entry.step_id]
        if slot in overtaken:
            _overtake(entry)
        elif slot not in wanted or _is_past(entry, trigger, story):
            _cancel(entry, trigger, story)
        elif entry.state in (State.PLANNED, State.CANCELLED) and not _was_told(entry, now):
            _plan(entry, wanted[slot])
    TimelineEntry.objects.bulk_create(
        TimelineEntry(
            incident=incident,
            step_id=entry.step_id,
            slot=slot,
            due_at=entry.due_at,
            reason=entry.reason,
            update_id=entry.update_id,
            schedule_change_id=entry.change_id,
            commitment_id=entry.commitment_id,
        )
        for slot, entry in wanted.items()
        if slot not in existing
    )


def _was_told(entry: _Known, now: datetime) -> bool:
    """Whether it would have been due while another incident told it."""
    is_cancelled = entry.state == State.CANCELLED and entry.reason == Reason.TOLD_WITHIN
    return is_cancelled and entry.due_at <= now


def _is_past(entry: _Known, trigger: str, story: planning.Story) -> bool:
    """A reminder that could not go out in time: by now it has begun; or it waited, and is over."""
    if entry.state != State.PLANNED and story.ended_at:
        return trigger in _OF_ITS_COURSE
    is_reminder = trigger == _Trigger.STARTS and entry.due_at < (story.starts_at or entry.due_at)
    return is_reminder and story.started_at is not None


def _overtake(entry: _Known) -> None:
    """What waits for a person stays with them."""
    if entry.state in (State.PLANNED, State.CANCELLED) and entry.reason != Reason.OVERTAKEN:
        rows = TimelineEntry.objects.filter(pk=entry.id)
        rows.update(state=State.CANCELLED, reason=Reason.OVERTAKEN)


def _cancel(entry: _Known, trigger: str, story: planning.Story) -> None:
    if entry.state not in (State.PLANNED, State.WAITING):
        return
    why = _why_not(entry, trigger, story)
    TimelineEntry.objects.filter(pk=entry.id).update(state=State.CANCELLED, reason=why)


def _why_not(entry: _Known, trigger: str, story: planning.Story) -> TimelineEntry.Reason:
    if story.told_within_since:
        return Reason.TOLD_WITHIN
    if entry.reason == Reason.PROMISE_DUE:
        return Reason.ALREADY_SAID
    if trigger == _Trigger.ENDS and story.is_yet_to_begin and not story.ended_at:
        return Reason.NOT_BEGUN
    is_by_schedule = trigger in BY_SCHEDULE
    has_moved = is_by_schedule and story.changes and not story.ended_at
    return Reason.RESCHEDULED if has_moved else Reason.NO_LONGER_APPLIES


def _plan(entry: _Known, planned: planning.Entry) -> None:
    before = (entry.state, entry.due_at, entry.update_id)
    if before != (State.PLANNED, planned.due_at, planned.update_id):
        TimelineEntry.objects.filter(pk=entry.id).update(
            state=State.PLANNED,
            reason=planned.reason,
            due_at=planned.due_at,
            update_id=planned.update_id,
        )
