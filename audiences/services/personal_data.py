"""What is held about one person, in which app: shown to them on request, and taken away.

Each app says it in its own `services/holdings.py`, which is read when Django starts.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from audiences.models import Channel, Contact, ContactAlias, address_field


@dataclass(frozen=True)
class Person:
    """Somebody as they are known to us; without `contact_id` only an address is known."""

    contact_id: int | None
    name: str
    # By channel. An address that others share stays theirs, and is not named here.
    addresses: Mapping[str, str]
    # A mailbox that several people read has a name too, and it is none of theirs.
    is_shared: bool = False

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "addresses": dict(self.addresses)}


@dataclass(frozen=True)
class People:
    """Several, and what is asked of all of them."""

    each: Sequence[Person]

    @property
    def numbers(self) -> list[int]:
        return [one.contact_id for one in self.each if one.contact_id is not None]

    def addresses(self) -> dict[str, list[str]]:
        """By channel."""
        found: dict[str, list[str]] = {}
        for one in self.each:
            for channel, address in one.addresses.items():
                found.setdefault(channel, []).append(address)
        return found


Collect = Callable[[Contact], Any]
# Of several at once: a statement for all of them costs little more than for one.
Erase = Callable[["People", datetime], None]
# From one contact to another that is the same person.
Move = Callable[[Contact, Contact, datetime], None]


def _goes_with_something_else(source: Contact, target: Contact, now: datetime) -> None:
    """What hangs on a subscription or a message moves with it."""


@dataclass(frozen=True)
class _Holding:
    collect: Collect
    erase: Erase
    move: Move


_holdings: dict[str, _Holding] = {}


def register(
    name: str, *, collect: Collect, erase: Erase, move: Move = _goes_with_something_else
) -> None:
    """Say what an app holds: how to show it as JSON, make it anonymous, and move it where two
    contacts turn out to be one person."""
    _holdings[name] = _Holding(collect, erase, move)


def person(*, contact: Contact) -> Person:
    """The contact with the addresses that are theirs alone."""
    return Person(contact.pk, contact.name, _own(contact, contact), contact.is_shared)


def earlier(*, contact: Contact) -> list[Person]:
    """Under what name and addresses the contact, or one that was merged into it, was known."""
    aliases = contact.aliases.order_by("pk")
    return [Person(None, one.name, _own(contact, one), contact.is_shared) for one in aliases]


def _own(contact: Contact, known: Contact | ContactAlias) -> dict[str, str]:
    addresses = {channel: getattr(known, address_field(channel)) for channel in Channel.values}
    return {
        channel: address
        for channel, address in addresses.items()
        if address and not _is_shared(contact, channel, address)
    }


def collected(*, contact: Contact) -> dict[str, Any]:
    """Everything that is held about a contact, as JSON can say it."""
    return {name: holding.collect(contact) for name, holding in _holdings.items()}


def as_json(*, contact: Contact) -> str:
    """The same as a file for the person themselves."""
    shown = collected(contact=contact)
    text = json.dumps(shown, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1) + "\n"
    # What is no character must not keep the rest from them.
    return text.encode(errors="replace").decode()


def forget(*, people: Sequence[Person], now: datetime) -> None:
    """Let every app take away what it holds; the contacts themselves are left to the caller.

    The uppermost first: an answer is found by the message that asked for it.
    """
    for holding in reversed(_holdings.values()):
        holding.erase(People(people), now)


def move(*, source: Contact, target: Contact, now: datetime) -> None:
    """Let every app move what it holds about one contact to another; again the uppermost first."""
    for holding in reversed(_holdings.values()):
        holding.move(source, target, now)


def _is_shared(contact: Contact, channel: str, address: str) -> bool:
    others = Contact.objects.filter(**{address_field(channel): address})
    return others.exclude(pk=contact.pk).exists()
