"""How far an erasure is: whom it was about nobody can see any more."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import ReadOnlyAdmin
from audiences.admin.colours import coloured
from audiences.admin.lists import CappedListMixin
from audiences.admin.progress import ProgressMixin
from audiences.models import Erasure
from audiences.services import everywhere

_DONE, _AT_WORK, _STUCK = "done", "at work", "stuck"


@admin.register(Erasure)
class ErasureAdmin(ProgressMixin, CappedListMixin, ReadOnlyAdmin):
    list_display = ("requested_at", "requested_by", "size", "show_state", "texts", "finished_at")
    list_select_related = ("requested_by",)
    search_fields = ("requested_by__username",)
    ordering = ("-pk",)
    fields = (("requested_at", "requested_by"), ("size", "texts"), "finished_at")
    change_form_outer_before_template = "admin/audiences/erasure.html"

    def panel(self, request: HttpRequest, one: Erasure) -> Mapping[str, Any]:
        return _panel(one)

    def as_json(self, request: HttpRequest, one: Erasure) -> Mapping[str, Any]:
        part = render_to_string("admin/audiences/erasure_progress.html", _panel(one))
        is_over = one.finished_at is not None
        return {"state": _state(one), "is_over": is_over, "parts": {"numbers": part}}

    @display(
        description=_("state"),
        label=coloured({_DONE: "success", _AT_WORK: "info", _STUCK: "danger"}),
    )
    def show_state(self, one: Erasure) -> tuple[str, Any]:
        words = {
            _DONE: _("erased"),
            _AT_WORK: _("being erased"),
            _STUCK: _("stopped, is tried again"),
        }
        return _state(one), words[_state(one)]


def _state(one: Erasure) -> str:
    if one.finished_at:
        return _DONE
    return _STUCK if one.problem else _AT_WORK


def _panel(one: Erasure) -> dict[str, Any]:
    done, total = _turns(one)
    return {
        "erasure": one,
        "state": _state(one),
        "headline": _headline(one),
        "done": done,
        "rest": total - done,
        "waiting": _waiting(one),
    }


def _turns(one: Erasure) -> tuple[int, int]:
    """How many tables were searched for how many people, and how many will be."""
    places, gone = everywhere.places(), one.size - len(one.contacts)
    sought = min(len(one.people), gone)
    return places * gone - (places - one.tables_done) * sought, places * one.size


def _headline(one: Erasure) -> str:
    if one.finished_at:
        texts = ngettext(
            "Erased. Others had named them in %(count)s text.",
            "Erased. Others had named them in %(count)s texts.",
            one.texts,
        )
        return texts % {"count": intcomma(one.texts)}
    if not one.people:
        return gettext("Being erased: their own data goes first.")
    numbers = {"done": one.tables_done, "total": everywhere.places()}
    return gettext("Being erased: %(done)d of %(total)d tables searched.") % numbers


def _waiting(one: Erasure) -> str:
    words = ngettext(
        "%(count)s person is waiting for their turn, and hears nothing any more.",
        "%(count)s people are waiting for their turn, and hear nothing any more.",
        len(one.contacts),
    )
    return words % {"count": intcomma(len(one.contacts))} if one.contacts else ""
