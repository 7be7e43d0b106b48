"""The score of one incident, from its rows. All times are story time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Prefetch, Q, QuerySet

from incidents.models import (
    Approval,
    Incident,
    PlanStep,
    Postmortem,
    Promise,
    TimelineEntry,
    Update,
)
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import silences
from incidents.services.score import calls, first_word
from incidents.services.score.measures import NOTHING, Count, Measure, Verdict, counted, measure

State, Outcome = TimelineEntry.State, Promise.Outcome
_DONE = (State.DONE, State.LATE)
_LEFT_TO_THE_PLAN = (Approval.Decision.PUBLISHED, Approval.Decision.HELD)
_SAID = (
    *("incident", "status", "state", "audience", "origin", "published_at", "next_update_due_at"),
    *("proposal", "corrects"),
)


@dataclass(frozen=True)
class Promises:
    made: int
    kept: int
    late: int
    broken: int


@dataclass(frozen=True)
class Score:
    """How one incident went.

    `first_notice` counts from when it was detected to when the first message of it was handed over,
    which its publication is not: `published_after_start`. `approvals` is the slowest of them,
    `postmortem` counts from the end. `between` are the times from one public word to the next.
    """

    incident_id: int
    plan: str
    opened_at: datetime
    duration: timedelta | None
    published_after_start: timedelta | None
    first_notice_after_start: timedelta | None
    first_notice: Measure
    silence: Measure
    between: Sequence[timedelta]
    promises: Promises
    next_named: Count
    postmortem: Measure
    approvals: Measure
    tasks: Count
    calls: Count
    holding_statements: int

    @property
    def verdicts(self) -> list[Verdict]:
        kept = Count(self.promises.kept, self.promises.made).verdict
        measures = [self.first_notice, self.silence, self.postmortem, self.approvals]
        counts = [self.next_named, self.tasks, self.calls]
        return [kept, *(one.verdict for one in measures), *(one.verdict for one in counts)]

    @property
    def percent(self) -> int | None:
        """Of the targets that can be judged, how many were met; None where there are none."""
        judged = [one for one in self.verdicts if one in (Verdict.MET, Verdict.MISSED)]
        return round(100 * judged.count(Verdict.MET) / len(judged)) if judged else None


def of(*, incident: Incident, now: datetime) -> Score:
    """A drill is rated as it stood when it ended: what was to come then is not missed later.

    :raises Incident.DoesNotExist: it is a draft, and nothing has happened yet.
    """
    drill = getattr(incident, "drill", None)
    now = drill.ended_at if drill and drill.ended_at else now
    (score,) = scores(Incident.objects.filter(pk=incident.pk), now=now) or (None,)
    if score is None:
        raise Incident.DoesNotExist(str(incident))
    return score


def scores(incidents: QuerySet[Incident], *, now: datetime) -> list[Score]:
    """The scores of all that were opened, in a number of queries that does not grow with them."""
    opened = incidents.opened().select_related("plan", "postmortem")  # type: ignore[attr-defined]
    told = TimelineEntry.objects.filter(
        Q(step__who__in=[PlanStep.Who.TASK, PlanStep.Who.APPROVAL])
        | Q(step__trigger=PlanStep.Trigger.PROMISE_DUE, released_at__isnull=False)
    ).exclude(reason=TimelineEntry.Reason.CORRECTED)
    loaded = opened.prefetch_related(
        "plan__rhythms",
        Prefetch("plan__steps", PlanStep.objects.filter(trigger=PlanStep.Trigger.PROMISE_DUE)),
        "plan__steps__segments",
        Prefetch("updates", Update.objects.only(*_SAID)),
        "updates__approvals",
        Prefetch("promises", Promise.objects.select_related("settled_by")),
        Prefetch("timeline", told.select_related("step")),
        "timeline__approvals",
        first_word.READ,
        "duty_calls",
    )
    return [_score(incident, incident.story_time(now)) for incident in loaded]


def _score(incident: Incident, clock: datetime) -> Score:
    assert incident.opened_at, "drafts are left out"
    heard = [one for one in silences.heard_of(incident) if one.published_at <= clock]
    # What said nothing itself was first told by the incident that tells it.
    published = heard[0].published_at if heard else incident.merged_at
    first = first_word.heard_at(incident, heard) if heard else published
    entries = list(incident.timeline.all())
    holding = {
        entry.update_id for entry in entries if entry.step.trigger == PlanStep.Trigger.PROMISE_DUE
    }
    asked = [one for one in heard if one.status not in FINAL]
    is_incident = incident.kind == Kind.INCIDENT
    return Score(
        incident_id=incident.pk,
        plan=str(incident.plan or ""),
        opened_at=incident.opened_at,
        duration=incident.resolved_at - incident.started_at if incident.resolved_at else None,
        published_after_start=_first_after(published, incident.started_at) if is_incident else None,
        first_notice_after_start=_first_after(first, incident.started_at) if is_incident else None,
        first_notice=_first_notice(incident, first, clock) if is_incident else NOTHING,
        silence=_silence(incident, clock),
        between=[
            silences.heard_again(after) - before.published_at
            for before, after in pairwise(heard)
            if before.status not in FINAL
        ],
        promises=_promises(incident, clock),
        next_named=counted(one.next_update_due_at is not None for one in asked)
        if is_incident
        else Count(),
        postmortem=_postmortem(incident, clock),
        approvals=_approvals(incident, entries, clock),
        tasks=counted(_tasks(entries, min(clock, incident.resolved_at or clock), clock)),
        calls=counted(calls.answered(incident, entries, clock)),
        holding_statements=len(holding),
    )


def _first_after(first: datetime | None, since: datetime | None) -> timedelta | None:
    """Whoever wrote before it was noticed was as quick as can be."""
    if since is None or first is None:
        return None
    return max(first - since, timedelta(0))


def _first_notice(incident: Incident, first: datetime | None, clock: datetime) -> Measure:
    target = incident.plan.first_notice_within if incident.plan else None
    if incident.detected_at is None:
        return measure(None, target)
    took = _first_after(first, incident.detected_at)
    return measure(took, target, waited=clock - incident.detected_at)


def _silence(incident: Incident, clock: datetime) -> Measure:
    """The longest one beside the rhythm of its hour; missed if any was longer than its own."""
    found = silences.of(incident=incident, until=clock)
    longest = silences.longest(found)
    if longest is None:
        return NOTHING
    is_missed = any(silence.is_too_long for silence in found)
    verdict = Verdict.MISSED if is_missed else Verdict.MET
    return Measure(longest.length, longest.rhythm, verdict)


def _promises(incident: Incident, clock: datetime) -> Promises:
    """As promises.tally() counts: one that is open and overdue is made, and not kept."""
    made = [
        promise.outcome
        for promise in incident.promises.all()
        if promise.outcome not in Promise.UNJUDGED
        and (
            (promise.settled_at and promise.settled_at <= clock)
            or promise.due_at < clock - incident.grace
        )
    ]
    kept, late, broken = (
        made.count(outcome) for outcome in (Outcome.KEPT, Outcome.LATE, Outcome.BROKEN)
    )
    return Promises(len(made), kept, late, broken)


def _postmortem(incident: Incident, clock: datetime) -> Measure:
    owed: Postmortem | None = getattr(incident, "postmortem", None)
    if owed is None or incident.resolved_at is None:
        return NOTHING
    took = owed.published_at - incident.resolved_at if owed.published_at else None
    within = owed.due_at - incident.resolved_at
    return measure(took, within, waited=clock - incident.resolved_at)


def _approvals(incident: Incident, entries: Sequence[TimelineEntry], clock: datetime) -> Measure:
    """How long the slowest decision took; one that is still open counts as long as it is, and none
    that the plan had to make was made in time."""
    wanted = incident.plan.approval_within if incident.plan else None
    asked = [
        approval
        for approval in calls.approvals_of(incident, entries)
        if approval.decision != Approval.Decision.VOID and approval.requested_at <= clock
    ]
    if not asked:
        return NOTHING
    slowest = measure(max(_wait(one, clock) for one in asked), wanted)
    is_left = any(one.decision in _LEFT_TO_THE_PLAN for one in asked)
    return replace(slowest, verdict=Verdict.MISSED) if wanted and is_left else slowest


def _wait(approval: Approval, clock: datetime) -> timedelta:
    """What is held back is still to be decided."""
    is_held = approval.decision == Approval.Decision.HELD
    decided_at = None if is_held else approval.decided_at
    return (decided_at or clock) - approval.requested_at


def _tasks(entries: Sequence[TimelineEntry], end: datetime, clock: datetime) -> Iterator[bool]:
    """Of every task that is done, or should be, or should have been before the end took it away:
    whether it was done in time."""
    until: dict[str, datetime] = {State.WAITING: clock, State.CANCELLED: end}
    for entry in entries:
        if entry.step.who != PlanStep.Who.TASK:
            continue
        if entry.state in _DONE and entry.released_at:
            yield entry.deadline_at is None or entry.released_at <= entry.deadline_at
        elif entry.state in until and entry.deadline_at and entry.deadline_at < until[entry.state]:
            yield False
