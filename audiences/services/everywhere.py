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

from audiences.folding import FoldedField, folded
from audiences.models import (
    Account,
    Channel,
    Contact,
    ContactImport,
    Erasure,
    SignUp,
    address_field,
)
from audiences.services import import_files, ours, signs
from audiences.services.import_files import LostFile
from audiences.services.personal_data import People, Person
from audiences.services.traces import Traces

# Whoever works here has a login of their own, which is not the customer's to take away; and whom an
# erasure looks for it must know until it is over.
_LEFT_ALONE: tuple[type[Model], ...] = (User, Erasure)
# Somebody else, or a company, may be called the same: here only an address tells whose it is.
_NAMES_OF_OTHERS = {(Contact, "name"), (Account, "name")}
# Tables with more rows take too long to look through while somebody waits.
_LARGE = 5_000


def by_what_tells(people: Sequence[Person]) -> list[Person]:
    """With a name only where it means this person wherever it stands: a single word may be
    anybody's name, or a thing's, a mailbox's is no person's, and of two who are called the same
    one stays. Their own contacts are gone by now."""
    full = {order for one in people if _is_full(one) for order in _orders(one)}
    namesakes = Contact.objects.filter(name_folded__in=full).exclude(pk__in=People(people).numbers)
    companies = Account.objects.filter(name_folded__in=full)
    taken = {
        *namesakes.values_list("name_folded", flat=True),
        *companies.values_list("name_folded", flat=True),
        *ours.names(),
    }
    staff = {
        (folded(first), folded(last))
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
    people = _without_others(people)
    by_address, by_all = _traces(people)
    if place == len(_tables()):
        return _scrub_files(by_all, People(people).addresses())
    model, fields = _tables()[place]
    theirs, others = _parted(model, fields)
    rows = model._base_manager.all()
    return by_address.scrub(rows, *theirs) + by_all.scrub(rows, *others)


def foreseen(*, people: Sequence[Person]) -> dict[type[Model], list[Model]]:
    """The rows of others whose texts will change, by table; of the large ones nothing is said,
    which only a worker goes through."""
    numbers = People(people).numbers
    by_address, by_all = _traces(_without_ours(by_what_tells(people)))
    found: dict[type[Model], list[Model]] = {}
    for model, fields in _tables():
        rows = model._base_manager.all()
        if model is Contact:
            rows = rows.exclude(pk__in=numbers)
        elif "contact" in {field.name for field in model._meta.concrete_fields}:
            rows = rows.exclude(contact__in=numbers)
        if len(rows.order_by("pk").values_list("pk")[: _LARGE + 1]) <= _LARGE:
            theirs, others = _parted(model, fields)
            named = {*by_address.named(rows, *theirs), *by_all.named(rows, *others)}
            found |= {model: sorted(named, key=lambda row: row.pk)} if named else {}
    return found


def _traces(people: Sequence[Person]) -> tuple[Traces, Traces]:
    """By addresses alone, and by names too."""
    by_address = Traces.of_addresses(people)
    return by_address, by_address.with_names(one.name for one in people)


def _parted(model: type[Model], fields: Sequence[str]) -> tuple[list[str], list[str]]:
    """What others are called there, and everything else."""
    theirs = [name for name in fields if (model, name) in _NAMES_OF_OTHERS]
    return theirs, [name for name in fields if name not in theirs]


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
    is_computed = field.generated or isinstance(field, FoldedField)
    return is_text and not (is_computed or field.primary_key or field.choices)


def _is_full(person: Person) -> bool:
    return len(person.name.split()) > 1 and not person.is_shared


def _is_others(person: Person, taken: set[str], staff: set[tuple[str, str]]) -> bool:
    words = folded(person.name).split()
    return not taken.isdisjoint(_orders(person)) or (words[0], words[-1]) in staff


def _orders(person: Person) -> set[str]:
    return {folded(order) for order in signs.orders(person.name)}


def _without_others(people: Sequence[Person]) -> list[Person]:
    """Without our own addresses, and those with which somebody has joined, or asked to, since: they
    are theirs."""
    back = set[str]()
    for channel, addresses in People(people).addresses().items():
        field = address_field(Channel(channel))
        met = Contact.objects.filter(**{f"{field}__in": addresses}).values_list(field, flat=True)
        asked = SignUp.objects.filter(channel=channel, address__in=addresses)
        back |= {*met, *asked.values_list("address", flat=True)}
    return _without(_without_ours(people), back)


def _without_ours(people: Sequence[Person]) -> list[Person]:
    return _without(people, ours.addresses())


def _without(people: Sequence[Person], addresses: set[str]) -> list[Person]:
    return [
        replace(
            one, addresses={key: at for key, at in one.addresses.items() if at not in addresses}
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
