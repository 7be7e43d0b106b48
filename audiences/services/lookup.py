"""Contacts by what somebody types: a whole address, or the beginning of one or of a name; accounts
by any of their words."""

import re

import phonenumbers
from django.db.models import Q, QuerySet

from audiences.folding import folded
from audiences.models import Channel, Contact, ContactAlias, address_field
from audiences.services.addresses import DEFAULT_REGION
from audiences.services.spelling import as_stored

_NUMBER = re.compile(r"\+?[\d\s()/.-]{3,}")


def channel_of(address: str) -> Channel:
    return Channel.EMAIL if "@" in address else Channel.SMS


def by_address(address: str) -> QuerySet[Contact]:
    """Everybody who is reached under it, as several people may share a telephone; if it is nobody's
    any more, who had it before."""
    if not address:
        return Contact.objects.none()
    channel = channel_of(address)
    at = {address_field(channel): as_stored(channel, address)}
    there = Contact.objects.filter(**at)
    before = Contact.objects.filter(pk__in=ContactAlias.objects.filter(**at).values("contact"))
    return (there if there.exists() else before).order_by("pk")


def matching(words: str) -> Q:
    """The condition on contacts to be meant by what was typed into a search.

    Beginnings only, of the address, the number, the name or what follows its first word: an index
    finds those among hundreds of thousands, and nothing finds the middle of a word.
    """
    typed = " ".join(words.lower().split())
    if not typed:
        return Q(pk__in=())
    # Said of empty ones, so that the indexes on those who have an address can be used.
    found = Q(email__startswith=typed) & ~Q(email="")
    if _NUMBER.fullmatch(typed):
        return found | (Q(phone__startswith=_dialled(typed)) & ~Q(phone=""))
    if "@" in typed:
        return found
    name = folded(words)
    return found | Q(name_folded__startswith=name) | Q(name_rest__startswith=name)


def accounts(words: str) -> Q:
    """The condition on accounts to be meant: companies are looked for by any of their words, and
    there are far fewer of them than contacts."""
    found = Q()
    for word in folded(words).split():
        found &= Q(name_folded__contains=word) | Q(external_id__icontains=word)
    return found


def _dialled(typed: str) -> str:
    """The beginning of a number as it is stored; without its country it is one of ours."""
    digits = re.sub(r"[^\d+]", "", typed)
    if digits.startswith("00"):
        return f"+{digits[2:]}"
    if digits.startswith("0"):
        return f"+{_code()}{digits[1:]}"
    return digits if digits.startswith("+") else f"+{digits}"


def _code() -> int:
    return phonenumbers.country_code_for_region(DEFAULT_REGION)
