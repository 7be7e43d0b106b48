"""What a step of a person will set off: who is going to be told what, and when."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from incidents import planning
from incidents.admin import forecast_rows
from incidents.admin.forecast_rows import Row
from incidents.admin.wording import Statement, statement_of
from incidents.models import (
    Impact,
    Incident,
    IncidentComponent,
    Plan,
    PlanStep,
    Status,
    TimelineEntry,
    Update,
)
from incidents.models.components import worst_impact
from incidents.models.incidents import FINAL
from incidents.models.plans import Kind
from incidents.services import maintenance, plans, promises, proposals, telling, timeline, updates
from incidents.services.updates import UpdateDraft
from messaging.services.placeholders import BadTemplate

Trigger = PlanStep.Trigger
# What brings these is known when it is opened: what is not planned then does not come.
_FORESEEN = (Trigger.OPENED, Trigger.STARTS, Trigger.ENDS)
# The ids of updates that are not written yet.
_NEW, _BEGUN = -1, -2


@dataclass(frozen=True)
class Opening:
    """What opening a draft will do."""

    plan: Plan
    impact: Impact
    affected: Sequence[IncidentComponent]
    lead: str
    rows: Sequence[Row]
    later: Sequence[Row]
    statements: Sequence[Statement]

    @property
    def reaches_nobody(self) -> bool:
        return not any(number for row in self.rows for number in row.counts.values())

    @property
    def first(self) -> list[Row]:
        """What goes out the moment it is opened."""
        first = min((row.due_at for row in self.rows if row.due_at), default=None)
        automatic = PlanStep.Who.AUTOMATIC
        return [row for row in self.rows if row.due_at == first and row.step.who == automatic]

    @property
    def at_once(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.first)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.first)


def opening(*, incident: Incident, by: str, now: datetime) -> Opening:
    """What would happen if this draft was opened now; changes nothing.

    :raises NoPlan: no active plan fits, and none was chosen.
    """
    affected = list(incident.affected.select_related("component"))
    incident.impact = incident.impact_override or worst_impact(row.status for row in affected)
    incident.plan = plan = incident.plan or plans.choose(incident=incident)
    steps = _steps(plan)
    first = plan.duties.select_related("user").order_by("position").first()
    lead = incident.lead or (first.user if first else None)
    begun = _begun_by_the_clock(incident, now)
    planned = list(_when_nobody_writes(incident, plan, incident.story_time(now), begun))
    coming = {entry.step_id for entry in planned}
    return Opening(
        plan=plan,
        impact=Impact(incident.impact),
        affected=affected,
        lead=(lead.get_full_name() or lead.username) if lead else by,
        rows=list(_rows(incident, steps, planned, now, {_BEGUN: begun})),
        later=[
            forecast_rows.row(_unplanned(step, incident), now=now, has_time=False, contents=())
            for step in steps.values()
            if step.pk not in coming and step.trigger not in _FORESEEN
        ],
        statements=[
            statement_of(step, incident)
            for step in steps.values()
            if step.trigger == Trigger.OPENED and step.who != PlanStep.Who.TASK
        ],
    )


def _begun_by_the_clock(incident: Incident, now: datetime) -> Update | None:
    """What the plan says by itself when a maintenance begins, not stored."""
    if incident.kind != Kind.MAINTENANCE or not incident.scheduled_for:
        return None
    if not incident.runs_by_clock:
        return None
    status = Status.IN_PROGRESS
    at = max(incident.scheduled_for, incident.story_time(now))
    return Update(
        incident=incident,
        status=status,
        public_text=maintenance.words(incident=incident, status=status, now=now),
        origin=Update.Origin.PLAN,
        changes_status=True,
        published_at=at,
        next_update_due_at=at + promises.interval(incident=incident, at=at),
    )


def _when_nobody_writes(
    incident: Incident, plan: Plan, now: datetime, begun: Update | None
) -> Iterator[planning.Entry]:
    """The first notice, the reminders and what the clock brings, then each holding statement at
    the end of the promise before it: of a maintenance, once it has begun."""
    steps = timeline.steps_of(incident)
    starts_at, ends_at = incident.scheduled_for, incident.scheduled_until
    story = planning.Story(opened_at=now, starts_at=starts_at, ends_at=ends_at)
    at = now
    if begun:
        at = begun.published_at
        said = planning.Said(_BEGUN, begun.status, at, changes_status=True, by_plan=True)
        story = replace(story, updates=(said,), started_at=at)
    yield from planning.plan_timeline(story, steps, at)
    incident = copy.copy(incident)
    incident.opened_at = now  # the rhythm depends on how long it has lasted
    said = _says(incident, story, "", now)
    if begun:
        story = replace(story, updates=(said,))
        incident.status = begun.status
        said = replace(_says(incident, story, "", at), changes_status=True)
    if promises.needs_promise(kind=incident.kind, status=incident.status):
        yield from _holding(incident, _steps(plan), steps, story, said)


def _holding(
    incident: Incident,
    rows: dict[int, PlanStep],
    steps: Sequence[planning.Step],
    story: planning.Story,
    said: planning.Said,
) -> Iterator[planning.Entry]:
    """What follows a first word, each audience in its own rhythm; who is told for the same reason
    is told together."""
    for _turn in range(1 + sum(one.repeat_limit for one in steps if one.trigger == "promise_due")):
        story = replace(story, updates=(*story.updates, said))
        due = [
            entry
            for entry in planning.plan_timeline(story, steps, said.at)
            if entry.reason == TimelineEntry.Reason.PROMISE_DUE
        ]
        if not due:
            return
        audience = telling.audience_of(rows[due[0].step_id], incident)
        for entry in due:
            if audience in ("", telling.audience_of(rows[entry.step_id], incident)):
                yield replace(entry, due_at=due[0].due_at)
        said = _says(incident, story, audience, due[0].due_at)


def _says(incident: Incident, story: planning.Story, audience: str, at: datetime) -> planning.Said:
    promised = promises.proposed(incident=incident, at=at, audience=audience)
    return planning.Said(
        id=len(story.updates) + 1,
        status=incident.status,
        at=at,
        next_due_at=promised.pop(audience),
        by_plan=True,
        audience=audience,
        promised=promised,
    )


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
    return list(_rows(future, _steps(incident.plan), new, now, {_NEW: written}))


def _steps(plan: Plan) -> dict[int, PlanStep]:
    steps = plan.steps.select_related("template")
    steps = steps.prefetch_related("segments", "template__variants")
    return {step.pk: step for step in steps.order_by("position", "pk")}


def _rows(
    incident: Incident,
    steps: dict[int, PlanStep],
    planned: Iterable[planning.Entry],
    now: datetime,
    said: dict[int, Update | None],
) -> Iterator[Row]:
    """What comes several times is one row, looked at as it is the first time."""
    by_step: dict[int, list[planning.Entry]] = {}
    for entry in sorted(planned, key=lambda one: one.due_at):
        by_step.setdefault(entry.step_id, []).append(entry)
    for step_id, (first, *others) in by_step.items():
        told = TimelineEntry(
            incident=incident,
            step=steps[step_id],
            due_at=first.due_at,
            reason=first.reason,
            update=said.get(first.update_id or 0),
        )
        yield _row(told, now, [one.due_at for one in others])


def _row(told: TimelineEntry, now: datetime, again: Sequence[datetime]) -> Row:
    step, incident = told.step, told.incident
    speaks = step.trigger in PlanStep.UNWRITTEN and step.who != PlanStep.Who.TASK
    if told.update or not speaks:
        return forecast_rows.row(told, now=now, again=again)
    try:
        told.update = telling.statement(step=step, incident=incident, at=told.due_at)
    except BadTemplate:
        # Beside it the page says why; who would be told can be counted all the same.
        return forecast_rows.row(told, now=now, again=again, contents=())
    return forecast_rows.row(told, now=now, again=again)


def _unplanned(step: PlanStep, incident: Incident) -> TimelineEntry:
    return TimelineEntry(incident=incident, step=step, reason=TimelineEntry.Reason.OPENED)
