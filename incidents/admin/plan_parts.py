"""The parts of a plan: steps, people, rhythms, lead times. Only those of a draft can be edited."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, Blocks, ReadOnlyRows, Rows
from audiences.models import Channel
from incidents.admin.spoken_durations import SpokenDurationsMixin
from incidents.models import Duty, LeadTime, Plan, PlanReview, PlanStep, Rhythm, Status
from incidents.services import plan_words, statements
from messaging.services.placeholders import BadTemplate

IN_FORCE = _("This version is in force or retired: make a new version of the plan.")


class PartForm(AsShownMixin, forms.ModelForm[Any]):
    """A part moves into drafts only; what is in force is left as it is."""

    def clean_plan(self) -> Plan:
        plan: Plan = self.cleaned_data["plan"]
        if not plan.is_draft:
            raise forms.ValidationError(IN_FORCE)
        return plan


class StepForm(PartForm):
    channels = forms.MultipleChoiceField(
        label=_("channels"),
        choices=Channel.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    status = forms.ChoiceField(
        label=_("status"),
        choices=[("", "–"), *Status.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_("For “status reached”."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "template" in self.fields:
            self.fields["template"].help_text = _(
                "Of a task: its short text is what the person is to post."
            )

    def clean_statement(self) -> dict[str, str]:
        """Refuses now what would fail at three in the morning."""
        texts: dict[str, str] = self.cleaned_data["statement"]
        plan = getattr(self.instance, "plan", None) or self.cleaned_data.get("plan")
        for code, text in texts.items():
            try:
                statements.check(
                    text,
                    trigger=self.cleaned_data.get("trigger", ""),
                    kind=plan.kind if plan else "",
                )
            except BadTemplate as error:
                raise forms.ValidationError(f"{code}: {error}") from error
        return texts


STEP_FIELDS = (
    ("name", "position"),
    ("trigger", "status"),
    "offset",
    ("repeat_every", "repeat_limit"),
    ("who", "role"),
    ("assignee", "deadline"),
    "instructions",
    "done_when",
    ("segments", "tells_affected"),
    "channels",
    ("template", "survey"),
    "statement",
)


class OfDraftMixin(SpokenDurationsMixin):
    """For inlines of a plan: looked at, and edited only while the plan is a draft."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_add_permission(request, obj)  # type: ignore[misc]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_change_permission(request, obj)  # type: ignore[misc]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _is_open(obj) and super().has_delete_permission(request, obj)  # type: ignore[misc]


class PartAdminMixin(OfDraftMixin):
    """For the pages of single parts; a new one says its plan itself, and the form looks at it."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(OfDraftMixin, self).has_add_permission(request)  # type: ignore[misc, no-any-return]


def _is_open(obj: Any) -> bool:
    """Whether this plan, or the plan of this part, may be edited; the list shows all of them."""
    plan = getattr(obj, "plan", obj)
    return not isinstance(plan, Plan) or plan.is_draft


class StepBlocks(OfDraftMixin, Blocks):
    model = PlanStep
    form = StepForm
    formset = RowsAsShown
    fields = STEP_FIELDS
    single_line = ()
    autocomplete_fields = ("segments", "template", "survey", "assignee")
    ordering = ("position", "pk")
    collapsible = True
    tab = True


class DutyRows(OfDraftMixin, Rows):
    model = Duty
    form = PartForm
    formset = RowsAsShown
    fields = ("position", "user")
    autocomplete_fields = ("user",)
    ordering = ("position",)
    tab = True


class RhythmRows(OfDraftMixin, Rows):
    model = Rhythm
    form = PartForm
    formset = RowsAsShown
    fields = ("impact", "audience", "interval")
    ordering = ("audience", "impact")
    tab = True


class LeadTimeRows(OfDraftMixin, Rows):
    model = LeadTime
    form = PartForm
    formset = RowsAsShown
    fields = ("tier", "notice")
    ordering = ("-notice",)
    tab = True


class ReviewRows(ReadOnlyRows):
    model = PlanReview
    fk_name = "plan"
    fields = ("due_on", "cause", "reviewer", "done_at", "findings", "answered_by")
    show_change_link = True
    ordering = ("-due_on",)
    tab = True


@admin.register(PlanStep)
class PlanStepAdmin(PartAdminMixin, Admin):
    form = StepForm
    fields = ("plan", *STEP_FIELDS)
    single_line = ()
    list_display = ("name", "plan", "show_moment", "who", "template")
    list_filter = ("trigger", "who", "plan")
    list_select_related = ("plan", "template")
    search_fields = ("name", "plan__name")
    autocomplete_fields = ("plan", "segments", "template", "survey", "assignee")
    ordering = ("plan__name", "plan__version", "position")

    @display(description=_("when"), ordering="trigger")
    def show_moment(self, step: PlanStep) -> str:
        return plan_words.moment(step)


@admin.register(Duty)
class DutyAdmin(PartAdminMixin, Admin):
    form = PartForm
    list_display = ("user", "plan", "position")
    list_filter = ("plan",)
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "plan__name")
    autocomplete_fields = ("user", "plan")
    ordering = ("plan__name", "plan__version", "position")
