"""Contacts by the thousand: compared, created and amended with a fixed number of queries."""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from audiences.folding import FoldedField
from audiences.models import Contact
from audiences.services import accounts, aliases, kept_numbers, recognition, table_writes
from audiences.services.intake.rows import ContactRow, as_text
from audiences.services.intake.words import company
from audiences.services.recognition import Known

_FOLDED = [field for field in Contact._meta.fields if isinstance(field, FoldedField)]
_AMENDABLE = (
    *("name", "phone", "language", "time_zone", "account", "attributes"),
    *(field.name for field in _FOLDED),
)


@dataclass
class Plan:
    """What rows do: whom they create, whom they change into what; all others stay as they are."""

    # As far as they are taken over.
    rows: dict[str, ContactRow]
    found: accounts.Found
    people: dict[str, Known]
    created: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    # Those whom a row knows by an address from before they moved or were merged.
    recognised: set[str] = field(default_factory=set)
    # The telephones that contacts, given by their numbers, have had until now.
    left: dict[int, str] = field(default_factory=dict)
    # Those whose telephone is not taken from their row, and what is to be said of any row.
    keep_phone: set[str] = field(default_factory=set)
    told: dict[str, str] = field(default_factory=dict)
    accounts_created: int = 0

    def address(self, identity: str, name: str) -> str:
        """Where the person of a row is reached afterwards, if that is what it is about; or ""."""
        if name == "phone" and identity in self.keep_phone:
            return ""
        known = self.people.get(identity)
        said = "" if identity in self.recognised else getattr(self.rows[identity], name)
        return str(said or (known.address(name) if known else ""))

    def account(self, identity: str) -> int | None:
        """The key of the account that a row is about; of several by one name, it is the contact's
        own, and of one that is still to be made there is none."""
        row, known = self.rows[identity], self.people.get(identity)
        is_own = known is not None and known.account_id and _is_in(known, row)
        return known.account_id if known and is_own else self.found.of(row)

    def touched(self) -> list[ContactRow]:
        """In the order of the file."""
        touched = self.created | self.changed
        return [row for identity, row in self.rows.items() if identity in touched]


def plan(*, rows: Mapping[str, ContactRow]) -> Plan:
    """Compare rows with who is known; what a row leaves empty stays. Nothing is written.

    Of somebody who moved or was merged, an old address tells who is meant; what else the row says
    is as old, and changes nothing.
    """
    planned = Plan(dict(rows), accounts.find(rows=rows.values()), recognition.are(rows.values()))
    earlier = recognition.were(rows.keys() - planned.people.keys())
    planned.people |= earlier
    # A number that somebody still has beside a mailbox is no old one.
    numbers = {identity for identity, known in earlier.items() if known.phone == identity}
    planned.recognised |= earlier.keys() - numbers
    _judge_phones(planned)
    for identity, row in planned.rows.items():
        known = planned.people.get(identity)
        if known is None:
            planned.created.add(identity)
        elif identity not in planned.recognised and _differs(known, row, planned.found):
            planned.changed.add(identity)
    return planned


def _judge_phones(planned: Plan) -> None:
    """Take over the telephones that are the file's to change."""
    moving = {
        known.pk: identity
        for identity, row in planned.rows.items()
        if identity not in planned.recognised
        and (known := planned.people.get(identity))
        and row.phone not in ("", known.phone)
    }
    if not moving:
        return
    had = {pk: planned.people[identity].phone for pk, identity in moving.items()}
    said = {pk: planned.rows[identity].phone for pk, identity in moving.items()}
    other = {pk: planned.rows[identity].phone_otherwise for pk, identity in moving.items()}
    staying = kept_numbers.staying(now=had, said=said, otherwise=other)
    for pk in staying:
        planned.rows[moving[pk]] = replace(planned.rows[moving[pk]], phone="")
        planned.keep_phone.add(moving[pk])
    planned.left = {pk: phone for pk, phone in had.items() if pk not in staying}
    told = staying | kept_numbers.costly(left=planned.left)
    planned.told |= {moving[pk]: words for pk, words in told.items()}


