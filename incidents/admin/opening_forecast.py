"""What opening an incident will set off: who is going to be told what, and when."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from audiences.colleagues import called
from incidents import planning
from incidents.admin import forecast, forecast_rows
from incidents.admin.forecast import Told
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
from incidents.models.plans import Kind
from incidents.services import maintenance, plans, promises, telling, timeline

Trigger = PlanStep.Trigger
# What brings these is known when it is opened: what is not planned then does not come.
_FORESEEN = (Trigger.OPENED, Trigger.STARTS, Trigger.ENDS)
# The id of the update by which a maintenance begins, which is not written yet.
_BEGUN = -1


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
    affected, plan = _read(incident)
    steps = forecast.steps_of(plan)
    first = plan.duties.select_related("user").order_by("position").first()
    lead = incident.lead or (first.user if first else None)
    told = _told(incident, steps, now)
    coming = {one.entry.step_id for one in told}
    return Opening(
        plan=plan,
        impact=Impact(incident.impact),
        affected=affected,
        lead=called(lead) if lead else by,
        rows=forecast.rows(told, now),
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


def first_messages(*, incident: Incident, now: datetime) -> list[Told]:
    """What customers and our own people hear first once this draft is opened.

    :raises NoPlan: no active plan fits, and none was chosen.
    """
    _affected, plan = _read(incident)
    messages = [
        one
        for one in _told(incident, forecast.steps_of(plan), now)
        if one.entry.step.template and one.entry.step.who != PlanStep.Who.TASK
    ]
    return [one for one in messages if one.entry.due_at == messages[0].entry.due_at]


def _read(incident: Incident) -> tuple[list[IncidentComponent], Plan]:
    """What it concerns, with its impact, and the plan that it would have."""
    affected = list(incident.affected.select_related("component"))
    incident.impact = incident.impact_override or worst_impact(row.status for row in affected)
    incident.plan = plan = incident.plan or plans.choose(incident=incident)
    return affected, plan


def _told(incident: Incident, steps: Mapping[int, PlanStep], now: datetime) -> list[Told]:
    assert incident.plan, "it was read"
    begun = _begun_by_the_clock(incident, now)
    planned = _when_nobody_writes(incident, incident.plan, incident.story_time(now), begun)
    return forecast.told(incident, steps, planned, {_BEGUN: begun})


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
    # What is repeated before it begins is over by then.
    seen = {
        entry.slot: entry
        for moment in (now, at)
        for entry in planning.plan_timeline(story, steps, moment)
    }
    yield from seen.values()
    incident = copy.copy(incident)
    incident.opened_at = now  # the rhythm depends on how long it has lasted
    said = _says(incident, story, "", now)
    if begun:
        story = replace(story, updates=(said,))
        incident.status = begun.status
        said = replace(_says(incident, story, "", at), changes_status=True)
    if promises.needs_promise(kind=incident.kind, status=incident.status):
        yield from _holding(incident, forecast.steps_of(plan), steps, story, said)


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


def _unplanned(step: PlanStep, incident: Incident) -> TimelineEntry:
    return TimelineEntry(incident=incident, step=step, reason=TimelineEntry.Reason.OPENED)
