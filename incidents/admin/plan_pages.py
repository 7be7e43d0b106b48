"""What is done with a version of a plan: a new one, a check, a comparison, activating, retiring."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from audiences.admin.pages import ActionPage, ObjectPage, address
from incidents.admin.plan_panel import compare_address, remarks
from incidents.models import Incident, Plan
from incidents.services import plan_checks, plan_versions


class RevisePage(ActionPage):
    title = _("A new version of this plan?")
    permission = "revise"
    explanation = _(
        "A draft is made as a copy of this version. You change it, compare it and activate it when"
        " it is ready; until then nothing changes for anybody. A draft that is there already is"
        " opened instead."
    )
    button = _("New version")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        draft = plan_versions.revise(plan=self.object, by=self.actor, now=timezone.now())
        messages.success(self.request, gettext("This is the draft: %(plan)s.") % {"plan": draft})
        return HttpResponseRedirect(address(draft))


class CheckPage(ObjectPage, TemplateView):
    title = _("Check")
    permission = "view"
    template_name = "admin/incidents/plan_check.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = plan_checks.check(plan=self.object, now=timezone.now())
        return {**super().get_context_data(**kwargs), "remarks": remarks(found, self.object)}


class ComparePage(ObjectPage, TemplateView):
    title = _("Compare versions")
    permission = "view"
    template_name = "admin/incidents/plan_compare.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        others = list(Plan.objects.filter(slug=self.object.slug).exclude(pk=self.object.pk))
        others.sort(key=lambda one: -one.version)
        chosen = self.request.GET.get("before", "")
        before = next((one for one in others if str(one.pk) == chosen), None) or self._usual(others)
        if before is None:
            return context
        return {
            **context,
            "before": before,
            "others": [(one, compare_address(self.object, one)) for one in others],
            "differences": plan_versions.compare(before=before, after=self.object),
        }

    def _usual(self, others: list[Plan]) -> Plan | None:
        """A draft is compared with what is in force, anything else with the version before it."""
        if self.object.is_draft:
            for one in others:
                if one.status == Plan.Status.ACTIVE:
                    return one
        earlier = [one for one in others if one.version < self.object.version]
        return next(iter(earlier or others), None)


class ActivatePage(ActionPage):
    title = _("Activate this plan?")
    permission = "revise"
    template_name = "admin/incidents/plan_activate.html"
    button = _("Activate")

    @cached_property
    def replaced(self) -> Plan | None:
        return plan_versions.active(slug=self.object.slug)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        before = self.replaced
        found = plan_checks.check(plan=self.object, now=timezone.now())
        return super().get_context_data(
            **kwargs,
            remarks=remarks(found, self.object),
            may_activate=not any(finding.is_error for finding in found),
            before=before,
            differences=plan_versions.compare(before=before, after=self.object) if before else [],
            under_way=_under_way(before) if before else "",
        )

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            plan_versions.activate(draft=self.object, by=self.actor, now=timezone.now())
        except plan_versions.NotADraft:
            messages.warning(self.request, _("This version was activated or retired before."))
            return HttpResponseRedirect(self.back())
        except plan_versions.NotReady:
            return self.form_invalid(form)  # The page says what is to be mended.
        self.model_admin.log_change(self.request, self.object, gettext("Activated."))
        messages.success(self.request, _("In force: it is chosen for whatever opens from now on."))
        return HttpResponseRedirect(self.back())


def _under_way(plan: Plan) -> str:
    number = Incident.objects.active().filter(plan=plan).count()
    words = ngettext(
        "%(number)d incident under way keeps the version that it started with.",
        "%(number)d incidents under way keep the version that they started with.",
        number,
    )
    return words % {"number": number} if number else ""


class RetirePage(ActionPage):
    title = _("Retire this plan?")
    permission = "revise"
    explanation = _(
        "It is chosen for no incident any more. Incidents under way keep it. If no other active"
        " plan fits an incident, nobody is told by itself."
    )
    button = _("Retire")
    is_dangerous = True

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            plan_versions.retire(plan=self.object, by=self.actor, now=timezone.now())
        except plan_versions.NotActive:
            messages.warning(self.request, _("This version is not in force; nothing was changed."))
        else:
            self.model_admin.log_change(self.request, self.object, gettext("Retired."))
            messages.success(self.request, _("Retired."))
        return HttpResponseRedirect(self.back())
