"""Recorded incidents played against a version of a plan, and against another one beside it."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldBooleanSwitchWidget,
)

from audiences.admin.pages import ActionPage
from incidents import recordings
from incidents.admin import replay_rows
from incidents.models import Plan
from incidents.recordings import BadRecording, Recording
from incidents.services import rehearsals
from incidents.services.rehearsals import Rehearsed

# A year of a large provider's history is under two megabytes.
MAX_BYTES, MAX_FILES = 5_000_000, 5
# A story of more updates is no story, and would take minutes.
MAX_UPDATES = 200


class FilesInput(UnfoldAdminFileFieldWidget):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files; see Django's “Uploading multiple files”."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[bytes]]:
        files = data or [None]
        return [super(FilesField, self).clean(one, initial) for one in files]


class RecordingsForm(forms.Form):
    recorded = FilesField(
        label=gettext_lazy("Recordings"),
        widget=FilesInput,
        help_text=gettext_lazy(
            "JSON Lines of our own shape, or what a public status page answers under"
            " /api/v2/incidents.json; also packed (.gz). Up to five files of 5 MB each, unpacked."
        ),
    )
    other = forms.ModelChoiceField(
        label=gettext_lazy("Compare with"),
        queryset=Plan.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    counts_people = forms.BooleanField(
        label=gettext_lazy("Also count who would get each message"),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
        help_text=gettext_lazy("Takes longer, so that fewer recordings fit."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        field = self.fields["other"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _others(plan)

    def clean_recorded(self) -> list[Recording]:
        """What can be played; each problem is a line of `problems`."""
        self.problems: list[str] = []
        files = self.cleaned_data["recorded"]
        if len(files) > MAX_FILES:
            raise forms.ValidationError(_("Choose five files at most."))
        found = [recording for file in files for recording in self._read(file)]
        if not found:
            raise forms.ValidationError([_("There is nothing to play."), *self.problems[:10]])
        return found

    def _read(self, file: UploadedFile[bytes]) -> list[Recording]:
        name = file.name or ""
        try:
            found, problems = recordings.read_file(file, name=name, max_bytes=MAX_BYTES)
        except BadRecording as error:
            self.problems.append(str(error))
            return []
        self.problems += [f"{name}, {problem}" for problem in problems]
        return [recording for recording in found if self._fits(recording)]

    def _fits(self, recording: Recording) -> bool:
        names = {"name": recording.name, "kind": self.plan.get_kind_display()}
        if recording.kind != self.plan.kind:
            self.problems.append(_("“%(name)s” is no %(kind)s.") % names)
            return False
        if len(recording.updates) > MAX_UPDATES:
            self.problems.append(_("“%(name)s” has too many updates for a page.") % names)
            return False
        return True


def _others(plan: Plan) -> QuerySet[Plan]:
    """Its other versions, and what else is in force for the same kind."""
    wanted = Q(slug=plan.slug) | Q(status=Plan.Status.ACTIVE)
    others = Plan.objects.filter(wanted, kind=plan.kind).exclude(pk=plan.pk)
    return others.order_by("name", "-version")


class ReplayPage(ActionPage):
    title = gettext_lazy("Play recordings")
    permission = "view"
    template_name = "admin/incidents/plan_replay.html"
    form_class = RecordingsForm
    explanation = gettext_lazy(
        "Recorded incidents are played against this version: what it would have said, and when."
        " Nobody is told, and nothing of it is kept. It is played for a few seconds; whoever has"
        " more than fits uses the command “replay”."
    )

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "plan": self.object}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, RecordingsForm)
        other: Plan | None = form.cleaned_data["other"]
        played = rehearsals.rehearse(
            recordings=form.cleaned_data["recorded"],
            plan=self.object,
            other=other,
            counts_people=form.cleaned_data["counts_people"],
        )
        context = self.get_context_data(form=form, other=other, problems=_left_out(form, played))
        found = {"lines": replay_rows.lines(played), "stories": replay_rows.stories(played)}
        return self.render_to_response({**context, **found})


def _left_out(form: RecordingsForm, played: Rehearsed) -> list[str]:
    if not played.left:
        return form.problems
    words = ngettext(
        "There was no time for %(number)d more recording: play it by itself.",
        "There was no time for %(number)d more recordings: play them by themselves.",
        played.left,
    )
    return [words % {"number": played.left}, *form.problems]
