"""What is going on now: the first page a support manager sees."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Model
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.moments import brief, moment
from audiences.admin.pages import address, may_open
from audiences.colleagues import called
from audiences.languages import spoken
from feedback.admin import authors
from feedback.models import FollowUp
from incidents.admin import labels, owed, storm_panel, unreached_panel
from incidents.admin.approvals import about, decision_address
from incidents.admin.duty import Brief, briefly
from incidents.admin.owed import LIMIT, Task, deadline
from incidents.admin.promises import Standing, promise_of, with_promise
from incidents.models import (
    Approval,
    Commitment,
    Incident,
    PlanReview,
    PlanStep,
    Postmortem,
    TimelineEntry,
)
from incidents.services import unheard
from messaging.admin.deliveries import VARIANTS
from messaging.admin.progress import PROBLEMS, as_of, headline, span
from messaging.admin.stops import Stop, stop
from messaging.models import Broadcast, Circuit, Delivery
from messaging.services import progress
from messaging.services.progress import Progress

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Active:
    incident: Any
    promise: Standing | None
    duty: Brief | None = None
    # Why customers have heard nothing so far.
    unheard: str = ""

    @property
    def title(self) -> str:
        return spoken(self.incident.title)

    @property
    def more(self) -> str:
        return storm_panel.more(self.incident.told)

    @property
    def url(self) -> str:
        return reverse("admin:incidents_incident_room", args=[self.incident.pk])

    @property
    def publish_url(self) -> str:
        return reverse("admin:incidents_incident_publish", args=[self.incident.pk])

    @property
    def status_variant(self) -> str:
        return labels.STATUS.get(self.incident.status, "")

    @property
    def impact_variant(self) -> str:
        return labels.IMPACT.get(self.incident.impact, "")


@dataclass(frozen=True)
class Sending:
    """A broadcast as it was counted last: the first page counts nothing itself."""

    broadcast: Broadcast
    progress: Progress
    now: datetime

    @property
    def url(self) -> str:
        return address(self.broadcast)

    @property
    def headline(self) -> str:
        return headline(self.progress)

    @property
    def remaining(self) -> str:
        is_sending = self.broadcast.state == Broadcast.State.SENDING
        seconds = self.progress.remaining_seconds if is_sending else None
        return "" if seconds is None else gettext("%(span)s left") % {"span": span(seconds)}

    @property
    def as_of(self) -> str:
        return as_of(self.progress.as_of, self.now)

    @property
    def percent(self) -> int:
        return int(100 * self.progress.share)

    @property
    def actions(self) -> list[tuple[str, str]]:
        """Address and name of what can be done about it."""
        is_paused = self.broadcast.state == Broadcast.State.PAUSED
        hold = ("resume", _("Resume…")) if is_paused else ("pause", _("Pause…"))
        offered = [hold] if self.broadcast.started_at else []
        return [
            (reverse(f"admin:messaging_broadcast_{name}", args=[self.broadcast.pk]), str(label))
            for name, label in [*offered, ("cancel", _("Cancel…"))]
        ]


@dataclass(frozen=True)
class StateCount:
    state: str
    number: int

    @property
    def label(self) -> str:
        return str(Delivery.State(self.state).label)

    @property
    def variant(self) -> str:
        return VARIANTS.get(Delivery.State(self.state), "")

    @property
    def is_problem(self) -> bool:
        return self.state in PROBLEMS

    @property
    def url(self) -> str:
        return f"{reverse('admin:messaging_delivery_changelist')}?state__exact={self.state}"


def show(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the index page with what this person may see, in a bounded number of queries."""
    now, user = timezone.now(), request.user
    assert isinstance(user, User), "the admin knows who is there"
    if user.has_perm("incidents.view_incident"):
        context["unreached"] = unreached_panel.everywhere(by=user, now=now)
        context["may_lead"] = user.has_perm("incidents.change_incident")
        context |= {"active": active(now), "drafts": drafts(now), "waiting": waiting(now)}
        context["postmortems"] = _to_look_at(owed.postmortems(now), user, Postmortem)
        context["commitments"] = _to_look_at(owed.commitments(now), user, Commitment)
        context["may_publish"] = user.has_perm("incidents.change_incident")
    if user.has_perm("incidents.approve_update"):
        context["approvals"] = approvals(now)
    elif user.has_perm("incidents.view_incident"):
        context["approvals"] = _to_look_at(approvals(now), user, Approval)
    if user.has_perm("messaging.view_delivery"):
        context |= {"sending": sending(now), "deliveries": deliveries(now)}
        context["may_direct"] = user.has_perm("messaging.change_broadcast")
        context["may_open"] = may_open(user, Broadcast)
    if user.has_perm("messaging.view_circuit"):
        context |= {"stops": stops(now), "may_try": user.has_perm("messaging.change_circuit")}
    if user.has_perm("feedback.view_followup"):
        context["follow_ups"] = follow_ups(now, by_name=authors.may_see_names(request))
    if user.has_perm("incidents.view_plan"):
        context["reviews"] = _to_look_at(owed.reviews(now), user, PlanReview)
    may_report = user.has_perm("incidents.add_incident")
    return {**context, "title": _("Now"), "now": moment(now), "may_report": may_report}


