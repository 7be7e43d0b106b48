"""One thing that is owed, as whoever calls about it sees it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet

from feedback.models import FollowUp
from incidents.models import (
    Approval,
    Commitment,
    DutyCall,
    Incident,
    Plan,
    PlanReview,
    PlanStep,
    Postmortem,
    Promise,
    TimelineEntry,
)
from incidents.planning.ladder import Owed

About = DutyCall.About
Thing = (
    Promise | Incident | TimelineEntry | Approval | Postmortem | Commitment | PlanReview | FollowUp
)


@dataclass(frozen=True)
class Matter:
    """One thing that is owed, by whom, and who comes after them."""

    about: str
    thing: Any
    owed: Owed
    # None where a person asked for it, without an incident; then that person is the last.
    plan: Plan | None
    incident: Incident | None
    responsible: User | None
    # Before the deputies: for what is not the lead's own.
    also: Sequence[int | None] = ()
    is_slow: bool = False
    # When whoever is responsible was given it: who was called before has no part in it any more.
    given_at: datetime | None = None
    not_asked: int | None = None
    asked_by: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.about, self.thing.pk

    @property
    def incident_id(self) -> int | None:
        return self.incident.pk if self.incident else None

    def is_of(self, call: DutyCall) -> bool:
        """Whether a call was about this; otherwise about what the plan has said meanwhile."""
        return self.key == (call.about, call.object_id)

    @property
    def is_leads(self) -> bool:
        """Whether it is a word to customers: whoever answers for that leads the incident."""
        return self.about in DutyCall.LEADS

    @property
    def moves_on(self) -> bool:
        """Whether whoever is called answers for it from then on; in days it stays where it is."""
        is_task = self.about == About.ENTRY and self.thing.step.who == PlanStep.Who.TASK
        return self.is_leads or is_task

    def clock(self, now: datetime) -> datetime:
        return self.incident.story_time(now) if self.incident else now

    @property
    def last(self) -> int:
        """Who is called at the end, and again."""
        last = self.plan.owner_id if self.plan else self.asked_by
        assert last is not None, "there is a plan, or somebody who asked"
        return last

    def duties(self) -> list[int]:
        known = sorted(self.plan.duties.all(), key=lambda duty: duty.position) if self.plan else []
        order = [*self.also, *(duty.user_id for duty in known)]
        return [one for one in dict.fromkeys(order) if one is not None and one != self.not_asked]


# Of each kind, what is owed at a moment, all or a single one; and how a row is read.
Find = Callable[[datetime, int | None], QuerySet[Any]]
Kinds = dict[About, tuple[Find, Callable[[Any], Matter]]]


def one(rows: QuerySet[Any], object_id: int | None) -> QuerySet[Any]:
    """A single one of them, or all."""
    return rows if object_id is None else rows.filter(pk=object_id)


def with_plan(rows: QuerySet[Any]) -> QuerySet[Any]:
    """With all of an incident's plan that a matter needs."""
    needed = rows.select_related("incident__plan__owner", "incident__lead")
    return needed.prefetch_related("incident__plan__duties")


def plan_of(incident: Incident) -> Plan:
    assert incident.plan, "what is asked for belongs to an incident with a plan"
    return incident.plan
