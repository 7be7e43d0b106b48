"""Contacts that are probably one person twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from audiences.models import Contact

SHOWN = 10
# Of one group; more than a few share the telephone of a reception.
_OF_A_GROUP = 5


@dataclass(frozen=True)
class Sign:
    """What two contacts have in common: the fields that are equal, and what they must not be."""

    name: str
    label: Any
    fields: tuple[str, ...]
    empty: Q

    def of(self, contact: Contact) -> Q | None:
        """The condition on others to share it; None where this contact has nothing to share."""
        values = {field: getattr(contact, field) for field in self.fields}
        # Said of empty ones, so that the indexes on the others can be used.
        return Q(**values) & ~self.empty if all(values.values()) else None


# The surest first.
SIGNS = (
    Sign("mailbox", _("same mailbox"), ("mailbox",), Q(mailbox="")),
    Sign("phone", _("same telephone"), ("phone",), Q(phone="")),
    Sign(
        "name",
        _("same name in the same account"),
        ("account_id", "name_folded"),
        Q(account_id=None) | Q(name_folded=""),
    ),
)


@dataclass(frozen=True)
class Likeness:
    contact: Contact
    why: Any


def alike(*, contact: Contact) -> list[Likeness]:
    """Who shares the telephone, the name within the account, or the mailbox but for dots and tags.

    Nobody more than once, the surest sign first.
    """
    found: dict[int, Likeness] = {}
    for sign in SIGNS:
        if (condition := sign.of(contact)) is not None:
            others = Contact.objects.filter(condition).exclude(pk=contact.pk)
            for one in others.select_related("account").order_by("pk")[:SHOWN]:
                found.setdefault(one.pk, Likeness(one, sign.label))
    return list(found.values())[:SHOWN]


@dataclass(frozen=True)
class Group:
    """Contacts that share a sign, the oldest first; `more` of them are not shown."""

    key: tuple[Any, ...]
    contacts: list[Contact]
    more: int


def groups(*, sign: Sign, after: Sequence[Any], limit: int) -> list[Group]:
    """The next so many groups of likely duplicates by one sign, in the order of their keys."""
    rows = Contact.objects.exclude(sign.empty)
    if after:
        rows = rows.filter(_beyond(sign.fields, after))
    several = rows.values(*sign.fields).annotate(size=Count("*")).filter(size__gt=1)
    found = list(several.order_by(*sign.fields)[:limit])
    return [_group(sign, row) for row in found]


def _beyond(fields: Sequence[str], after: Sequence[Any]) -> Q:
    first, *others = fields
    further = Q(**{f"{first}__gt": after[0]})
    if not others:
        return further
    return further | (Q(**{first: after[0]}) & _beyond(others, after[1:]))


def _group(sign: Sign, row: dict[str, Any]) -> Group:
    key = tuple(row[field] for field in sign.fields)
    same: QuerySet[Contact] = Contact.objects.exclude(sign.empty).filter(
        **dict(zip(sign.fields, key, strict=True))
    )
    some = list(same.select_related("account").order_by("pk")[:_OF_A_GROUP])
    return Group(key, some, row["size"] - len(some))
