"""On a contact's page: what stands against their addresses, and the way to lift it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from audiences.admin import panels
from audiences.admin.moments import moment
from audiences.models import Contact, Suppression
from audiences.services.holdings import is_of

_SHOWN = 20


@dataclass(frozen=True)
class Row:
    suppression: Suppression
    since: str
    lifted: str
    page: str
    lift: str


def _show(request: HttpRequest, contact: Contact) -> dict[str, Any] | None:
    if not request.user.has_perm("audiences.view_suppression"):
        return None
    may_lift = request.user.has_perm("audiences.change_suppression")
    # Those in force first.
    found = Suppression.objects.filter(is_of(contact)).select_related("lifted_by")
    rows = [_row(one, may_lift) for one in found.order_by("-lifted_at", "-created_at")[:_SHOWN]]
    rows.sort(key=lambda row: bool(row.lifted))
    return {"rows": rows}


def _row(suppression: Suppression, may_lift: bool) -> Row:
    def page(name: str) -> str:
        return reverse(f"admin:audiences_suppression_{name}", args=[suppression.pk])

    is_active = suppression.lifted_at is None
    return Row(
        suppression,
        since=moment(suppression.created_at),
        lifted=moment(suppression.lifted_at),
        page=page("change"),
        lift=page("lift") if is_active and may_lift else "",
    )


panels.register("admin/audiences/standing.html", _show)
