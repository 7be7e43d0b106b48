"""What new times of a maintenance will set off; changes nothing."""

from dataclasses import replace
from datetime import datetime

from incidents import planning
from incidents.admin import forecast_rows
from incidents.admin.forecast_rows import Row
from incidents.models import Incident, PlanStep, ScheduleChange, TimelineEntry, Update
from incidents.services import telling, timeline
from messaging.services.placeholders import BadTemplate

_NEW = -1  # the id of a change that is not made yet


def rescheduled(*, change: ScheduleChange, now: datetime) -> list[Row]:
    """Who would be told of this change, and the reminders that come of it.

    The change is not stored; its incident is given the new times in memory.
    """
    incident = change.incident
    if incident.plan is None:
        return []
    incident.scheduled_for, incident.scheduled_until = change.new_for, change.new_until
    story = timeline.story_of(incident)
    made = planning.Change(id=_NEW, kind=change.kind, at=change.changed_at)
    story = replace(story, changes=(*story.changes, made))
    planned = planning.plan_timeline(story, timeline.steps_of(incident), change.changed_at)
    known = set(incident.timeline.values_list("slot", flat=True))
    found = incident.plan.steps.select_related("template").prefetch_related(
        "segments", "template__variants"
    )
    steps = {step.pk: step for step in found}
    return [
        _row(steps[entry.step_id], incident, change, entry, now)
        for entry in planned
        if entry.slot not in known and entry.reason != TimelineEntry.Reason.PROMISE_DUE
    ]


def _row(
    step: PlanStep,
    incident: Incident,
    change: ScheduleChange,
    entry: planning.Entry,
    now: datetime,
) -> Row:
    tells_it = entry.change_id == _NEW
    told = TimelineEntry(
        incident=incident,
        step=step,
        due_at=entry.due_at,
        reason=entry.reason,
        update=said(step=step, change=change) if tells_it else None,
        schedule_change=change if tells_it else None,
    )
    return forecast_rows.row(told, now=now)


def said(*, step: PlanStep, change: ScheduleChange) -> Update | None:
    """The step's own words about a change; None where they cannot be filled."""
    if step.who == PlanStep.Who.TASK:
        return None
    try:
        return telling.statement(
            step=step, incident=change.incident, at=change.changed_at, change=change
        )
    except BadTemplate:
        return None
