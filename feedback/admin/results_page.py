"""What a survey's answers come to: all of them or some, as one, side by side, and over time."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from audiences.languages import spoken
from feedback.admin import result_rows, result_trends, results_form
from feedback.admin.results_form import Asked, ResultsForm
from feedback.models import Survey
from feedback.services import results
from feedback.services.figures import dimensions
from feedback.services.figures.slices import Slice
from feedback.services.figures.stories import Group

NAME = "feedback_survey_results"
# In an address: the survey that the filters were chosen for.
OF = "of"


def address(**chosen: str) -> str:
    """The page with this chosen, as its form would send it."""
    return f"{reverse(f'admin:{NAME}')}?{urlencode(chosen)}"


class ResultsPage(UnfoldModelAdminViewMixin, TemplateView):
    title = _("Results of surveys")
    template_name = "admin/feedback/results.html"
    permission_required = ()
    request: HttpRequest

    def has_permission(self) -> bool:
        return self.request.user.has_perm("feedback.view_response")

    @cached_property
    def titles(self) -> dict[str, str]:
        return dict(results_form.titles())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if not self.titles:
            return context
        asked = results_form.asked(self._survey())
        form = ResultsForm(asked, self.titles.items(), self._chosen(asked))
        version = asked.version
        context |= {"form": form, "survey_title": spoken(version.title), "version": version}
        context["export"] = reverse("admin:feedback_surveyversion_export", args=[version.pk])
        if not form.is_valid():
            return context
        ignored = asked.is_anonymous and any(map(self.request.GET.get, results_form.parts()))
        return context | {"is_part_ignored": ignored} | self._figures(asked, form)

    def _chosen(self, asked: Asked) -> dict[str, str]:
        """What was chosen for another survey is not taken over: it may not offer that."""
        given, slug = self.request.GET.dict(), asked.survey.slug
        if given.get(OF, slug) != slug:
            given = {}
        if asked.is_anonymous and not given.get("by"):
            # An address that asks for one occasion finds it beside the others.
            groupings = dimensions.labels(is_anonymous=True)
            given["by"] = next((name for name in groupings if given.get(name)), "")
        return {"every": "month", **given, "survey": slug, OF: slug}

    def _survey(self) -> Survey:
        """The one that is asked for, else the first that somebody was asked."""
        slug = self.request.GET.get("survey", "")
        if slug:
            found = Survey.objects.filter(slug=slug).first()
            if found is None:
                raise Http404
            return found
        asked = Survey.objects.filter(versions__invitations__isnull=False).order_by("slug")
        return asked.first() or Survey.objects.order_by("slug")[0]

    def _figures(self, asked: Asked, form: ResultsForm) -> dict[str, Any]:
        of, chosen = form.slice(), form.cleaned_data
        every = chosen.get("every") or "month"
        summary = results.summary(of=of, every=every)
        context = {
            "turnout": result_rows.turnout(summary.turnout),
            "withheld": result_rows.few() if summary.is_withheld else "",
            "cards": result_rows.cards(summary.questions),
            "written": result_rows.written(summary.questions),
            "comments": self._comments(asked.survey),
            "is_filtered": not of.is_whole,
            "everything": address(survey=asked.survey.slug),
            "is_anonymous": asked.is_anonymous,
        }
        if summary.is_withheld or not summary.turnout.answered:
            return context
        context["charts"] = result_trends.charts(summary.trends, every=every)
        return context | (self._side_by_side(of, form) if chosen["by"] else {})

    def _comments(self, survey: Survey) -> str:
        if not self.request.user.has_perm("feedback.view_answer"):
            return ""
        chosen = urlencode({"question__version__survey__id__exact": survey.pk})
        return f"{reverse('admin:feedback_answer_changelist')}?{chosen}"

    def _side_by_side(self, of: Slice, form: ResultsForm) -> dict[str, Any]:
        by = form.cleaned_data["by"]
        label = dict(form.fields["by"].choices)[by]  # type: ignore[attr-defined]
        found = results.grouped(of=of, by=by)
        return {
            "by": label,
            "groups": result_rows.groups(found, self._narrowed(form, by)),
            "sides": result_rows.sides(found),
            "is_overlapping": found.is_overlapping,
        }

    def _narrowed(self, form: ResultsForm, by: str) -> result_rows.Address:
        """The page of one group alone, where there is one."""
        if by not in form.fields:
            return lambda _group: ""
        kept = {name: value for name, value in form.data.items() if value and name != "by"}

        def narrowed(group: Group) -> str:
            return address(**{**kept, by: group.key})

        return narrowed
