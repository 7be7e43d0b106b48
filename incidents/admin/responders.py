"""Our own people: how they are reached, when they are on call, and the calls so far."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, ReadOnlyAdmin, Rows
from audiences.admin.colours import coloured
from incidents.models import Absence, DutyCall, OnCallHours, Responder
from incidents.services.responders import Roster, explained

_THERE = ("there", _("can be called"))


class ResponderForm(AsShownMixin, forms.ModelForm[Responder]):
    pass


class OnCallForm(AsShownMixin, forms.ModelForm[OnCallHours]):
    pass


class OnCallRows(Rows):
    model = OnCallHours
    form = OnCallForm
    formset = RowsAsShown
    fields = ("weekday", "opens_at", "closes_at")
    hide_title = True
    ordering = ("weekday", "opens_at")


class AbsenceForm(AsShownMixin, forms.ModelForm[Absence]):
    pass


class AbsenceRows(Rows):
    model = Absence
    form = AbsenceForm
    formset = RowsAsShown
    fields = ("from_on", "until_on", "reason")
    hide_title = True
    ordering = ("-from_on",)


@admin.register(Responder)
class ResponderAdmin(Admin):
    form = ResponderForm
    list_display = ("user", "show_email", "show_phone", "show_now", "show_absence")
    list_select_related = ("user", "contact")
    search_fields = ("user__username", "user__first_name", "user__last_name", "contact__email")
    autocomplete_fields = ("user", "contact")
    ordering = ("user__username",)
    inlines = (OnCallRows, AbsenceRows)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.prefetch_related("on_call", "absences")

    @display(description=_("e-mail"))
    def show_email(self, responder: Responder) -> str:
        return responder.contact.email or "–"

    @display(description=_("phone"))
    def show_phone(self, responder: Responder) -> str:
        return responder.contact.phone or "–"

    @display(description=_("now"), label=coloured({"there": "success", "away": "warning"}))
    def show_now(self, responder: Responder) -> tuple[str, Any]:
        problem = Roster({responder.user_id: responder}).away(responder.user_id, timezone.now())
        return ("away", explained(problem)) if problem else _THERE

    @display(description=_("next absence"))
    def show_absence(self, responder: Responder) -> str:
        today = timezone.localdate()
        coming = [one for one in responder.absences.all() if one.until_on >= today]
        return str(min(coming, key=lambda one: one.from_on)) if coming else "–"


@admin.register(DutyCall)
class DutyCallAdmin(ReadOnlyAdmin):
    list_display = (
        *("user", "about", "show_incident", "called_at", "show_problem"),
        *("answer", "answered_at", "through", "reason"),
    )
    list_filter = ("about", "answer", "through", "user")
    list_select_related = ("user", "incident")
    search_fields = ("user__username", "incident__title", "incident__key", "reason")
    ordering = ("-pk",)

    @display(description=_("incident"))
    def show_incident(self, call: DutyCall) -> str:
        return str(call.incident or "–")

    @display(description=_("problem"), ordering="problem")
    def show_problem(self, call: DutyCall) -> str:
        return explained(call.problem)
