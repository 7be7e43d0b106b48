"""Who answers for an incident right now, since when and why; who was called; taking over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminSelectWidget

from audiences.admin.moments import brief
from audiences.admin.pages import ActionPage
from audiences.colleagues import called
from incidents.models import DutyCall, Handover, Incident
from incidents.services import duty_answers, handovers, ladder, owed
from incidents.services.responders import Roster, explained, first_reachable
from incidents.services.responsibility import CannotAnswer

About = DutyCall.About
# The page has an end.
LATEST = 12


@dataclass(frozen=True)
class CallRow:
    call: DutyCall
    clock: datetime

    @property
    def at(self) -> str:
        return brief(self.call.called_at, self.clock)

    @property
    def problem(self) -> str:
        return explained(self.call.problem)

    @property
    def answer(self) -> str:
        if not self.call.answer:
            return ""
        parts = {
            "answer": self.call.get_answer_display(),
            "through": self.call.get_through_display(),
            "at": brief(self.call.answered_at, self.clock),
        }
        return gettext("%(answer)s at %(at)s (%(through)s)") % parts

    @property
    def until(self) -> str:
        return brief(self.call.snoozed_until, self.clock)


@dataclass(frozen=True)
class HandoverRow:
    handover: Handover
    clock: datetime

    @property
    def since(self) -> str:
        return brief(self.handover.since_at, self.clock)


@dataclass(frozen=True)
class Next:
    """Who is called next if nobody reacts."""

    name: str
    at: str
    problem: str


@dataclass(frozen=True)
class Standing:
    """How responsibility stands; `snoozable` is the call that its lead can put off."""

    lead: User | None
    handover: Handover | None
    since: str
    before: Sequence[HandoverRow]
    calls: Sequence[CallRow]
    next: Next | None
    away: str
    is_mine: bool
    snoozable: DutyCall | None


@dataclass(frozen=True)
class Brief:
    """The same in one line of the first page; `problem` says whom the last calls missed."""

    since: str
    because: str
    calls: int
    problem: str
    # Who could not be reached when the lead was chosen.
    note: str


def briefly(incidents: Sequence[Incident], *, now: datetime) -> dict[int, Brief]:
    """How responsibility stands in some incidents; two queries."""
    by_id = {incident.pk: incident for incident in incidents}
    taken = {one.incident_id: one for one in _of(Handover, by_id)}
    calls: dict[int, list[DutyCall]] = {pk: [] for pk in by_id}
    for call in _of(DutyCall, by_id):
        calls[call.incident_id].append(call)
    return {
        pk: _brief(incident, taken.get(pk), calls[pk], incident.story_time(now))
        for pk, incident in by_id.items()
    }


def _of(model: Any, incidents: Mapping[int, Incident]) -> Any:
    return model.objects.filter(incident__in=incidents).select_related("user").order_by("pk")


def _brief(
    incident: Incident, handover: Handover | None, calls: Sequence[DutyCall], clock: datetime
) -> Brief:
    fits = handover is not None and handover.user_id == incident.lead_id
    latest = [one for one in calls if _about(one) == _about(calls[-1])]
    passed_over = [f"{called(one.user)}: {explained(one.problem)}" for one in latest if one.problem]
    return Brief(
        since=brief(handover.since_at, clock) if handover and fits else "",
        because=handover.get_because_display() if handover and fits else "",
        calls=sum(not call.problem for call in calls),
        problem=", ".join(passed_over),
        note=handover.note if handover and fits else "",
    )


def _about(call: DutyCall) -> tuple[str, int]:
    return call.about, call.object_id


def standing(incident: Incident, *, by: User, now: datetime) -> Standing:
    clock = incident.story_time(now)
    made = list(handovers.so_far(incident)[:LATEST])
    handover = made[0] if made and made[0].user_id == incident.lead_id else None
    calls = incident.duty_calls.select_related("user", "user__responder").order_by("-pk")[:LATEST]
    is_mine = incident.lead_id == by.pk
    return Standing(
        lead=incident.lead,
        handover=handover,
        since=brief(handover.since_at, clock) if handover else "",
        before=[HandoverRow(one, clock) for one in made[1:]],
        calls=[CallRow(call, clock) for call in calls],
        next=_next(incident, clock, now),
        away=lead_is_away(incident),
        is_mine=is_mine,
        snoozable=snoozable(incident, now) if is_mine else None,
    )


def _next(incident: Incident, clock: datetime, now: datetime) -> Next | None:
    promise = incident.promises.filter(settled_at=None).order_by("due_at").first()
    if incident.plan is None or incident.mode == Incident.Mode.REPLAY:
        return None
    silent = [] if promise else owed.of(About.SILENCE, now=now, object_id=incident.pk)
    matter = owed.of_promise(promise) if promise else next(iter(silent), None)
    rung = ladder.next_rung(matter=matter, now=now) if matter else None
    if rung is None:
        return None
    user = User.objects.get(pk=rung.user)
    return Next(called(user), brief(rung.at, clock), explained(rung.problem))


def snoozable(incident: Incident, now: datetime) -> DutyCall | None:
    """The last call about what is promised, while it can still be put off."""
    calls = incident.duty_calls.filter(about=About.PROMISE, problem="")
    last = calls.order_by("pk").last()
    if last is None or last.answer == DutyCall.Answer.SNOOZED or last.user_id != incident.lead_id:
        return None
    matter = owed.find(call=last, now=now)
    is_early = matter and matter.is_of(last) and matter.clock(now) < matter.owed.due_at
    return last if is_early else None


def lead_is_away(incident: Incident) -> str:
    """A warning where the lead cannot be called, is absent or not on call; empty otherwise."""
    if incident.lead is None:
        return ""
    at, roster = incident.story_time(timezone.now()), Roster.read()
    choice = first_reachable(
        [incident.lead], roster=roster, incident=incident, at=at, publishes=True
    )
    if choice.user:
        return ""
    problem = choice.passed_over[incident.lead]
    parts = {"lead": called(incident.lead), "problem": explained(problem)}
    return (
        gettext("%(lead)s leads and cannot be called: %(problem)s. Choose somebody who can.")
        % parts
    )


class TakeOverPage(ActionPage):
    title = _("Take over")
    button = _("Take over")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        lead = self.object.lead
        explanation = (
            gettext("%(lead)s leads now. From now on you answer for the next promised update.")
            % {"lead": called(lead)}
            if lead
            else gettext("From now on you answer for the next promised update.")
        )
        return {**super().get_context_data(**kwargs), "explanation": explanation}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        now, incident = timezone.now(), self.object
        calls = incident.duty_calls.filter(about=About.PROMISE, user=self.actor, problem="")
        try:
            _take_over(incident, calls.order_by("pk").last(), self.actor, now)
        except CannotAnswer:
            handovers.hand_over(incident=incident, to=self.actor, by=self.actor, now=now)
        self.model_admin.log_change(self.request, incident, [{"changed": {"fields": ["lead"]}}])
        messages.success(self.request, _("You answer for it from now on."))
        return HttpResponseRedirect(self.back())


def _take_over(incident: Incident, call: DutyCall | None, by: User, now: datetime) -> None:
    if call is None:
        handovers.hand_over(incident=incident, to=by, by=by, now=now)
    else:
        duty_answers.take_over(call=call, by=by, through=DutyCall.Through.ADMIN, now=now)


def _minutes(duration: timedelta) -> tuple[int, str]:
    minutes = int(duration.total_seconds() // 60)
    shown = ngettext("%(number)d minute", "%(number)d minutes", minutes) % {"number": minutes}
    return minutes, shown


def _durations() -> list[tuple[int, str]]:
    return [_minutes(one) for one in duty_answers.SNOOZES]


class SnoozeForm(forms.Form):
    minutes = forms.TypedChoiceField(
        label=_("Call again in"), choices=_durations, coerce=int, widget=UnfoldAdminSelectWidget
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=UnfoldAdminExpandableTextareaWidget
    )


class SnoozePage(ActionPage):
    title = _("Snooze the calls")
    explanation = _(
        "You are called again then, at the latest when the update is due. The plan's holding"
        " statement does not wait."
    )
    button = _("Snooze")
    form_class = SnoozeForm

    def form_valid(self, form: forms.Form) -> HttpResponse:
        now = timezone.now()
        call = snoozable(self.object, now)
        try:
            if call is None:
                raise CannotAnswer(gettext("There is no call that you could snooze now."))
            duty_answers.snooze(
                call=call,
                by=self.actor,
                duration=timedelta(minutes=form.cleaned_data["minutes"]),
                reason=form.cleaned_data["reason"],
                through=DutyCall.Through.ADMIN,
                now=now,
            )
        except CannotAnswer as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("Snoozed; the reason is kept."))
        return HttpResponseRedirect(self.back())
