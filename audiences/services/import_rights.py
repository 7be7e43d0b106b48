"""What a file may say of accounts: as much as whoever imports it may change by hand."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.services.intake import account_cells


def may_say(*, field: str, by: User | None) -> bool:
    """Whether what a column says may be taken over; nobody is the command line."""
    if by is None or field not in account_cells.FIELDS:
        return True
    changed = "add_componentuse" if field == "account_components" else "change_account"
    return by.has_perm(f"audiences.{changed}")


def forbidden(*, mapping: Mapping[str, str], headings: Sequence[str], by: User | None) -> list[str]:
    """The headings of the columns that may not be taken over."""
    return [
        headings[int(place)] for place, field in mapping.items() if not may_say(field=field, by=by)
    ]


def within(*, mapping: Mapping[str, str], by: User | None) -> dict[str, str]:
    """The mapping without those columns."""
    return {place: field if may_say(field=field, by=by) else "" for place, field in mapping.items()}


def remark(*, headings: Sequence[str]) -> str:
    said = _("You may not change this of accounts, so it is left out: %(headings)s.")
    return said % {"headings": ", ".join(headings)[:500]}
