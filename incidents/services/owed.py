"""What is owed at the moment and to be chased, whoever owes it: a promise, a task, a review.

Where minutes count, the plan's clocks say when people are called. What is due in days stands in
owed_in_days.py.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Least

from audiences import bounds
from incidents.models import (
    Approval,
    DutyCall,
    Handover,
    Incident,
    PlanStep,
    Promise,
    TimelineEntry,
    Update,
)
from incidents.models.plans import Kind
from incidents.planning import ladder
from incidents.planning.ladder import Owed
from incidents.services import owed_in_days, unheard
from incidents.services.matters import Kinds, Matter, one, plan_of, with_plan
from messaging.services import one_by_one

About = DutyCall.About
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A database that reckons with more fails for everybody at once.
_REMIND_BEFORE = Least(F("incident__plan__remind_before"), Value(bounds.LONGEST))


def everything(*, now: datetime, about: Collection[str]) -> list[Matter]:
    """All of these kinds that somebody has to be called about now or soon; a fixed number of
    queries.

    What cannot be read is logged, and never keeps the others from being called about.
    """
    matters: list[Matter] = []
    for kind in about:
        find, read = _KINDS[About(kind)]
        found = find(now, None)
        # Mostly nothing is: all that a matter needs is dear to ask for, whether there is one cheap.
        for row in found if found.exists() else ():
            keep = partial(_keep, matters, read, row)
            complaint = f"Nobody can be called about this {kind}"
            one_by_one.attempt(keep, complaint=complaint, about=row.pk)
    return matters


def _keep(matters: list[Matter], read: Callable[[Any], Matter], row: Any) -> int:
    matters.append(read(row))
    return 1


def of(about: str, *, now: datetime, object_id: int | None = None) -> list[Matter]:
    """All matters of one kind, or a single one; empty once it is settled."""
    find, read = _KINDS[About(about)]
    return [read(one) for one in find(now, object_id)]


def find(*, call: DutyCall, now: datetime) -> Matter | None:
    """What a call is about, as long as it is still owed; or the next promise, where the plan has
    kept the first one in the team's place and nobody has written since."""
    own = of(call.about, now=now, object_id=call.object_id)
    return next(iter(own or _after_the_plan_spoke(call)), None)


def _after_the_plan_spoke(call: DutyCall) -> list[Matter]:
    promised = with_plan(Promise.objects.filter(incident=call.incident_id, settled_at=None))
    first = promised.order_by("due_at", "pk").first() if call.about in DutyCall.LEADS else None
    if first is None:
        return []
    written = first.incident.updates.published().exclude(origin=Update.Origin.PLAN)
    has_written = written.filter(published_at__gte=call.called_at).exists()
    return [] if has_written else [of_promise(first)]


def taken(matters: Sequence[Matter]) -> Mapping[tuple[str, int], datetime]:
    """When the leads of these incidents took them themselves, by matter; one query."""
    promised = {one.key: one.incident.pk for one in matters if one.is_leads and one.incident}
    if not promised:
        return {}
    by_incident = dict(
        Handover.objects.filter(incident__in=set(promised.values()))
        .exclude(because=Handover.Because.CALLED)
        .values_list("incident")
        .annotate(Max("since_at"))
    )
    return {key: by_incident[pk] for key, pk in promised.items() if pk in by_incident}


def _not_replayed(rows: QuerySet[Any], object_id: int | None) -> QuerySet[Any]:
    """About a replay nobody is called, unless a rehearsal asks for just that."""
    if object_id is None:
        return rows.exclude(incident__mode=Incident.Mode.REPLAY)
    return rows.filter(pk=object_id)


def _promises(now: datetime, object_id: int | None) -> QuerySet[Any]:
    owed = Promise.objects.filter(
        settled_at=None,
        incident__plan__isnull=False,
        due_at__lte=now + _REMIND_BEFORE,
    )
    return with_plan(_not_replayed(owed, object_id)).order_by("due_at", "pk")


def of_promise(promise: Promise) -> Matter:
    incident, plan = promise.incident, plan_of(promise.incident)
    owed = ladder.owed(
        made_at=promise.made_at,
        due_at=promise.due_at,
        remind_before=plan.remind_before,
        patience=plan.next_person_after,
    )
    return Matter(About.PROMISE, promise, owed, plan, incident, incident.lead)


def _silences(now: datetime, object_id: int | None) -> QuerySet[Any]:
    found = one(unheard.left_alone(), object_id).select_related("plan__owner", "lead")
    return found.prefetch_related("plan__duties").order_by("opened_at", "pk")


