"""What a step of a person will set off: who is going to be told what, and when."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidents import planning
from incidents.admin import forecast_rows
from incidents.admin.forecast_rows import Row
from incidents.models import (
    Incident,
    Plan,
    PlanStep,
    TimelineEntry,
    Update,
)
from incidents.models.status import FINAL
from incidents.services import proposals, telling, timeline, updates
from incidents.services.updates import UpdateDraft
from messaging.services.placeholders import BadTemplate

# The id of an update that is not written yet.
_NEW = -1


@dataclass(frozen=True)
class Told:
    """An entry to come, not stored, and when it comes again; `error` is why it has no words."""

    entry: TimelineEntry
    again: Sequence[datetime]
    error: str = ""


def update(*, incident: Incident, draft: UpdateDraft, now: datetime) -> list[Row]:
    """What publishing this now would set off; changes nothing."""
    if incident.plan is None:
        return []
    at = incident.story_time(now)
    written = updates.written(incident=incident, draft=draft, by=None, at=at)
    future = proposals.as_it_would_be(update=written, statuses=draft.component_statuses)
    story = timeline.story_of(future)
    said = planning.Said(
        id=_NEW,
        status=draft.status,
        at=at,
        changes_status=written.changes_status,
        audience=draft.audience,
    )
    future.resolved_at = (story.ended_at or at) if draft.status in FINAL else None
    story = replace(story, updates=(*story.updates, said), ended_at=future.resolved_at)
    planned = planning.plan_timeline(story, timeline.steps_of(incident), at)
    known = set(incident.timeline.values_list("slot", flat=True))
    new = [
        entry
        for entry in planned
        if entry.slot not in known and entry.reason != TimelineEntry.Reason.PROMISE_DUE
    ]
    return rows(told(future, steps_of(incident.plan), new, {_NEW: written}), now)


def steps_of(plan: Plan) -> dict[int, PlanStep]:
    steps = plan.steps.select_related("template")
    steps = steps.prefetch_related("segments", "template__variants")
    return {step.pk: step for step in steps.order_by("position", "pk")}


def told(
    incident: Incident,
    steps: Mapping[int, PlanStep],
    planned: Iterable[planning.Entry],
    said: Mapping[int, Update | None],
) -> list[Told]:
    """What is planned, each step once as it is the first time, with the words that it tells."""
    by_step: dict[int, list[planning.Entry]] = {}
    for entry in sorted(planned, key=lambda one: one.due_at):
        by_step.setdefault(entry.step_id, []).append(entry)
    return [
        _told(
            TimelineEntry(
                incident=incident,
                step=steps[step_id],
                due_at=first.due_at,
                reason=first.reason,
                update=said.get(first.update_id or 0),
            ),
            [one.due_at for one in others],
        )
        for step_id, (first, *others) in by_step.items()
    ]


def _told(entry: TimelineEntry, again: Sequence[datetime]) -> Told:
    step = entry.step
    speaks = step.trigger in PlanStep.UNWRITTEN and step.who != PlanStep.Who.TASK
    if entry.update or not speaks:
        return Told(entry, again)
    try:
        entry.update = telling.statement(step=step, incident=entry.incident, at=entry.due_at)
    except BadTemplate as error:
        return Told(entry, again, error=str(error))
    return Told(entry, again)


def rows(told: Iterable[Told], now: datetime) -> list[Row]:
    """Who would hear it: that can be counted also where there are no words."""
    return [
        forecast_rows.row(one.entry, now=now, again=one.again, contents=() if one.error else None)
        for one in told
    ]
