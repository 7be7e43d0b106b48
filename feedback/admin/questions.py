"""The questions of a draft: typed in words, put in order by dragging."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.base import Blocks
from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from feedback.admin import spoken_choices, spoken_conditions
from feedback.models import Question, SurveyVersion


class QuestionForm(forms.ModelForm[Question]):
    choices = TextsFormField(
        label=_("Choices"),
        required=False,
        widget=texts_widget(single_line=False),
        help_text=_("For a choice: one a line, in the same order in each language."),
    )
    after = forms.CharField(
        label=_("Only after"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "Answers to the nearest question above that is always asked: 1–2, no, or the words of a"
            " choice. Empty: this one is always asked."
        ),
    )

    class Meta:
        model = Question
        fields = ("kind", "text", "choices", "after", "is_required", "starts_page", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["choices"] = spoken_choices.written(self.instance.choices)
        self.initial["after"] = spoken_conditions.written(self.instance.after, self._anchor())
        self._offer_the_end()

    def _offer_the_end(self) -> None:
        """Where a new question stands on the page; dragging moves only what is stored."""
        self.fields["position"].required = False
        self.fields["position"].help_text = _("Set by dragging. Empty: after all others.")
        if not self.instance.pk:
            self.initial["position"] = None

    def _anchor(self) -> Question | None:
        """As it is stored; where it is dragged to is seen when all are saved."""
        if not (self.instance.pk and self.instance.after):
            return None
        always = Question.objects.filter(version=self.instance.version_id, after=[])
        above = always.filter(position__lt=self.instance.position)
        return above.order_by("-position", "-pk").first()

    def clean_choices(self) -> list[spoken_choices.Choice]:
        return spoken_choices.read(self.cleaned_data["choices"], self.instance.choices)

    def clean_after(self) -> list[str]:
        """What it means depends on the questions around it: see QuestionFormSet."""
        self.said_after: str = self.cleaned_data["after"]
        return []


class QuestionFormSet(forms.BaseInlineFormSet[Question, SurveyVersion, QuestionForm]):
    def clean(self) -> None:
        super().clean()
        anchor: Question | None = None
        for form in self._numbered():
            try:
                form.instance.after = spoken_conditions.read(form.said_after, anchor)
            except ValidationError as error:
                form.add_error("after", error)
            if not form.said_after.strip():
                anchor = form.instance

    def _numbered(self) -> list[QuestionForm]:
        """In their order, with those at the end that say no position."""
        found, last = self._kept(), -1
        found.sort(key=lambda form: (form.instance.position is None, form.instance.position))
        for form in found:
            if form.instance.position is None:
                form.instance.position = last + 1
            last = form.instance.position
        return found

    def _kept(self) -> list[QuestionForm]:
        return [
            form
            for form in self.forms
            if hasattr(form, "said_after")
            and not form.cleaned_data.get("DELETE")
            and (form.instance.pk or form.has_changed())
        ]


class QuestionBlocks(Blocks):
    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    single_line = ("text",)
    fields = ("kind", "text", "choices", "after", ("is_required", "starts_page"), "position")
    ordering_field = "position"
    ordering = ("position", "pk")
    collapsible = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and bool(super().has_delete_permission(request, obj))


def _is_open(version: Any) -> bool:
    return not isinstance(version, SurveyVersion) or version.is_draft
