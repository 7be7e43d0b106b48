from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from audiences.admin.as_shown import AsShownMixin
from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from audiences.admin.versioned import VersionedMixin
from incidents.admin import labels, plan_pages, plan_panel
from incidents.admin.plan_parts import (
    IN_FORCE,
    DutyRows,
    LeadTimeRows,
    ReviewRows,
    RhythmRows,
    StepBlocks,
)
from incidents.admin.plan_replays import ReplayPage
from incidents.admin.plan_uploads import UploadPage
from incidents.admin.spoken_durations import SpokenDurationsMixin
from incidents.models import Impact, Plan
from incidents.models.plans import AlreadyInForce
from incidents.services import plan_files
from messaging import check


class PlanForm(AsShownMixin, forms.ModelForm[Plan]):
    binding_rules = forms.MultipleChoiceField(
        label=capfirst(_("binding rules")),
        choices=[(slug, rule.title) for slug, rule in check.RULES.items() if not rule.always_binds],
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("The check advises; what breaks one of these is not published."),
    )

    publishes_unapproved = forms.MultipleChoiceField(
        label=capfirst(_("published unapproved at impact")),
        choices=Impact.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_(
            "What nobody has approved in time is published at these impacts. At any other it is"
            " held back, and people are called until somebody decides."
        ),
    )

    def clean_slug(self) -> str:
        """A second version is never typed: it is made of the first one."""
        slug: str = self.cleaned_data["slug"]
        if Plan.objects.filter(slug=slug).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(
                _("There is a plan with this slug. Open it, and make a new version of it.")
            )
        return slug


@admin.register(Plan)
class PlanAdmin(VersionedMixin, SpokenDurationsMixin, Admin):
    possible: ClassVar = {
        Plan.Status.DRAFT: ("inspect", "activate", "compare", "replay", "download"),
        Plan.Status.ACTIVE: ("revise", "compare", "replay", "download", "retire"),
        Plan.Status.RETIRED: ("revise", "compare", "replay", "download"),
    }
    in_force = IN_FORCE
    refusal = AlreadyInForce
    form = PlanForm
    list_display = ("name", "version", "show_status", "kind", "owner", "show_review", "step_count")
    list_filter = ("status", "kind", "owner")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("owner", "components", "segments")
    ordering = ("name", "-version")
    inlines = (StepBlocks, DutyRows, RhythmRows, LeadTimeRows, ReviewRows)
    actions_list = ("upload",)
    actions_detail = ("revise", "inspect", "activate", "compare", "replay", "download", "retire")
    change_form_outer_before_template = "admin/incidents/plan.html"
    readonly_fields = ("version", "status", "activated_at", "retired_at")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "slug"),
                    ("version", "status"),
                    ("owner", "review_on"),
                    "changes",
                    ("activated_at", "retired_at"),
                )
            },
        ),
        (
            _("When it applies"),
            {"fields": (("kind", "minimum_impact"), "components", "segments", "by_hand")},
        ),
        (
            _("What it promises"),
            {
                "fields": (
                    ("first_notice_within", "update_interval"),
                    ("slower_after", "slower_interval"),
                    ("postmortem_within", "postmortem_impact"),
                )
            },
        ),
        (
            _("What the check may hold back"),
            {"fields": ("binding_rules",)},
        ),
        (
            _("When nobody reacts"),
            {
                "fields": (
                    ("remind_before", "next_person_after"),
                    "approval_within",
                    "publishes_unapproved",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = super().get_queryset(request).annotate(step_count=Count("steps"))
        return counted

    def panel(self, version: Plan) -> dict[str, Any]:
        return plan_panel.panel(version)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else {"slug": ("name",)}

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # What other versions are found by.
        given = super().get_readonly_fields(request, obj)
        return (*given, "slug") if obj else given

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What is in force is read as a timeline."""
        parts: list[Any] = list(super().get_inlines(request, obj))
        return parts[1:] if self.is_closed(obj) else parts

    def has_revise_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("incidents.change_plan")

    @action(description=_("Bring in a file…"), icon="upload", permissions=["add", "revise"])
    def upload(self, request: HttpRequest) -> HttpResponseBase:
        return UploadPage.as_view(model_admin=self)(request)

    @action(
        description=_("New version…"),
        icon="edit_note",
        variant=ActionVariant.PRIMARY,
        permissions=["revise"],
    )
    def revise(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return plan_pages.RevisePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Check"), icon="fact_check", permissions=["view"])
    def inspect(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return plan_pages.CheckPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Activate…"),
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
        permissions=["revise"],
    )
    def activate(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return plan_pages.ActivatePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Compare…"), icon="difference", permissions=["view"])
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return plan_pages.ComparePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Play recordings…"), icon="replay", permissions=["view"])
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ReplayPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Download"), icon="download", permissions=["view"])
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        plan = self.get_object(request, object_id)
        if plan is None:
            return HttpResponseRedirect("../")
        answer = HttpResponse(plan_files.write(plan), content_type="application/yaml")
        name = f"{plan.slug}-v{plan.version}.yaml"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    @action(
        description=_("Retire…"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["revise"],
    )
    def retire(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return plan_pages.RetirePage.as_view(model_admin=self)(request, object_id=object_id)

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
