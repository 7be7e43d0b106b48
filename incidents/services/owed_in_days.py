"""What is owed in days: it is asked for one day before, one more person is asked each day, and at
the end the plan's owner each week.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import F, Q, QuerySet

from audiences import clocks, zones
from feedback.models import FollowUp
from incidents.models import (
    Commitment,
    DutyCall,
    Incident,
    PlanReview,
    PlanStep,
    Postmortem,
    TimelineEntry,
)
from incidents.planning import ladder
from incidents.planning.ladder import Owed
from incidents.services.matters import Kinds, Matter, Thing, one, plan_of, with_plan

About = DutyCall.About
DAY, WEEK = timedelta(days=1), timedelta(days=7)
# When something due on a day is asked for.
MORNING = time(9)
# A task that has so long is nothing to wake somebody for.
HAS_DAYS = Q(step__who=PlanStep.Who.TASK, step__deadline__gte=DAY)


def postmortems() -> QuerySet[Postmortem]:
    """Those that are asked for until they are published: one conversation has one post-mortem."""
    return Postmortem.objects.exclude(state=Postmortem.State.PUBLISHED).filter(
        incident__mode=Incident.Mode.REAL,
        incident__plan__isnull=False,
        incident__merged_into=None,
    )


def _by_postmortem() -> Q:
    """Tasks that publishing one of these does: that is asked for, and not they, unless they were to
    be done long before."""
    published = PlanStep.DoneWhen.POSTMORTEM
    owed_then = F("incident__postmortem__due_at") - DAY
    return Q(
        step__done_when=published,
        incident__in=postmortems().values("incident"),
        deadline_at__gte=owed_then,
    )


def _postmortems(now: datetime, object_id: int | None) -> QuerySet[Any]:
    rows = postmortems().filter(due_at__lte=now + DAY)
    needed = with_plan(one(rows, object_id)).select_related("author", "reviewer")
    return needed.order_by("due_at", "pk")


def _of_postmortem(postmortem: Postmortem) -> Matter:
    """Its reviewer's while it is reviewed, then the author comes next; else the author's."""
    incident, author = postmortem.incident, postmortem.author
    owed = Owed(postmortem.due_at, postmortem.due_at - DAY, DAY, WEEK)
    matter = _slow(About.POSTMORTEM, postmortem, owed, incident, author or incident.lead)
    if postmortem.is_with_reviewer:
        also = [postmortem.author_id, *matter.also]
        matter = replace(matter, responsible=postmortem.reviewer, also=also)
    return replace(matter, given_at=postmortem.handed_on_at)


def has_days(entry: TimelineEntry) -> bool:
    deadline = entry.step.deadline
    return entry.step.who == PlanStep.Who.TASK and deadline is not None and deadline >= DAY


def _tasks(now: datetime, object_id: int | None) -> QuerySet[Any]:
    rows = TimelineEntry.objects.filter(
        HAS_DAYS,
        state=TimelineEntry.State.WAITING,
        deadline_at__lte=now + DAY,
        incident__plan__isnull=False,
    )
    asked = rows.exclude(Q(incident__mode=Incident.Mode.REPLAY) | _by_postmortem())
    needed = with_plan(one(asked, object_id)).select_related("step", "assignee")
    return needed.order_by("deadline_at", "pk")


def of_task(entry: TimelineEntry) -> Matter:
    owed = ladder.owed(
        made_at=entry.due_at,
        due_at=entry.deadline_at or entry.due_at,
        remind_before=DAY,
        patience=DAY,
    )
    person = entry.assignee or entry.incident.lead
    return _slow(About.TASK, entry, replace(owed, again=WEEK), entry.incident, person)


def _commitments(now: datetime, object_id: int | None) -> QuerySet[Any]:
    rows = Commitment.objects.filter(
        delivered_at=None,
        due_on__lte=(now + 2 * DAY).date(),
        incident__mode=Incident.Mode.REAL,
        incident__plan__isnull=False,
    )
    return with_plan(one(rows, object_id)).select_related("owner").order_by("due_on", "pk")


def _of_commitment(commitment: Commitment) -> Matter:
    owed = _on_day(commitment.due_on)
    return _slow(About.COMMITMENT, commitment, owed, commitment.incident, commitment.owner)


def _follow_ups(now: datetime, object_id: int | None) -> QuerySet[Any]:
    """About an incident, or in a round that a person sent."""
    entry = "response__delivery__broadcast__timeline_entry"
    led = {
        f"{entry}__incident__mode": Incident.Mode.REAL,
        f"{entry}__incident__plan__isnull": False,
    }
    sent = "response__delivery__broadcast__survey_round"
    rows = FollowUp.objects.filter(
        Q(**led) | Q(**{f"{sent}__isnull": False}),
        state=FollowUp.State.OPEN,
        due_at__lte=now + DAY,
    ).select_related("owner", sent, f"{entry}__incident__plan__owner", f"{entry}__incident__lead")
    duties = f"{entry}__incident__plan__duties"
    return one(rows, object_id).prefetch_related(duties).order_by("due_at", "pk")


def _of_follow_up(follow_up: FollowUp) -> Matter:
    delivery = follow_up.response.delivery
    assert delivery, "nobody can be called back about an anonymous answer"
    owed = Owed(follow_up.due_at, follow_up.due_at - DAY, DAY, WEEK)
    if sent := getattr(delivery.broadcast, "survey_round", None):
        return Matter(
            *(About.FOLLOW_UP, follow_up, owed, None, None, follow_up.owner),
            asked_by=sent.created_by_id,
            is_slow=True,
        )
    incident = delivery.broadcast.timeline_entry.incident
    return _slow(About.FOLLOW_UP, follow_up, owed, incident, follow_up.owner)


def _slow(about: str, thing: Thing, owed: Owed, incident: Incident, person: User | None) -> Matter:
    plan = plan_of(incident)
    also = [incident.lead_id]
    return Matter(about, thing, owed, plan, incident, person, also=also, is_slow=True)


def _reviews(now: datetime, object_id: int | None) -> QuerySet[Any]:
    rows = PlanReview.objects.filter(done_at=None, due_on__lte=(now + 2 * DAY).date())
    needed = one(rows, object_id).select_related("plan__owner", "reviewer")
    return needed.prefetch_related("plan__duties").order_by("due_on", "pk")


def _of_review(review: PlanReview) -> Matter:
    return Matter(
        *(About.REVIEW, review, _on_day(review.due_on), review.plan, None, review.reviewer),
        is_slow=True,
    )


def _on_day(day: date) -> Owed:
    zone = zones.named(settings.TIME_ZONE)
    morning, before = (clocks.moments(one, MORNING, zone)[0] for one in (day, day - DAY))
    return Owed(morning, before, DAY, WEEK)


KINDS: Kinds = {
    About.TASK: (_tasks, of_task),
    About.POSTMORTEM: (_postmortems, _of_postmortem),
    About.COMMITMENT: (_commitments, _of_commitment),
    About.REVIEW: (_reviews, _of_review),
    About.FOLLOW_UP: (_follow_ups, _of_follow_up),
}
