"""The rounds in which surveys were sent, or will be."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.colours import coloured
from audiences.admin.moments import moment
from audiences.admin.pages import ActionPage, address
from audiences.models import Channel
from feedback.admin import results_page
from feedback.models import SurveyRound
from feedback.services import rounds

State = SurveyRound.State
_COLOURS = coloured({State.PLANNED: "info", State.ASKED: "success", State.FAILED: "danger"})


class CancelPage(ActionPage):
    title = _("Cancel this round?")
    permission = "cancel"
    explanation = _(
        "Whoever was not asked yet is not asked any more, and nobody is reminded. Whoever has got"
        " the message can still answer until the survey closes; their answers are kept."
    )
    button = _("Cancel the round")
    is_dangerous = True

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            rounds.cancel(round=self.object, now=timezone.now())
        except rounds.IsOver:
            messages.warning(self.request, _("Everybody was asked already: nothing to cancel."))
        else:
            self.model_admin.log_change(self.request, self.object, gettext("Cancelled."))
            messages.success(self.request, _("Cancelled: nobody is asked any more."))
        return HttpResponseRedirect(self.back())


@admin.register(SurveyRound)
class SurveyRoundAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "survey", "show_state", "show_segments", "asks_at", "created_by")
    list_filter = ("state", "survey")
    list_select_related = ("survey", "created_by")
    search_fields = ("survey__slug", "segments__name")
    ordering = ("-asks_at", "-pk")
    list_before_template = "admin/feedback/rounds.html"
    actions_detail = ("results", "cancel")
    fieldsets = (
        (None, {"fields": ("survey", "state", "note", "show_segments", "show_channels")}),
        (
            _("When and who"),
            {
                "fields": (
                    ("asks_at", "show_closing"),
                    "show_reminder",
                    ("created_by", "created_at"),
                )
            },
        ),
        (_("Messages"), {"fields": ("template", "show_broadcast")}),
    )
    readonly_fields = (
        *("show_segments", "show_channels", "show_closing", "show_reminder"),
        *("show_broadcast", "created_at"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.prefetch_related("segments")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))
        offered = super().get_actions_detail(request, object_id)
        possible = {
            "results": one is not None and one.broadcast_id is not None,
            "cancel": one is not None and rounds.is_stoppable(round=one),
        }
        return [each for each in offered if possible[each.path]]

    def has_results_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.view_response")

    def has_cancel_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("feedback.add_surveyround")

    @action(description=_("Results"), icon="bar_chart", permissions=["results"])
    def results(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        one = get_object_or_404(SurveyRound, pk=object_id)
        return redirect(results_page.address(survey=one.survey.slug, occasion=one.thread))

    @action(
        description=_("Cancel…"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["cancel"],
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return CancelPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("state"), ordering="state", label=_COLOURS)
    def show_state(self, one: SurveyRound) -> tuple[str, str]:
        return one.state, one.get_state_display()

    @display(description=_("segments"))
    def show_segments(self, one: SurveyRound) -> str:
        return ", ".join(sorted(str(segment) for segment in one.segments.all()))

    @display(description=_("channels"))
    def show_channels(self, one: SurveyRound) -> str:
        return ", ".join(str(Channel(name).label) for name in one.channels)

    @display(description=_("closes at"))
    def show_closing(self, one: SurveyRound) -> str:
        return moment(one.broadcast.invitation.closes_at) if one.broadcast else "–"

    @display(description=_("reminder"))
    def show_reminder(self, one: SurveyRound) -> SafeString | str:
        if one.reminds_at:
            return moment(one.reminds_at)
        sent = getattr(one.broadcast, "reminder", None)
        return _linked(sent) if sent else gettext("nobody is reminded")

    @display(description=_("broadcast"))
    def show_broadcast(self, one: SurveyRound) -> SafeString | str:
        return _linked(one.broadcast) if one.broadcast else "–"


def _linked(broadcast: Any) -> SafeString:
    """The page that shows how far it is."""
    return format_html(
        '<a class="text-link" href="{}">{} · {}</a>',
        address(broadcast),
        moment(broadcast.started_at),
        broadcast.get_state_display(),
    )
