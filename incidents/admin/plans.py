from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from audiences.admin.base import Admin, Blocks, ReadOnlyRows, Rows
from audiences.admin.colours import coloured
from audiences.models import Channel
from incidents.admin import labels
from incidents.admin.maintenance import LeadTimeRows
from incidents.models import Duty, Plan, PlanReview, PlanStep, Status
from messaging.services import placeholders, rendering


class StepForm(forms.ModelForm[PlanStep]):
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

    def clean_statement(self) -> dict[str, str]:
        """Refuses now what would fail at three in the morning."""
        texts: dict[str, str] = self.cleaned_data["statement"]
        for code, text in texts.items():
            try:
                placeholders.check(text)
                rendering.fill_statement(text, dict.fromkeys(placeholders.FACTS, "x"))
            except placeholders.BadTemplate as error:
                raise forms.ValidationError(f"{code}: {error}") from error
        return texts


STEP_FIELDS = (
    ("name", "position"),
    ("trigger", "status"),
    ("offset", "repeat_limit"),
    "who",
    ("segments", "tells_affected"),
    "channels",
    ("template", "survey"),
    "statement",
)


class StepBlocks(Blocks):
    model = PlanStep
    form = StepForm
    fields = STEP_FIELDS
    single_line = ()
    autocomplete_fields = ("segments", "template", "survey")
    ordering = ("position", "pk")
    collapsible = True
    tab = True


class DutyRows(Rows):
    model = Duty
    fields = ("position", "user")
    autocomplete_fields = ("user",)
    ordering = ("position",)
    tab = True


class ReviewRows(ReadOnlyRows):
    model = PlanReview
    fk_name = "plan"
    fields = ("due_on", "cause", "reviewer", "done_at", "findings", "answered_by")
    show_change_link = True
    ordering = ("-due_on",)
    tab = True


@admin.register(Plan)
class PlanAdmin(Admin):
    list_display = ("name", "version", "show_status", "kind", "owner", "show_review", "step_count")
    list_filter = ("status", "kind", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("owner", "components")
    ordering = ("name", "-version")
    inlines = (StepBlocks, LeadTimeRows, DutyRows, ReviewRows)
    fieldsets = (
        (None, {"fields": (("name", "slug"), ("version", "status"), ("owner", "review_on"))}),
        (
            _("When it applies, and what it promises"),
            {"fields": (("kind", "minimum_impact"), "components", "update_interval")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(step_count=Count("steps"))
        return counted

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    @display(description=_("status"), ordering="status", label=labels.PLAN)
    def show_status(self, plan: Plan) -> tuple[str, str]:
        return plan.status, plan.get_status_display()

    @display(
        description=_("review on"), ordering="review_on", label=coloured({"overdue": "danger"})
    )
    def show_review(self, plan: Plan) -> Any:
        is_overdue = plan.status == Plan.Status.ACTIVE and plan.review_on < timezone.localdate()
        return ("overdue" if is_overdue else "ahead", plan.review_on)

    @display(description=_("steps"), ordering="step_count")
    def step_count(self, plan: Plan) -> int:
        return plan.step_count  # type: ignore[attr-defined, no-any-return]


@admin.register(PlanStep)
class PlanStepAdmin(Admin):
    form = StepForm
    fields = ("plan", *STEP_FIELDS)
    single_line = ()
    list_display = ("name", "plan", "trigger", "show_status", "offset", "who", "template")
    list_filter = ("trigger", "who", "plan")
    list_select_related = ("plan", "template")
    search_fields = ("name", "plan__name")
    autocomplete_fields = ("plan", "segments", "template", "survey")
    ordering = ("plan__name", "plan__version", "position")

    @display(description=_("status"), ordering="status")
    def show_status(self, step: PlanStep) -> str:
        return str(Status(step.status).label) if step.status else ""


@admin.register(Duty)
class DutyAdmin(Admin):
    list_display = ("user", "plan", "position")
    list_filter = ("plan",)
    list_select_related = ("user", "plan")
    search_fields = ("user__username", "plan__name")
    autocomplete_fields = ("user", "plan")
    ordering = ("plan__name", "plan__version", "position")
