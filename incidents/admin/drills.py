"""Rehearsals: prepared on a form, looked at like every opening, ended with what was learned."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminExpandableTextareaWidget,
    UnfoldAdminSelectWidget,
)

from audiences.admin.base import Admin
from audiences.admin.colours import Coloured
from audiences.admin.pages import ActionPage, address
from audiences.admin.texts import texts_widget
from audiences.colleagues import called
from audiences.fields import TextsFormField
from audiences.languages import spoken
from incidents.admin import labels, score_rows
from incidents.models import Component, Drill, Impact, Plan, Responder
from incidents.models.plans import Kind
from incidents.services import drills, reviews, score
from incidents.services.drills import Script

# How long the story lasts, and in how much time it is played.
_PACES = {
    "20": (timedelta(hours=4), timedelta(minutes=20), _("4 hours in 20 minutes")),
    "60": (timedelta(hours=4), timedelta(hours=1), _("4 hours in one hour")),
    "days": (timedelta(days=9), timedelta(minutes=30), _("9 days in 30 minutes (maintenance)")),
    "real": (timedelta(hours=2), timedelta(hours=2), _("as in life, for 2 hours")),
}


class DrillForm(forms.Form):
    plan = forms.ModelChoiceField(
        label=_("plan"),
        queryset=Plan.objects.exclude(status=Plan.Status.RETIRED).order_by("name", "-version"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("Also a draft: better now than on the night."),
    )
    title = TextsFormField(
        label=_("What has happened?"),
        widget=texts_widget(single_line=True),
        help_text=_("For example: fire in the data centre in Leipzig."),
    )
    impact = forms.ChoiceField(
        label=_("impact"),
        choices=[choice for choice in Impact.choices if choice[0] != Impact.MAINTENANCE],
        initial=Impact.CRITICAL,
        widget=UnfoldAdminSelectWidget,
    )
    components = forms.ModelMultipleChoiceField(
        label=_("components"),
        queryset=Component.objects.order_by("position", "name"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Their public status does not change."),
    )
    people = forms.ModelMultipleChoiceField(
        label=_("who takes part"),
        queryset=Responder.objects.select_related("user").order_by("user__username"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("They get every message in place of everybody else, marked as a drill."),
        error_messages={"required": _("Choose who takes part: only they get the messages.")},
    )
    pace = forms.ChoiceField(
        label=_("pace"),
        choices=[(name, words) for name, (_lasts, _takes, words) in _PACES.items()],
        widget=UnfoldAdminSelectWidget,
    )

    def script(self) -> Script:
        chosen = self.cleaned_data
        lasts, takes, _words = _PACES[chosen["pace"]]
        is_maintenance = chosen["plan"].kind == Kind.MAINTENANCE
        return Script(
            plan=chosen["plan"],
            title=chosen["title"],
            people=list(chosen["people"]),
            impact=Impact.MAINTENANCE if is_maintenance else chosen["impact"],
            components=list(chosen["components"]),
            lasts=lasts,
            takes=takes,
        )


class PreparePage(UnfoldModelAdminViewMixin, FormView[DrillForm]):
    title = _("Prepare a drill")
    template_name = "admin/action_page.html"
    form_class = DrillForm
    request: HttpRequest

    def has_permission(self) -> bool:
        return bool(self.model_admin.has_add_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            explanation=_(
                "The plan is played on a faster clock, through the real engine. Customers,"
                " partners and the status page learn nothing of it."
            ),
            consequences=self._obstacles(),
            button=_("Prepare and look at it"),
            back=reverse("admin:incidents_drill_changelist"),
        )

    def _obstacles(self) -> list[Any]:
        if Responder.objects.exists():
            return []
        return [_("There are no responders yet: say first how your own people are reached.")]

    def form_valid(self, form: DrillForm) -> HttpResponse:
        by: Any = self.request.user
        drill = drills.prepare(script=form.script(), by=by)
        messages.info(self.request, _("Prepared. Nothing has been sent yet."))
        return HttpResponseRedirect(
            reverse("admin:incidents_incident_open", args=[drill.incident_id])
        )


class EndForm(forms.Form):
    lessons = forms.CharField(
        label=_("What did you learn?"),
        required=False,
        widget=UnfoldAdminExpandableTextareaWidget,
        help_text=_("What the plan should say differently; what people did not know."),
    )


class EndPage(ActionPage):
    title = _("End this drill?")
    explanation = _("What is still to come is cancelled, and the drill is rated.")
    button = _("End the drill")
    form_class = EndForm

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            drills.end(drill=self.object, lessons=form.cleaned_data["lessons"], now=timezone.now())
        except drills.NotRunning as error:
            messages.warning(self.request, str(error))
        else:
            messages.success(self.request, _("The drill is over. Thank everybody for it."))
        return HttpResponseRedirect(self.back())


def _came_of_it(drill: Drill, request: HttpRequest) -> dict[str, Any]:
    review = reviews.of_drill(drill=drill)
    rated = score.of(incident=drill.incident, now=timezone.now())
    may_read = request.user.has_perm("incidents.view_planreview")
    return {
        "drill": drill,
        "is_drill": True,
        "score_lines": score_rows.of_incident(rated),
        "came_of_it": review,
        "review_url": address(review) if review and may_read else "",
    }


@admin.register(Drill)
class DrillAdmin(Admin):
    list_display = (
        "show_incident",
        "show_plan",
        "show_held_by",
        "show_score",
        "lessons",
        "ended_at",
    )
    list_filter = ("held_by",)
    list_select_related = ("incident__plan", "held_by")
    search_fields = ("incident__title", "lessons")
    ordering = ("-pk",)
    actions_detail = ("room", "end")
    readonly_fields = ("show_incident", "show_plan", "show_held_by", "show_people", "show_score")
    fields = (*readonly_fields, "lessons")
    change_form_outer_after_template = "admin/incidents/drill.html"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        return PreparePage.as_view(model_admin=self)(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        prefetched: QuerySet[Any] = super().get_queryset(request).prefetch_related("people__user")
        return prefetched

    def has_delete_permission(self, request: HttpRequest, obj: Drill | None = None) -> bool:
        is_draft = obj is None or obj.incident.is_draft
        return is_draft and super().has_delete_permission(request, obj)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        drill = self.get_object(request, str(object_id))
        is_running = drill and not drill.incident.is_draft and not drill.ended_at
        offered: list[Any] = super().get_actions_detail(request, object_id)
        return [one for one in offered if is_running or one.path != "end"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        drill = self.get_object(request, object_id)
        came_of_it = _came_of_it(drill, request) if drill and drill.ended_at else {}
        extra = {**(extra_context or {}), **came_of_it}
        return super().change_view(request, object_id, form_url, extra)

    @action(description=_("To its room"), icon="meeting_room", permissions=["view"])
    def room(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        drill = self.get_object(request, object_id)
        assert drill, "the action stands on the page of a drill"
        name = "open" if drill.incident.is_draft else "room"
        return HttpResponseRedirect(
            reverse(f"admin:incidents_incident_{name}", args=[drill.incident_id])
        )

    @action(
        description=_("End the drill…"),
        icon="flag",
        variant=ActionVariant.PRIMARY,
        permissions=["change"],
    )
    def end(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return EndPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("incident"), ordering="incident__title")
    def show_incident(self, drill: Drill) -> str:
        return spoken(drill.incident.title)

    @display(description=_("plan"))
    def show_plan(self, drill: Drill) -> str:
        return str(drill.incident.plan or "–")

    @display(description=_("held by"), ordering="held_by__username")
    def show_held_by(self, drill: Drill) -> str:
        return called(drill.held_by)

    @display(description=_("who takes part"))
    def show_people(self, drill: Drill) -> str:
        return ", ".join(str(one) for one in drill.people.all())

    @display(description=_("score"), ordering="score", label=labels.SCORE, empty_value="–")
    def show_score(self, drill: Drill) -> Coloured | None:
        if drill.score is None:
            return None
        level = "good" if drill.score >= 80 else "fair" if drill.score >= 50 else "poor"
        return Coloured(level, f"{drill.score} / 100")
