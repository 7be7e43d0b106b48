"""What a survey has brought, as a file: says what stands in it, then hands it out."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from audiences.admin.pages import ActionPage
from feedback.models import Response, Survey
from feedback.services import answer_files, figure_files

_FIGURES = "figures.json"
_WRITERS: Mapping[str, Any] = {
    "answers.csv": answer_files.as_csv,
    "answers.json": answer_files.as_json,
}
_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


class ExportForm(forms.Form):
    file = forms.ChoiceField(
        label=_("File"),
        choices=[
            ("answers.csv", _("The answers, for a spreadsheet (CSV)")),
            ("answers.json", _("The answers, for a program (JSON)")),
            (_FIGURES, _("The figures of the results, for a program (JSON)")),
        ],
        initial="answers.csv",
        widget=UnfoldAdminRadioSelectWidget,
    )


class ExportPage(ActionPage):
    """Of the survey in all its versions."""

    title = _("Export what was answered")
    permission = "results"
    explanation = _(
        "A row for each response and a column for each question, over all versions of the survey;"
        " each row says which version was answered."
    )
    button = _("Download")
    form_class = ExportForm

    @property
    def survey(self) -> Survey:
        survey: Survey = self.object.survey
        return survey

    @property
    def with_people(self) -> bool:
        return self.request.user.has_perm("audiences.view_contact")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs, consequences=self._consequences())

    def _consequences(self) -> list[str]:
        count = Response.objects.filter(invitation__version__survey=self.survey).count()
        words = ngettext("%(count)s response.", "%(count)s responses.", count)
        found = [words % {"count": f"{count:,}"}]
        if self.survey.versions.filter(is_anonymous=False).exists():
            found.append(_with_names() if self.with_people else _without_names())
        if self.survey.versions.filter(is_anonymous=True).exists():
            found.append(_anonymous())
        return found

    def form_valid(self, form: forms.Form) -> HttpResponseBase:  # type: ignore[override]
        name: str = form.cleaned_data["file"]
        answer = StreamingHttpResponse(
            self._content(name), content_type=_TYPES[name.rpartition(".")[2]]
        )
        answer["Content-Disposition"] = f'attachment; filename="{self.survey.slug}-{name}"'
        self.model_admin.log_change(
            self.request, self.object, gettext("Exported: %(file)s") % {"file": name}
        )
        return answer

    def _content(self, name: str) -> Iterator[Any]:
        found: Iterator[Any]
        if name == _FIGURES:
            found = figure_files.as_json(survey=self.survey)
        else:
            found = _WRITERS[name](survey=self.survey, with_people=self.with_people)
        return found


def _with_names() -> str:
    return gettext("With names and addresses: keep the file as you keep your contacts.")


def _without_names() -> str:
    return gettext("Without names and addresses, for you may not see contacts.")


def _anonymous() -> str:
    words = gettext(
        "Of what is anonymous: the answers alone, in no order, and only once a version has at least"
        " %(least)s responses."
    )
    return words % {"least": settings.FEEDBACK_SMALLEST_GROUP}