def _to_look_at(tasks: Sequence[Task], user: User, kind: type[Model]) -> list[Task]:
    """What leads to a page that this person may not open leads nowhere."""
    leads_on = all(may_open(user, kind).values())
    return [task if leads_on else replace(task, url="") for task in tasks]


def active(now: datetime) -> list[Active]:
    """Open incidents, the promise that falls due first on top."""
    going_on = Incident.objects.active().told_by_themselves().annotate(told=Count("merged"))
    incidents = list(with_promise(going_on).select_related("lead", "plan")[:50])
    duties, silent = briefly(incidents, now=now), unheard.why(incidents, now=now)
    stories = [
        Active(
            incident,
            promise_of(incident, now),
            duties.get(incident.pk),
            silent.get(incident.pk, ""),
        )
        for incident in incidents
    ]
    return sorted(stories, key=lambda story: _remaining(story.promise))


def _remaining(promise: Standing | None) -> timedelta:
    return promise.due_at - promise.story_time if promise else timedelta.max


def drafts(now: datetime) -> list[Task]:
    found = Incident.objects.filter(opened_at=None).order_by("-pk")[:LIMIT]
    return [
        Task(
            title=spoken(incident.title), url=address(incident), due=brief(incident.started_at, now)
        )
        for incident in found
    ]


def waiting(now: datetime) -> list[Task]:
    """Tasks of running timelines, and what could not go out; what is to be done first on top."""
    entries = (
        TimelineEntry.objects.filter(state=TimelineEntry.State.WAITING)
        .exclude(approvals__decision__in=[Approval.Decision.OPEN, Approval.Decision.HELD])
        .select_related("incident", "step", "assignee")
        .order_by(Coalesce("deadline_at", "due_at"))[:LIMIT]
    )
    return [_waiting(entry, entry.incident.story_time(now)) for entry in entries]


def _waiting(entry: TimelineEntry, clock: datetime) -> Task:
    """A task is late when its time is over, and not while there is some; one without an end never
    is."""
    is_task = entry.step.who == PlanStep.Who.TASK
    until = entry.deadline_at or (None if is_task else entry.due_at)
    since = gettext("since %(moment)s") % {"moment": brief(entry.due_at, clock)}
    person = called(entry.assignee) if entry.assignee else ""
    return Task(
        title=f"{entry.step.name} · {entry.incident}",
        url=reverse("admin:incidents_incident_room", args=[entry.incident_id]),
        due=deadline(until, clock) if until else since,
        is_late=until is not None and until < clock,
        who=person or str(entry.step.get_who_display()),
    )


def approvals(now: datetime) -> list[Task]:
    """What a second person must look at, what expires first on top."""
    needed = ("update__incident", "entry__incident", "entry__step", "requested_by")
    found = Approval.objects.undecided().select_related(*needed).order_by("expires_at")[:LIMIT]
    return [
        Task(
            title=about(approval),
            url=decision_address(approval),
            due=deadline(approval.expires_at, approval.incident.story_time(now)),
            is_late=approval.decision == Approval.Decision.HELD,
            who=called(approval.requested_by) if approval.requested_by else "",
        )
        for approval in found
    ]


def sending(now: datetime) -> list[Sending]:
    """What is under way, the most urgent first."""
    moving = [Broadcast.State.SENDING, Broadcast.State.PAUSED, Broadcast.State.AWAITING_APPROVAL]
    found = Broadcast.objects.filter(state__in=moving).exclude(
        # One letter to one person each: nothing to watch.
        purpose__in=Broadcast.PERSONAL
    )
    found = found.order_by("priority", "-started_at")[:LIMIT]
    return [Sending(one, progress.as_counted(broadcast=one), now) for one in found]


def stops(now: datetime) -> list[Stop]:
    """Channels whose provider refuses us."""
    return [stop(circuit, now) for circuit in Circuit.objects.order_by("opened_at")]


def deliveries(now: datetime) -> list[StateCount]:
    """What became of everything that was started in the last 24 hours, as counted last."""
    counted: Counter[str] = Counter()
    needed = ("counts", "frozen_at", "pause_reason")
    for one in Broadcast.objects.filter(started_at__gte=now - DAY).only(*needed):
        counted.update(progress.as_counted(broadcast=one).by_state)
    return [StateCount(state, number) for state, number in counted.most_common()]


def follow_ups(now: datetime, *, by_name: bool) -> list[Task]:
    found = (
        FollowUp.objects.filter(state=FollowUp.State.OPEN)
        .select_related("owner", "response__delivery__contact__account")
        .order_by("due_at")[:LIMIT]
    )
    return [
        Task(
            title=follow_up.response.author if by_name else authors.account(follow_up.response),
            url=address(follow_up),
            due=deadline(follow_up.due_at, now),
            is_late=follow_up.due_at < now,
            who=called(follow_up.owner) if follow_up.owner else "",
        )
        for follow_up in found
    ]
