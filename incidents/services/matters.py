"""One thing that is owed, as whoever calls about it sees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

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
Thing = Promise | TimelineEntry | Approval | Postmortem | Commitment | PlanReview | FollowUp


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
    not_asked: int | None = None
    asked_by: int | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.about, self.thing.pk

    @property
    def moves_on(self) -> bool:
        """Whether whoever is called answers for it from then on; in days it stays where it is."""
        is_task = self.about == About.ENTRY and self.thing.step.who == PlanStep.Who.TASK
        return self.about == About.PROMISE or is_task

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
