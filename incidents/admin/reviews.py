"""Reviews of plans: what is to be looked at, and how it was answered."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminExpandableTextareaWidget, UnfoldAdminRadioSelectWidget

from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from audiences.admin.pages import ActionPage, address
from incidents.admin.aftermath import room_link
from incidents.models import Plan, PlanReview
from incidents.services import reviews

NOTHING = "nothing"


class CloseForm(forms.Form):
    findings = forms.CharField(
        label=_("What did you find?"), widget=UnfoldAdminExpandableTextareaWidget
    )
    answer = forms.ChoiceField(
        label=_("What answers it?"),
        widget=UnfoldAdminRadioSelectWidget,
        help_text=_(
            "If the plan has to change: make a new version and set it active, then close this."
        ),
    )

    def __init__(self, *args: Any, review: PlanReview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.versions = {str(plan.pk): plan for plan in reviews.answers(review=review)}
        offered = [
            (pk, f"{plan} · {plan.changes}" if plan.changes else str(plan))
            for pk, plan in self.versions.items()
        ]
        choice: Any = self.fields["answer"]
        choice.choices = [*offered, (NOTHING, _("Nothing had to change"))]


class ClosePage(ActionPage):
    title = _("Close this review")
    button = _("Close the review")
    form_class = CloseForm

    @property
    def explanation(self) -> Any:
        return self.object.question or _("Say what you have looked at, and what came of it.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "review": self.object}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        is_by_date = self.object.cause == PlanReview.Cause.DATE
        said = _("The plan is to be looked at again in 90 days.")
        return super().get_context_data(**kwargs, consequences=[said] if is_by_date else [])

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, CloseForm)
        findings = form.cleaned_data["findings"]
        chosen = form.versions.get(form.cleaned_data["answer"])
        words = {"findings": findings, "answered_by": chosen}
        try:
            reviews.close(review=self.object, **words, by=self.actor, now=timezone.now())
        except reviews.NotPossible as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        self.model_admin.log_change(self.request, self.object, gettext("Closed."))
        messages.success(self.request, _("Closed."))
        return HttpResponseRedirect(self.back())


@admin.register(PlanReview)
class PlanReviewAdmin(Admin):
    list_display = ("plan", "cause", "show_due", "reviewer", "incident", "done_at", "answered_by")
    list_filter = (("done_at", admin.EmptyFieldListFilter), "cause", "reviewer")
    list_select_related = ("plan", "reviewer", "incident", "answered_by")
    search_fields = ("plan__name", "findings", "question")
    autocomplete_fields = ("plan", "incident", "reviewer")
    ordering = ("done_at", "due_on")
    actions_detail = ("close",)

    def get_fields(self, request: HttpRequest, obj: PlanReview | None = None) -> Any:
        if obj is None:
            return (("plan", "incident"), ("reviewer", "due_on"), "question")
        links = ("show_plan", "show_incident") if obj.incident_id else ("show_plan",)
        known = (links, ("cause", "due_on"), "reviewer", "question")
        return (*known, "findings", ("answered_by", "done_at")) if obj.done_at else known

    def get_readonly_fields(self, request: HttpRequest, obj: PlanReview | None = None) -> Any:
        if obj is None:
            return ()
        shown = ("show_plan", "show_incident", "cause", "findings", "answered_by", "done_at")
        return (*shown, "reviewer", "question", "due_on") if obj.done_at else shown

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        return {"reviewer": str(request.user.pk), **super().get_changeform_initial_data(request)}

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))
        offered: list[Any] = super().get_actions_detail(request, object_id)
        return [] if one is None or one.done_at else offered

    @action(
        description=_("Close the review…"),
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
        permissions=["change"],
    )
    def close(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ClosePage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("plan"))
    def show_plan(self, review: PlanReview) -> SafeString:
        """The version it is about, and where that is retired, the one to change."""
        current = reviews.in_force(plan=review.plan)
        link = _link(review.plan)
        if current is None:
            return format_html("{} · {}", link, _("no version is active"))
        if current == review.plan:
            return link
        return format_html("{} · {} {}", link, _("now active:"), _link(current))

    @display(description=_("because of"))
    def show_incident(self, review: PlanReview) -> SafeString | None:
        return room_link(review.incident) if review.incident else None

    @display(description=_("due on"), ordering="due_on", label=coloured({"overdue": "danger"}))
    def show_due(self, review: PlanReview) -> Any:
        is_overdue = review.is_overdue(timezone.localdate())
        return ("overdue" if is_overdue else "ahead", review.due_on)


def _link(plan: Plan) -> SafeString:
    return format_html('<a class="kt-link" href="{}">{}</a>', address(plan), plan)
