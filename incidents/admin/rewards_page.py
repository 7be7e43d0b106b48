"""What customers reward: their marks set against how we told them."""

from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import UnfoldAdminSelectWidget

from feedback.admin.results_form import titles
from feedback.models import Survey
from incidents.admin import rewards_rows
from incidents.services import ranks
from incidents.services.rewards import rewards


class SurveyForm(forms.Form):
    survey = forms.ChoiceField(label=_("Survey"), widget=UnfoldAdminSelectWidget())


class RewardsPage(UnfoldModelAdminViewMixin, TemplateView):
    title = _("What customers reward")
    template_name = "admin/incidents/rewards.html"
    permission_required = ()
    request: HttpRequest

    def has_permission(self) -> bool:
        return self.request.user.has_perm("feedback.view_response")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["results_url"] = reverse("admin:feedback_survey_results")
        asked = Survey.objects.filter(
            versions__invitations__broadcast__timeline_entry__isnull=False
        )
        slugs = list(asked.order_by("slug").values_list("slug", flat=True).distinct())
        if not slugs:
            return context
        form = SurveyForm({"survey": self.request.GET.get("survey") or slugs[0]})
        choices = [(slug, title) for slug, title in titles() if slug in slugs]
        form.fields["survey"].choices = choices  # type: ignore[attr-defined]
        context["form"] = form
        if not form.is_valid():
            return context
        survey = Survey.objects.get(slug=form.cleaned_data["survey"])
        found = rewards(survey=survey, now=timezone.now())
        return context | {
            "questions": [rewards_rows.heading(question) for question in found.questions],
            "rows": rewards_rows.rows(found, survey=survey.slug),
            "links": rewards_rows.links(found),
            "scatters": rewards_rows.scatters(found),
            "fewest": ranks.FEWEST,
        }
