"""What somebody in the team owes, as the first page lists it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F
from django.utils import formats, timezone
from django.utils.translation import gettext

from audiences.admin.moments import brief
from audiences.admin.pages import address
from audiences.colleagues import called
from audiences.languages import spoken
from incidents.models import Commitment, Incident, PlanReview, Postmortem

# The page has an end; what does not fit is in the lists behind it.
LIMIT = 8


@dataclass(frozen=True)
class Task:
    """Something that waits for a person."""

    title: str
    url: str
    due: str
    is_late: bool = False
    who: str = ""


def postmortems(now: datetime) -> list[Task]:
    """What customers are still to be told about real incidents."""
    unpublished = Postmortem.objects.exclude(state=Postmortem.State.PUBLISHED)
    real = unpublished.filter(incident__mode=Incident.Mode.REAL)
    found = real.select_related("incident", "author", "reviewer").order_by("due_at")[:LIMIT]
    return [_postmortem(one, one.incident.story_time(now)) for one in found]


def _postmortem(one: Postmortem, clock: datetime) -> Task:
    person = one.reviewer if one.is_with_reviewer else one.author
    return Task(
        title=str(one.incident),
        url=address(one),
        due=deadline(one.due_at, clock),
        is_late=one.is_overdue(clock),
        who=f"{one.get_state_display()} · {called(person) if person else '–'}",
    )


def commitments(now: datetime) -> list[Task]:
    """What we promised customers and have not delivered."""
    owed = Commitment.objects.filter(delivered_at=None, incident__mode=Incident.Mode.REAL)
    return [
        _dated(
            title=f"{spoken(one.text)} · {one.incident}",
            url=address(one),
            due_on=one.due_on,
            is_late=one.is_overdue(timezone.localdate(one.incident.story_time(now))),
            who=called(one.owner),
        )
        for one in owed.select_related("incident", "owner").order_by("due_on")[:LIMIT]
    ]


def reviews(now: datetime) -> list[Task]:
    """Plans that are to be looked at."""
    open_ones: Iterable[PlanReview] = (
        PlanReview.objects.filter(done_at=None)
        .select_related("plan", "reviewer")
        .order_by(F("due_on"), "pk")[:LIMIT]
    )
    return [
        _dated(
            title=f"{one.plan} · {one.get_cause_display()}",
            url=address(one),
            due_on=one.due_on,
            is_late=one.is_overdue(timezone.localdate(now)),
            who=called(one.reviewer),
        )
        for one in open_ones
    ]


def _dated(*, title: str, url: str, due_on: date, is_late: bool, who: str) -> Task:
    day = formats.date_format(due_on, "DATE_FORMAT")
    due = day if is_late else gettext("due by %(moment)s") % {"moment": day}
    return Task(title=title, url=url, due=due, is_late=is_late, who=who)


def deadline(at: datetime, clock: datetime) -> str:
    """A moment to come says what it is; one that is over is called overdue beside it."""
    moment = brief(at, clock)
    return moment if at < clock else gettext("due by %(moment)s") % {"moment": moment}
