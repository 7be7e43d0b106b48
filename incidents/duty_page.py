"""The page behind the link in a call: what is due, and two buttons; no log-in.

The link is the credential of whoever was called. Looking changes nothing: scanners open every link.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from incidents import duty_approvals
from incidents.models import DutyCall
from incidents.services import duty_answers, duty_letters, duty_links, handovers, owed, posts
from incidents.services.matters import Matter
from incidents.services.responsibility import CannotAnswer
from messaging.public_pages import personal_page, speak

About = DutyCall.About
_STEPS = (About.ENTRY, About.TASK)


@dataclass(frozen=True)
class Choice:
    """For how long a call can be put off."""

    minutes: int

    @classmethod
    def of(cls, duration: timedelta) -> "Choice":
        return cls(int(duration.total_seconds() // 60))

    @property
    def label(self) -> str:
        days, rest = divmod(self.minutes, 24 * 60)
        if days and not rest:
            return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
        minutes = {"number": self.minutes}
        return ngettext("%(number)d minute", "%(number)d minutes", self.minutes) % minutes


def choices(*, is_slow: bool) -> list[Choice]:
    return [
        Choice.of(one) for one in (duty_answers.SLOW_SNOOZES if is_slow else duty_answers.SNOOZES)
    ]


class SnoozeForm(forms.Form):
    minutes = forms.IntegerField(min_value=1, max_value=3 * 24 * 60)
    reason = forms.CharField(max_length=500)


@csrf_exempt
@personal_page
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    now = timezone.now()
    try:
        call = duty_links.open(token, now=now)
    except duty_links.BadLink:
        return render(request, "incidents/duty_unknown.html", status=404)
    except duty_links.Expired:
        return render(request, "incidents/duty_unknown.html", {"is_expired": True}, status=410)
    speak(request, _language(call))
    if not call.user.is_active:
        return render(request, "incidents/duty_unknown.html", status=404)
    done, error, status = "", "", 200
    if request.method == "POST":
        try:
            done = _act(request, call, now)
        except CannotAnswer as refusal:
            error, status = str(refusal), 409
    call = duty_links.open(token, now=now)
    context = {**_shown(call, now), "done": done, "error": error}
    return render(request, "incidents/duty_call.html", context, status=status)


def _language(call: DutyCall) -> str:
    responder = getattr(call.user, "responder", None)
    return responder.contact.spoken if responder else settings.LANGUAGE_CODE


def _act(request: HttpRequest, call: DutyCall, now: datetime) -> str:
    """What to say of it, where the page does not say it by itself."""
    through = DutyCall.Through.LINK
    if call.about in duty_approvals.ABOUT:
        return duty_approvals.decide(call, request.POST, now)
    if request.POST.get("answer") == "take_over":
        duty_answers.take_over(call=call, by=call.user, through=through, now=now)
        return ""
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise CannotAnswer(_why_not(form))
    duty_answers.snooze(
        call=call,
        by=call.user,
        duration=timedelta(minutes=form.cleaned_data["minutes"]),
        reason=form.cleaned_data["reason"],
        through=through,
        now=now,
    )
    return ""


def _why_not(form: SnoozeForm) -> str:
    """The page offers nothing that is refused but a missing reason; a browser asks for that."""
    if "minutes" in form.errors:
        return _("Choose one of the times that are offered.")
    if form.has_error("reason", "required"):
        return _("Say why it has to wait.")
    return _("Say why it has to wait in at most 500 characters.")


def _shown(call: DutyCall, now: datetime) -> dict[str, Any]:
    matter = owed.find(call=call, now=now)
    context: dict[str, Any] = {
        "call": call,
        "matter": matter,
        "title": duty_letters.title_of(call.incident),
        "admin_url": admin_url(call),
        "is_over": call.incident and call.incident.is_over,
    }
    if matter is None:
        return context
    if matter.about in duty_approvals.ABOUT:
        context |= duty_approvals.shown(call, matter.thing, now)
    return context | _standing(call, matter, now)


def _standing(call: DutyCall, matter: Matter, now: datetime) -> dict[str, Any]:
    clock = matter.clock(now)
    responsible = matter.responsible
    is_mine = responsible == call.user
    handover = handovers.current(matter.incident) if matter.incident else None
    is_snoozable = is_mine and call.answer != DutyCall.Answer.SNOOZED and matter.is_of(call)
    if matter.about == About.PROMISE:
        is_snoozable = is_snoozable and clock < matter.owed.due_at
    return {
        "what": duty_letters.subject_of(matter),
        "due_at": matter.owed.due_at,
        "is_slow": matter.is_slow,
        "is_overdue": clock > matter.owed.due_at,
        "responsible": responsible,
        "is_mine": is_mine,
        "handover": handover if matter.is_leads else None,
        "has_taken_over": duty_answers.has_taken_over(call, matter),
        "plan_has_spoken": not matter.is_of(call),
        "is_snoozable": is_snoozable,
        "choices": choices(is_slow=matter.is_slow),
        "posts": posts.of_task(matter.thing) if matter.about in _STEPS else [],
    }


def admin_url(call: DutyCall) -> str:
    """Where the person does what is due."""
    match call.about:
        case About.PROMISE | About.SILENCE:
            return reverse("admin:incidents_incident_publish", args=[call.incident_id])
        case About.APPROVAL | About.HELD:
            return duty_approvals.address(call)
        case About.POSTMORTEM:
            return reverse("admin:incidents_postmortem_change", args=[call.object_id])
        case About.COMMITMENT:
            return reverse("admin:incidents_commitment_change", args=[call.object_id])
        case About.FOLLOW_UP:
            return reverse("admin:feedback_followup_change", args=[call.object_id])
        case About.REVIEW:
            return reverse("admin:incidents_planreview_change", args=[call.object_id])
    return reverse("admin:incidents_incident_room", args=[call.incident_id])
