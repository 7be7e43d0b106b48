"""All contacts that are probably one person twice, a page at a time, each with a way to merge."""

import json
from typing import Any

from django.db.models import BigIntegerField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.views import UnfoldModelAdminViewMixin

from audiences.models import Contact
from audiences.services import duplicates
from audiences.services.duplicates import SIGNS, Group, Sign

PER_PAGE = 25


class DuplicatesPage(UnfoldModelAdminViewMixin, TemplateView):
    title = _("Likely duplicates")
    template_name = "admin/audiences/duplicates.html"
    request: HttpRequest

    def has_permission(self) -> bool:
        return bool(self.model_admin.has_erase_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        sign = self._sign()
        # One more than is shown, to know whether there is a next page; nothing is counted.
        found = duplicates.groups(sign=sign, after=self._after(sign), limit=PER_PAGE + 1)
        shown = found[:PER_PAGE]
        return super().get_context_data(
            **kwargs,
            tabs=[(one.name, one.label, one is sign) for one in SIGNS],
            sign=sign,
            groups=[_shown(group) for group in shown],
            next_page=_page(sign, shown[-1].key) if len(found) > PER_PAGE else "",
            first_page=_page(sign) if "after" in self.request.GET else "",
            back=reverse("admin:audiences_contact_changelist"),
        )

    def _sign(self) -> Sign:
        name = self.request.GET.get("by")
        return next((sign for sign in SIGNS if sign.name == name), SIGNS[0])

    def _after(self, sign: Sign) -> list[Any]:
        """Where the page before ended; whatever else stands there begins anew."""
        try:
            key = json.loads(self.request.GET.get("after", "[]"))
        except ValueError:
            return []
        kinds = [Contact._meta.get_field(name) for name in sign.fields]
        return key if _fits(key, kinds) else []


def _page(sign: Sign, after: tuple[Any, ...] = ()) -> str:
    return "?" + urlencode({"by": sign.name, **({"after": json.dumps(after)} if after else {})})


def _fits(key: Any, fields: list[Any]) -> bool:
    if not isinstance(key, list) or len(key) != len(fields):
        return False
    return all(
        _is_number(one) if field.is_relation else isinstance(one, str) and "\0" not in one
        for one, field in zip(key, fields, strict=True)
    )


def _is_number(one: Any) -> bool:
    return type(one) is int and 0 <= one <= BigIntegerField.MAX_BIGINT


def _shown(group: Group) -> dict[str, Any]:
    first, *others = group.contacts
    return {"first": first, "others": others, "more": group.more}
