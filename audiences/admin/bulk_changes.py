"""How far a change to many rows is, and why it stopped."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.colours import Coloured, coloured
from audiences.admin.lists import CappedListMixin
from audiences.admin.pages import ActionPage
from audiences.admin.progress import ProgressMixin
from audiences.models import BulkChange
from audiences.services import bulk_rights, bulk_work

_DONE, _AT_WORK, _STOPPED = "done", "at work", "stopped"


class GoOnPage(ActionPage):
    title = _("Go on")
    button = _("Go on")
    permission = "go_on"
    explanation = _("The workers try the rest again. Who has been changed already is left alone.")

    def form_valid(self, form: forms.Form) -> HttpResponse:
        bulk_work.go_on(change=self.object)
        messages.success(self.request, _("The workers go on. You may leave this page."))
        return HttpResponseRedirect(self.back())


@admin.register(BulkChange)
class BulkChangeAdmin(ProgressMixin, CappedListMixin, ReadOnlyAdmin):
    list_display = (
        *("title", "chosen", "show_state", "size", "changed"),
        *("requested_at", "requested_by"),
    )
    list_select_related = ("requested_by",)
    search_fields = ("title", "requested_by__username")
    ordering = ("-pk",)
    fields = (
        ("title", "chosen"),
        ("size", "changed"),
        ("requested_at", "requested_by"),
        "finished_at",
    )
    actions_detail = ("go_on",)
    change_form_outer_before_template = "admin/audiences/bulk_change.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkChange]:
        # A megabyte and more for many rows, and a page that shows progress asks again and again.
        rows: QuerySet[BulkChange] = super().get_queryset(request)
        return rows.defer("ids", "details")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_own = isinstance(obj, BulkChange) and obj.requested_by == request.user
        return is_own or super().has_view_permission(request, obj)

    def has_go_on_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Every row that changes says who asked for it, and they must still be allowed to."""
        one = obj if isinstance(obj, BulkChange) else self.get_object(request, str(obj))
        if not one or one.requested_by != request.user or _state(one) != _STOPPED:
            return False
        return bulk_rights.may(what=one.what, by=one.requested_by)

    def panel(self, request: HttpRequest, one: BulkChange) -> Mapping[str, Any]:
        return _panel(one)

    def as_json(self, request: HttpRequest, one: BulkChange) -> Mapping[str, Any]:
        part = render_to_string("admin/audiences/bulk_change_progress.html", _panel(one))
        return {
            "state": _state(one),
            "is_over": _state(one) != _AT_WORK,
            "parts": {"numbers": part},
        }

    @action(description=_("Go on…"), icon="play_arrow", permissions=["go_on"])
    def go_on(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return GoOnPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(
        description=_("state"),
        label=coloured({_DONE: "success", _AT_WORK: "info", _STOPPED: "danger"}),
    )
    def show_state(self, one: BulkChange) -> Coloured:
        words = {
            _DONE: gettext("done"),
            _AT_WORK: gettext("at work"),
            _STOPPED: gettext("has stopped"),
        }
        return Coloured(_state(one), words[_state(one)])


def _state(one: BulkChange) -> str:
    if one.finished_at:
        return _DONE
    return _STOPPED if one.problem else _AT_WORK


def _panel(one: BulkChange) -> dict[str, Any]:
    return {
        "work": one,
        "state": _state(one),
        "headline": _headline(one),
        "changed": _changed(one),
        "rest": one.size - one.done,
    }


def _headline(one: BulkChange) -> str:
    numbers = {"done": intcomma(one.done), "total": intcomma(one.size)}
    if one.problem:
        return gettext("Stopped after %(done)s of %(total)s") % numbers
    return gettext("%(done)s of %(total)s done") % numbers


def _changed(one: BulkChange) -> str:
    words = ngettext(
        "%(changed)s was changed until now, and says so in its history; %(same)s were so already,"
        " or stay out for a reason of their own.",
        "%(changed)s were changed until now, and say so in their histories; %(same)s were so"
        " already, or stay out for a reason of their own.",
        one.changed,
    )
    return words % {"changed": intcomma(one.changed), "same": intcomma(one.done - one.changed)}