@transaction.atomic
def store(*, rows: Mapping[str, ContactRow], now: datetime) -> Plan:
    """Create or amend a contact per identity; returns what that was, with everybody's key."""
    planned = plan(rows=rows)
    rows = planned.rows
    planned.accounts_created = accounts.create(rows=planned.touched(), found=planned.found)
    accounts.amend(rows=rows.values(), found=planned.found)
    amended = {
        identity: _amended(planned.people[identity], rows[identity], planned.found)
        for identity in planned.changed
    }
    aliases.remember_names(left=_renamed(planned, amended))
    table_writes.update(
        Contact,
        _AMENDABLE,
        (
            (
                *(one.name, one.phone, one.language, one.time_zone),
                *(one.account_id, one.attributes, *_folded(one.name), one.pk),
            )
            for one in amended.values()
        ),
    )
    new = [row for identity, row in rows.items() if identity in planned.created]
    table_writes.insert(
        Contact, ("key", "email", *_AMENDABLE), _values(new, planned.found), {"created_at": now}
    )
    planned.people |= amended | _with_keys(new)
    return planned


def _renamed(planned: Plan, amended: Mapping[str, Known]) -> dict[int, str]:
    """The names that contacts had until now, by their numbers."""
    before = {identity: planned.people[identity].name for identity in amended}
    return {
        one.pk: before[identity]
        for identity, one in amended.items()
        if one.name != before[identity]
    }


def _with_keys(new: Iterable[ContactRow]) -> dict[str, Known]:
    """Those just created, as far as enrolling needs to know them."""
    new = list(new)
    by_email = Contact.objects.filter(email__in=[row.email for row in new if row.email])
    by_phone = Contact.objects.filter(email="", phone__in=[row.phone for row in new])
    pks = dict(by_email.values_list("email", "pk")) | dict(by_phone.values_list("phone", "pk"))
    return {
        row.identity: Known(
            *(pks[row.identity], row.email, row.phone, row.name, row.language, row.time_zone),
            *(False, row.attributes, None, row.account, row.account_external_id),
        )
        for row in new
    }


def _values(new: Iterable[ContactRow], found: accounts.Found) -> Iterator[tuple[Any, ...]]:
    for row in new:
        account = found.of(row)
        said = (row.name, row.phone, row.language, row.time_zone, account, row.attributes)
        yield (uuid.uuid4(), row.email, *said, *_folded(row.name))


def _folded(name: str) -> list[str]:
    return [field.of(name) for field in _FOLDED]


def _differs(known: Known, row: ContactRow, found: accounts.Found) -> bool:
    return (
        any(
            said and said != getattr(known, name)
            for name, said in (
                ("name", row.name),
                ("phone", row.phone),
                ("language", _locale(known, row.language)),
                ("time_zone", _locale(known, row.time_zone)),
            )
        )
        or not _is_in(known, row)
        or bool(_new_attributes(known, row))
    )


def _locale(known: Known, said: str) -> str:
    return "" if known.is_locale_own else said


def _is_in(known: Known, row: ContactRow) -> bool:
    """Whether the contact belongs to the account that the row names, or it names none.

    Of several accounts by one name, the contact's own is meant.
    """
    named = accounts.of(row)
    if named is None:
        return True
    if named.external_id:
        return named.external_id == known.account_external_id
    return named.name == company(known.account or "")


def _new_attributes(known: Known, row: ContactRow) -> dict[str, str]:
    """A number or a list that the file repeats in its words stays what it is."""
    return {
        name: said
        for name, said in row.attributes.items()
        if name not in known.attributes or as_text(known.attributes[name]) != said
    }


def _amended(known: Known, row: ContactRow, found: accounts.Found) -> Known:
    account = known.account_id if _is_in(known, row) else found.of(row)
    return known._replace(
        name=row.name or known.name,
        phone=row.phone or known.phone,
        language=_locale(known, row.language) or known.language,
        time_zone=_locale(known, row.time_zone) or known.time_zone,
        account_id=account,
        attributes=known.attributes | _new_attributes(known, row),
    )
