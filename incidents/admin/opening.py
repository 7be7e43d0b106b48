"""The last look before customers hear of it."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences import languages
from audiences.admin import moments
from audiences.admin.pages import ActionPage
from audiences.colleagues import called
from incidents.admin import duty, opening_forecast, storm_panel, told_facts
from incidents.admin.maintenance_concerns import KnowingForm, of_draft
from incidents.admin.wording import lacking
from incidents.models import Incident
from incidents.models.facts import PUBLIC_FACTS, facts_of, field_of
from incidents.services import drills, incidents, storms
from incidents.services.plans import NoPlan
from incidents.services.update_checks import CannotPublish


class OpenPage(ActionPage):
    title = _("Open this incident?")
    template_name = "admin/incidents/open.html"
    form_class = KnowingForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.has_permission() and not self.object.is_draft:
            return self._already_open()
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        against = of_draft(incident=self.object, now=timezone.now())
        return {**super().get_form_kwargs(), "concerns": against}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        actor = called(self.actor)
        incident, now = self.object, timezone.now()
        try:
            with drills.rehearsed(incident=incident, now=now):
                opening = opening_forecast.opening(incident=incident, by=actor, now=now)
        except NoPlan:
            opening = None
        head = storms.likely_head_of_draft(draft=incident)
        likely = storm_panel.Told(head) if head else None
        known = {"opening": opening, "missing": missing(incident), "likely": likely}
        return {**context, **known, **self._facts()}

    def _facts(self) -> dict[str, Any]:
        incident = self.object
        window = [moments.moment(at) for at in (incident.scheduled_for, incident.scheduled_until)]
        return {
            "titles": _by_language(incident.title),
            "known": told_facts.of(incident),
            "scheduled": " – ".join(filter(None, window)),
        }

    def form_valid(self, form: forms.Form) -> HttpResponse:
        if "_within" in self.request.POST:
            return self._open_within(form)
        try:
            incidents.open(incident=self.object, by=self.actor, now=timezone.now())
        except incidents.AlreadyOpen:
            return self._already_open()
        except NoPlan:
            return self.form_invalid(form)
        self.model_admin.log_change(self.request, self.object, gettext("Opened."))
        messages.success(self.request, _("Opened. The first notices are going out now."))
        return HttpResponseRedirect(self.back())

    def _open_within(self, form: forms.Form) -> HttpResponse:
        wanted = self.request.POST["_within"]
        head = get_object_or_404(Incident, pk=int(wanted[:18]) if wanted.isdecimal() else 0)
        try:
            storms.open_within(draft=self.object, into=head, by=self.actor, now=timezone.now())
        except incidents.AlreadyOpen:
            return self._already_open()
        except NoPlan:
            return self.form_invalid(form)
        except CannotPublish as error:
            messages.error(self.request, str(error))
            return self.form_invalid(form)
        self.model_admin.log_change(self.request, self.object, gettext("Opened."))
        messages.warning(
            self.request, _("Opened, and nothing was sent. Now say here what has come to it.")
        )
        there = reverse("admin:incidents_incident_joined", args=[head.pk, self.object.pk])
        return HttpResponseRedirect(there)

    def _already_open(self) -> HttpResponse:
        messages.warning(self.request, _("This incident is open already; nothing was sent twice."))
        return HttpResponseRedirect(self.back())


def _by_language(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, texts[code]) for code in languages.codes() if texts.get(code)]


def missing(incident: Incident) -> list[Any]:
    """What a customer would look for in vain, and a lead who would not be there."""
    gaps: list[Any] = [away] if (away := duty.lead_is_away(incident)) else []
    if not incident.affected.exists():
        gaps.append(_("No service is named: nobody can tell whether they are affected."))
    if not incident.effect:
        gaps.append(_("It does not say what customers notice."))
    known = facts_of(incident, PUBLIC_FACTS)
    texts = {field_of(name).verbose_name: known[name] for name in PUBLIC_FACTS}
    for name, text in {_("title"): incident.title, **texts}.items():
        gaps += lacking(name, text)
    return gaps