def _of_silence(incident: Any) -> Matter:
    """Whoever wrote what was refused has been told so, and has some time before the calls begin."""
    plan = plan_of(incident)
    starts_at = (incident.refused_at or incident.opened_at) + plan.next_person_after
    due_at = incident.opened_at + plan.first_notice_within
    owed = Owed(due_at, starts_at, plan.next_person_after, _until_seen_to(incident))
    return Matter(About.SILENCE, incident, owed, plan, incident, incident.lead)


def _until_seen_to(incident: Incident) -> timedelta:
    """How often the owner is called about what no plan says in the team's place."""
    return HOUR if incident.kind == Kind.INCIDENT else DAY


def _entries(now: datetime, object_id: int | None) -> QuerySet[Any]:
    """Tasks with a deadline, and messages that cannot go out; what is to be approved is asked
    about as an approval, a task that has days and a post-mortem in days."""
    is_task = Q(step__who=PlanStep.Who.TASK)
    soon = Q(deadline_at__lte=now + _REMIND_BEFORE)
    is_stuck = ~is_task & ~Q(step__who=PlanStep.Who.APPROVAL, note="")
    waiting = TimelineEntry.objects.filter(
        Q(is_task, soon) | is_stuck,
        state=TimelineEntry.State.WAITING,
        incident__plan__isnull=False,
    ).exclude(incident__mode=Incident.Mode.REPLAY)
    asked = Approval.objects.undecided().filter(entry__isnull=False)
    unasked = waiting.exclude(owed_in_days.HAS_DAYS)
    unasked = unasked.exclude(pk__in=asked.values("entry"))
    needed = with_plan(one(unasked, object_id)).select_related("step", "assignee")
    return needed.order_by("due_at", "pk")


def of_entry(entry: TimelineEntry) -> Matter:
    if owed_in_days.has_days(entry):
        return owed_in_days.of_task(entry)
    incident, plan = entry.incident, plan_of(entry.incident)
    # A message that waits is late already.
    due_at = entry.deadline_at or entry.due_at
    owed = ladder.owed(
        made_at=entry.due_at,
        due_at=due_at,
        remind_before=plan.remind_before,
        patience=plan.next_person_after,
    )
    if entry.step.who != PlanStep.Who.TASK:
        owed = replace(owed, again=_until_seen_to(incident))
    person = entry.assignee or incident.lead
    return Matter(About.ENTRY, entry, owed, plan, incident, person, also=[incident.lead_id])


def _approvals(
    now: datetime, object_id: int | None, decision: str = Approval.Decision.OPEN
) -> QuerySet[Any]:
    """Open ones that nobody may have looked at yet."""
    planned = Q(update__incident__plan__isnull=False) | Q(entry__incident__plan__isnull=False)
    rows = Approval.objects.filter(planned, decision=decision).select_related(
        *("update__incident__plan__owner", "update__incident__lead"),
        *("entry__incident__plan__owner", "entry__incident__lead"),
    )
    duties = ("update__incident__plan__duties", "entry__incident__plan__duties")
    return one(rows, object_id).prefetch_related(*duties).order_by("expires_at", "pk")


def _of_approval(approval: Approval) -> Matter:
    about = approval.update or approval.entry
    assert about, "constraint approval_is_of_one_thing"
    incident, plan = about.incident, plan_of(about.incident)
    owed = ladder.owed(
        made_at=approval.requested_at,
        due_at=approval.expires_at,
        remind_before=plan.remind_before,
        patience=plan.next_person_after,
    )
    author = approval.requested_by_id
    lead = incident.lead if incident.lead_id != author else None
    return Matter(About.APPROVAL, approval, owed, plan, incident, lead, not_asked=author)


def _held(now: datetime, object_id: int | None) -> QuerySet[Any]:
    """Those that nobody decided in time, where the plan then holds back what was written."""
    return _approvals(now, object_id, Approval.Decision.HELD)


def _of_held(approval: Approval) -> Matter:
    """The plan's owner, whose rule it is, hears of it first; then whoever else may decide."""
    asked = _of_approval(approval)
    assert approval.decided_at, "it was held back at a moment"
    plan, lead = plan_of(approval.incident), approval.incident.lead_id
    owner = plan.owner if plan.owner_id != asked.not_asked else asked.responsible
    again = _until_seen_to(approval.incident)
    owed = Owed(approval.decided_at, approval.decided_at, plan.next_person_after, again)
    return replace(asked, about=About.HELD, owed=owed, responsible=owner, also=[lead])


_IN_MINUTES: Kinds = {
    About.PROMISE: (_promises, of_promise),
    About.SILENCE: (_silences, _of_silence),
    About.ENTRY: (_entries, of_entry),
    About.APPROVAL: (_approvals, _of_approval),
    About.HELD: (_held, _of_held),
}
_KINDS = _IN_MINUTES | owed_in_days.KINDS
IN_MINUTES, IN_DAYS = tuple(_IN_MINUTES), tuple(owed_in_days.KINDS)
