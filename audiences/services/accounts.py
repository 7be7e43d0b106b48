"""Accounts as a file names them: by their external id, or else by their name."""

from collections import Counter
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _

from audiences.models import Account
from audiences.services.intake import words
from audiences.services.intake.rows import ContactRow


class Named(NamedTuple):
    """Equal ones mean the same account; the name is as names are compared."""

    external_id: str
    name: str = ""


@dataclass
class Found:
    pks: dict[Named, int] = field(default_factory=dict)
    # Those known by a name alone, with the number that the file brings for them.
    numbered: dict[int, str] = field(default_factory=dict)
    # Of names that compare alike, each as it is spelled, where rows spell it so.
    spelled: dict[str, int] = field(default_factory=dict)
    # Those that were made for these rows.
    fresh: set[int] = field(default_factory=set)
    # What they are called that are known by a number and a name.
    names: dict[str, str] = field(default_factory=dict)

    def of(self, row: ContactRow) -> int | None:
        named = of(row)
        if named is None:
            return None
        exact = None if named.external_id else self.spelled.get(row.account)
        return exact or self.pks.get(named)


def of(row: ContactRow) -> Named | None:
    """What a row says about its account; an external id needs no name."""
    if row.account_external_id:
        return Named(row.account_external_id)
    return Named("", words.company(row.account)) if row.account else None


def find(*, rows: Iterable[ContactRow]) -> Found:
    """Look up the accounts that rows name.

    The one account of a name that has no number yet is meant by a row with that name and a number.
    """
    rows = list(rows)
    wanted = {named for row in rows if (named := of(row))}
    names = {named.name for named in wanted if not named.external_id}
    ids = {named.external_id for named in wanted if named.external_id}
    # Names are not unique: of those spelled as the row does, or else of all, the account that was
    # there first is the one that is meant.
    by_name = list(
        Account.objects.filter(name_folded__in=names)
        .order_by("-pk")
        .values_list("name_folded", "name", "pk")
    )
    by_id = Account.objects.filter(external_id__in=ids).values_list("external_id", "pk", "name")
    found = {Named("", folded): pk for folded, _name, pk in by_name}
    spelled = {name: pk for _folded, name, pk in by_name}
    called: dict[str, str] = {}
    for external_id, pk, name in by_id:
        found[Named(str(external_id))] = pk
        if name != external_id:
            called[str(external_id)] = name
    numbered = _numbered({one for row in rows if (one := of(row)) and one not in found}, rows)
    found |= {Named(number): pk for pk, number in numbered.items()}
    return Found(found, numbered, spelled=spelled, names=called)


def _numbered(unknown: Set[Named], rows: Iterable[ContactRow]) -> dict[int, str]:
    numbers: dict[str, set[str]] = {}
    for row in rows:
        if row.account and Named(row.account_external_id) in unknown:
            numbers.setdefault(words.company(row.account), set()).add(row.account_external_id)
    known: dict[str, list[int]] = {}
    bare = Account.objects.filter(name_folded__in=numbers, external_id=None)
    for name, pk in bare.values_list("name_folded", "pk"):
        known.setdefault(name, []).append(pk)
    return {
        pks[0]: next(iter(numbers[name]))
        for name, pks in known.items()
        if len(pks) == len(numbers[name]) == 1
    }


def remarks(*, rows: Iterable[ContactRow], found: Found) -> dict[str, int]:
    """Which accounts a file calls otherwise than we do, and how often."""
    said = _(
        "Account %(id)s is called “%(ours)s” here, and “%(theirs)s” in the file: it keeps its name."
    )
    return dict(
        Counter(
            said % {"id": row.account_external_id, "ours": ours, "theirs": row.account}
            for row in rows
            if row.account and (ours := found.names.get(row.account_external_id))
            if words.company(ours) != words.company(row.account)
        )
    )


def missing(*, rows: Iterable[ContactRow], found: Found) -> dict[Named, Account]:
    """The accounts that rows name and nobody has, unsaved; the first name in the rows is taken."""
    new: dict[Named, Account] = {}
    for row in rows:
        named = of(row)
        if named and named not in found.pks:
            external_id = named.external_id or None
            account = new.setdefault(named, Account(name=row.account, external_id=external_id))
            account.name = account.name or row.account
    for named, account in new.items():
        account.name = account.name or named.external_id
    return new


def create(*, rows: Iterable[ContactRow], found: Found) -> int:
    """Make the accounts that are missing; afterwards all are found."""
    new = missing(rows=rows, found=found)
    for named, account in zip(new, Account.objects.bulk_create(new.values()), strict=True):
        found.pks[named] = account.pk
        found.fresh.add(account.pk)
    return len(new)


def amend(*, rows: Iterable[ContactRow], found: Found) -> None:
    """Give the number to who is known by a name, and a name to who is known by a number."""
    for pk, number in found.numbered.items():
        Account.objects.filter(pk=pk, external_id=None).update(external_id=number)
    names: dict[str, str] = {}
    for row in rows:
        if row.account_external_id and row.account:
            names.setdefault(row.account_external_id, row.account)
    for account in Account.objects.filter(external_id__in=names, name=F("external_id")):
        account.name = names[str(account.external_id)]
        account.save(update_fields=["name", "name_folded"])
