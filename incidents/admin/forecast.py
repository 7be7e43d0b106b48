"""What a step of a person will set off: who is going to be told what, and when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext_lazy as _

from audiences.admin.moments import brief
from audiences.models import Channel, Segment
from incidents import planning
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
from incidents.services import plans, promises, proposals, telling, timeline, updates
from incidents.services.updates import UpdateDraft
from messaging.services.forecast import Forecast
from messaging.services.placeholders import BadTemplate

_LEFT_OUT = {
    "unsubscribed": _("unsubscribed"),
    "without_address": _("without an address"),
    "suppressed": _("must not be written to"),
    "unwanted": _("want to hear of worse things only"),
    "paused": _("have paused their messages"),
    "duplicates": _("share an address"),
}
_NEW = -1  # the id of an update that is not written yet


@dataclass(frozen=True)
class Row:
    """One message or task to come."""

    step: PlanStep
    segments: Sequence[Segment]
    foreseen: Forecast
    seen_at: datetime
    due_at: datetime | None = None
    unless_written: bool = False

    @property
    def due(self) -> str:
        return brief(self.due_at, self.seen_at)

    @property
    def occasion(self) -> str:
        """What it waits for, where that has no time yet."""
        trigger = self.step.get_trigger_display()
        return f"{trigger}: {Status(self.step.status).label}" if self.step.status else trigger

    @property
    def counts(self) -> Mapping[str, int]:
        return self.foreseen.by_channel

    @property
    def reach(self) -> list[tuple[str, int]]:
        return spoken_counts(self.counts)

    @property
    def through(self) -> list[tuple[Segment, int]]:
        """Each segment, and how many hear the message through it."""
        counts = self.foreseen.by_segment
        return [(segment, counts.get(segment.pk, 0)) for segment in self.segments]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        """Who is meant and not told, by reason."""
        sums = {
            reason: sum(getattr(dropped, reason) for dropped in self.foreseen.dropped.values())
            for reason in _LEFT_OUT
        }
        return [(str(_LEFT_OUT[reason]), number) for reason, number in sums.items() if number]

    @property
    def until_awake(self) -> int:
        return sum(held.until_awake for held in self.foreseen.held.values())

    @property
    def too_long(self) -> int:
        return sum(held.too_long for held in self.foreseen.held.values())

    @property
    def languages(self) -> list[tuple[str, int]]:
        """People by the name of the language they read, the most common first."""
        names = dict(settings.LANGUAGES)
        counts = sorted(self.foreseen.by_language.items(), key=lambda one: (-one[1], one[0]))
        return [(str(names.get(code, code)), number) for code, number in counts]

    @property
    def price(self) -> str:
        """What the texts cost, where there are any."""
        return spoken_price(self.foreseen.cost)


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
    def at_once(self) -> list[tuple[str, int]]:
        first = min((row.due_at for row in self.rows if row.due_at), default=None)
        return total(
            row for row in self.rows if row.due_at == first and row.step.who == "automatic"
        )


def spoken_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(Channel(name).label), number) for name, number in counts.items()]


def spoken_price(cost: Decimal) -> str:
    amount = formats.number_format(cost.quantize(Decimal("0.01")), force_grouping=True)
    return f"{amount} {settings.SMS_CURRENCY}" if cost else ""


def total(rows: Iterator[Row] | Sequence[Row]) -> list[tuple[str, int]]:
    """People by channel over several messages; somebody in two of them counts twice."""
    sums: dict[str, int] = {}
    for row in rows:
        for name, number in row.counts.items():
            sums[name] = sums.get(name, 0) + number
    return spoken_counts(sums)


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
    story_time = incident.story_time(now)
    planned = list(_when_nobody_writes(incident, plan, story_time))
    foreseen = ("opened", "promise_due", "starts")
    later = [step for step in steps.values() if step.trigger not in foreseen]
    return Opening(
        plan=plan,
        impact=Impact(incident.impact),
        affected=affected,
        lead=(lead.get_full_name() or lead.username) if lead else by,
        rows=[_spoken_row(steps[entry.step_id], incident, now, entry) for entry in planned],
        later=[_row(step, incident, now) for step in later],
        statements=[
            statement_of(step, incident)
            for step in steps.values()
            if step.trigger == PlanStep.Trigger.OPENED and step.who != PlanStep.Who.TASK
        ],
    )


def _when_nobody_writes(incident: Incident, plan: Plan, now: datetime) -> Iterator[planning.Entry]:
    """The first notice and the reminders, then each holding statement at the end of the promise
    before it."""
    steps = timeline.steps_of(incident)
    story = planning.Story(opened_at=now, starts_at=incident.scheduled_for)
    yield from planning.plan_timeline(story, steps, now)
    at = now
    while True:
        said = planning.Said(
            id=len(story.updates) + 1,
            status=incident.status,
            at=at,
            next_due_at=at + promises.interval(incident=incident, at=at),
            by_plan=True,
        )
        story = replace(story, updates=(*story.updates, said))
        promised = [
            entry
            for entry in planning.plan_timeline(story, steps, at)
            if entry.reason == TimelineEntry.Reason.PROMISE_DUE
        ]
        if not promised or len(story.updates) > plan_length(steps):
            return
        yield from promised
        at = promised[0].due_at


def plan_length(steps: Sequence[planning.Step]) -> int:
    return 1 + sum(step.repeat_limit for step in steps if step.trigger == "promise_due")


def update(*, incident: Incident, draft: UpdateDraft, now: datetime) -> list[Row]:
    """What publishing this now would set off; changes nothing."""
    if incident.plan is None:
        return []
    at = incident.story_time(now)
    written = updates.written(incident=incident, draft=draft, by=None, at=at)
    incident = proposals.as_it_would_be(update=written, statuses=draft.component_statuses)
    story = timeline.story_of(incident)
    said = planning.Said(
        id=_NEW,
        status=draft.status,
        at=at,
        changes_status=written.changes_status,
        audience=draft.audience,
    )
    ended_at = (story.ended_at or at) if draft.status in FINAL else None
    story = replace(story, updates=(*story.updates, said), ended_at=ended_at)
    planned = planning.plan_timeline(story, timeline.steps_of(incident), at)
    known = set(incident.timeline.values_list("slot", flat=True))
    steps = _steps(incident.plan) if incident.plan else {}
    return [
        _row(steps[entry.step_id], incident, now, entry, written)
        for entry in planned
        if entry.slot not in known and entry.reason != TimelineEntry.Reason.PROMISE_DUE
    ]


def is_at_once(row: Row, now: datetime) -> bool:
    return row.due_at is not None and row.due_at - now < timedelta(minutes=1)


def _steps(plan: Plan) -> dict[int, PlanStep]:
    steps = plan.steps.select_related("template").prefetch_related("segments")
    return {step.pk: step for step in steps.order_by("position", "pk")}


def _row(
    step: PlanStep,
    incident: Incident,
    now: datetime,
    entry: planning.Entry | None = None,
    written: Update | None = None,
) -> Row:
    # What comes later is looked at as it will be then: pauses and nights are over, or begin.
    at = max(now, entry.due_at) if entry else now
    return Row(
        step=step,
        segments=telling.readers(step, incident, written),
        foreseen=telling.foresee(step=step, incident=incident, now=at, update=written),
        seen_at=incident.story_time(now),
        due_at=entry.due_at if entry else None,
        unless_written=bool(entry and entry.reason == TimelineEntry.Reason.PROMISE_DUE),
    )


def _spoken_row(step: PlanStep, incident: Incident, now: datetime, entry: planning.Entry) -> Row:
    """The same for a step that says its own words, where it does."""
    if step.trigger not in PlanStep.UNWRITTEN:
        return _row(step, incident, now, entry)
    try:
        written = telling.statement(step=step, incident=incident, at=entry.due_at)
    except BadTemplate:
        # Beside it the page says why; who would be told can be counted all the same.
        written = None
    return _row(step, incident, now, entry, written)
