"""Contacts that are probably one person twice."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, Value
from django.db.models.functions import Replace
from django.utils.translation import gettext_lazy as _

from audiences.models import Contact

SHOWN = 10


@dataclass(frozen=True)
class Likeness:
    contact: Contact
    why: Any


def alike(*, contact: Contact) -> list[Likeness]:
    """Who shares the telephone, the name within the account, or the mailbox but for dots and tags.

    Nobody more than once, the surest sign first.
    """
    found: dict[int, Likeness] = {}
    for why, condition in _signs(contact):
        others = Contact.objects.filter(condition).exclude(pk=contact.pk)
        for one in others.select_related("account").order_by("pk")[:SHOWN]:
            found.setdefault(one.pk, Likeness(one, why))
    return list(found.values())[:SHOWN]


def _signs(contact: Contact) -> list[tuple[Any, Q]]:
    signs: list[tuple[Any, Q]] = []
    if contact.email:
        signs.append((_("same mailbox"), _same_mailbox(contact.email)))
    if contact.phone:
        signs.append((_("same telephone"), Q(phone=contact.phone) & ~Q(phone="")))
    if contact.name and contact.account_id:
        same = Q(name_folded=contact.name_folded, account=contact.account_id)
        signs.append((_("same name in the same account"), same))
    return signs


def _same_mailbox(email: str) -> Q:
    """Many providers deliver a.na+news@… to ana@…"""
    local, _at, domain = email.rpartition("@")
    bare, host = local.partition("+")[0].replace(".", ""), domain.replace(".", "")
    without_dots = Replace("email", Value("."), Value(""))
    same = Contact.objects.alias(bare=without_dots).filter(
        Q(bare=f"{bare}@{host}") | Q(bare__startswith=f"{bare}+", bare__endswith=f"@{host}"),
        # What an index finds first.
        ~Q(email=""),
        email__startswith=bare[:1],
    )
    return Q(pk__in=same.values("pk"))
