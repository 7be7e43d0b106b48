"""Whoever is erased goes from every text there is: from each column of each table, whichever app's,
and from the files that wait to be imported. Nothing has to be listed here to be searched; what is
left alone is.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField, Field, JSONField, Model, TextField
from django.db.models.functions import Lower

from audiences.models import (
    Account,
    Channel,
    Contact,
    ContactImport,
    Erasure,
    SignUp,
    address_field,
)
from audiences.services import import_files
from audiences.services.import_files import LostFile
from audiences.services.personal_data import People, Person
from audiences.services.traces import Traces

# Whoever works here has a login of their own, which is not the customer's to take away; and whom an
# erasure looks for it must know until it is over.
_LEFT_ALONE: tuple[type[Model], ...] = (User, Erasure)
# Somebody else, or a company, may be called the same: here only an address tells whose it is.
_NAMES_OF_OTHERS = {(Contact, "name"), (Account, "name")}


def by_what_tells(people: Sequence[Person]) -> list[Person]:
    """With a name only where it means this person wherever it stands: a single word may be
    anybody's name, or a thing's, a mailbox's is no person's, and of two who are called the same
    one stays. Their own contacts are gone by now."""
    full = {one.name.strip().lower() for one in people if _is_full(one)}
    namesakes = Contact.objects.filter(name_folded__in=full)
    companies = Account.objects.annotate(folded=Lower("name")).filter(folded__in=full)
    taken = {
        *namesakes.values_list("name_folded", flat=True),
        *companies.values_list("folded", flat=True),
    }
    staff = {
        (first.lower(), last.lower())
        for first, last in User.objects.values_list("first_name", "last_name")
    }
    return [
        one if _is_full(one) and not _is_others(one, taken, staff) else replace(one, name="")
        for one in people
    ]


def places() -> int:
    """In how many places a person is looked for, one after the other."""
    return len(_tables()) + 1


def scrub(*, people: Sequence[Person], place: int) -> int:
    """Take these people out of the texts of one place; returns in how many rows they were named."""
    people = _without_who_came_back(people)
    by_address = Traces.of_addresses(people)
    by_all = by_address.with_names(one.name for one in people)
    if place == len(_tables()):
        return _scrub_files(by_all, People(people).addresses())
    model, fields = _tables()[place]
    theirs = [name for name in fields if (model, name) in _NAMES_OF_OTHERS]
    others = [name for name in fields if name not in theirs]
    rows = model._base_manager.all()
    return by_address.scrub(rows, *theirs) + by_all.scrub(rows, *others)


@cache
def _tables() -> list[tuple[type[Model], list[str]]]:
    return list(columns())


def columns() -> Iterator[tuple[type[Model], list[str]]]:
    """Every table with those of its columns that may hold words of somebody's own."""
    for model in apps.get_models(include_auto_created=True):
        found = [field.name for field in model._meta.concrete_fields if _holds_words(field)]
        if found and model._meta.managed and model not in _LEFT_ALONE:
            yield model, found


def _holds_words(field: "Field[object, object]") -> bool:
    is_text = isinstance(field, (CharField, TextField, JSONField))
    # What is computed follows, and what is chosen from a list says nothing about anybody.
    return is_text and not (field.generated or field.primary_key or field.choices)


def _is_full(person: Person) -> bool:
    return len(person.name.split()) > 1 and not person.is_shared


def _is_others(person: Person, taken: set[str], staff: set[tuple[str, str]]) -> bool:
    words = person.name.lower().split()
    return person.name.strip().lower() in taken or (words[0], words[-1]) in staff


def _without_who_came_back(people: Sequence[Person]) -> list[Person]:
    """Without the addresses with which somebody has joined, or asked to, since: they are theirs."""
    back = set[tuple[str, str]]()
    for channel, addresses in People(people).addresses().items():
        field = address_field(Channel(channel))
        met = Contact.objects.filter(**{f"{field}__in": addresses}).values_list(field, flat=True)
        asked = SignUp.objects.filter(channel=channel, address__in=addresses)
        back |= {(channel, one) for one in (*met, *asked.values_list("address", flat=True))}
    return [
        replace(
            one, addresses={key: at for key, at in one.addresses.items() if (key, at) not in back}
        )
        for one in people
    ]


def _scrub_files(traces: Traces, addresses: dict[str, list[str]]) -> int:
    theirs = {address for some in addresses.values() for address in some}
    waiting = ContactImport.objects.exclude(state__in=ContactImport.OVER)
    for name in waiting.values_list("file", flat=True):
        try:
            with import_files.spool(name) as spool:
                spool.forget(traces.without, theirs)
        except (LostFile, sqlite3.DatabaseError):
            continue  # Whoever takes the import on says so.
    return 0
