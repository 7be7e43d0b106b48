"""Who said it: by name for who may see contacts, for everybody else by their account."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from feedback.models import Answer, FollowUp, Response

# A delivery is called by its address.
_PERSONAL = {"delivery", "reach"}


def may_see_names(request: HttpRequest) -> bool:
    return request.user.has_perm("audiences.view_contact")


def account(response: Response) -> str:
    if response.delivery is None:
        return response.author
    contact = response.delivery.contact
    return str(contact.account) if contact and contact.account else "–"


class AuthoredMixin:
    """For a ModelAdmin of responses, or of what hangs on them, with an `author` among its columns
    and fields."""

    def get_list_display(self, request: HttpRequest) -> Any:
        return _fitting(request, super().get_list_display(request))  # type: ignore[misc]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _fitting(request, super().get_fields(request, obj))  # type: ignore[misc]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return _fitting(request, super().get_readonly_fields(request, obj))  # type: ignore[misc]

    def get_search_fields(self, request: HttpRequest) -> Any:
        found = super().get_search_fields(request)  # type: ignore[misc]
        if may_see_names(request):
            return found
        # Who is found by a name or an address is told by it.
        return [one for one in found if "delivery__" not in one]

    @display(description=_("account"))
    def account(self, row: Response | Answer | FollowUp) -> str:
        return account(row if isinstance(row, Response) else row.response)


def _fitting(request: HttpRequest, names: Iterable[str]) -> list[str]:
    if may_see_names(request):
        return list(names)
    return ["account" if name == "author" else name for name in names if name not in _PERSONAL]
