"""Whoever is erased goes from every text there is: from each column of each table, whichever app's,
and from the files that wait to be imported. Nothing has to be listed here to be searched; what is
left alone is.
"""

import sqlite3
from collections.abc import Collection, Iterator, Sequence

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField, Field, JSONField, Model, TextField

from audiences.folding import FoldedField, folded
from audiences.models import Account, Contact, ContactImport
from audiences.services import import_files
from audiences.services.import_files import LostFile
from audiences.services.personal_data import Person
from audiences.services.traces import Traces

# Whoever works here has a login of their own, which is not the customer's to take away.
_LEFT_ALONE: tuple[type[Model], ...] = (User,)
# Somebody else, or a company, may be called the same: here only an address tells whose it is.
_NAMES_OF_OTHERS = {(Contact, "name"), (Account, "name")}


def scrub(*, people: Sequence[Person]) -> None:
    """Take these people out of every text; their own contacts are gone by now."""
    by_address = Traces.of_addresses(people)
    by_all = by_address.with_names({one.name for one in people if _is_telling(one)})
    for model, fields in columns():
        theirs = [name for name in fields if (model, name) in _NAMES_OF_OTHERS]
        others = [name for name in fields if name not in theirs]
        by_address.scrub(model._base_manager.all(), *theirs)
        by_all.scrub(model._base_manager.all(), *others)
    _scrub_files(by_all, {address for one in people for address in one.addresses.values()})


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


def _is_telling(person: Person) -> bool:
    """Whether a name means this person wherever it stands: a single word may be anybody's name, or
    a thing's, a mailbox's is no person's, and of two who are called the same one stays."""
    words = person.name.split()
    if len(words) < 2 or person.is_shared:
        return False
    namesakes = Contact.objects.filter(name_folded=folded(person.name))
    colleagues = User.objects.filter(first_name__iexact=words[0], last_name__iexact=words[-1])
    companies = Account.objects.filter(name__iexact=person.name.strip())
    return not (namesakes.exists() or colleagues.exists() or companies.exists())


def _scrub_files(traces: Traces, addresses: Collection[str]) -> None:
    waiting = ContactImport.objects.exclude(state__in=ContactImport.OVER)
    for name in waiting.values_list("file", flat=True):
        try:
            with import_files.spool(name) as spool:
                spool.forget(traces.without, addresses)
        except (LostFile, sqlite3.DatabaseError):
            continue  # Whoever takes the import on says so.
