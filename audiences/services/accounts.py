"""Accounts as a file names them: by their external id, or else by their name."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from audiences.models import Account
from audiences.services.intake.rows import ContactRow


@dataclass(frozen=True, slots=True)
class Named:
    """Equal ones mean the same account."""

    external_id: str
    name: str = ""


@dataclass
class Found:
    pks: dict[Named, int] = field(default_factory=dict)

    def of(self, row: ContactRow) -> int | None:
        named = of(row)
        return self.pks.get(named) if named else None


def of(row: ContactRow) -> Named | None:
    """What a row says about its account; an external id needs no name."""
    if row.account_external_id:
        return Named(row.account_external_id)
    return Named("", row.account) if row.account else None


def find(*, rows: Iterable[ContactRow]) -> Found:
    """Look up the accounts that rows name."""
    wanted = {named for row in rows if (named := of(row))}
    names = {named.name for named in wanted if not named.external_id}
    ids = {named.external_id for named in wanted if named.external_id}
    # Names are not unique: the account that was there first is the one that is meant.
    by_name = Account.objects.filter(name__in=names).order_by("-pk").values_list("name", "pk")
    by_id = Account.objects.filter(external_id__in=ids).values_list("external_id", "pk")
    return Found(
        {Named("", name): pk for name, pk in by_name}
        | {Named(str(external_id)): pk for external_id, pk in by_id}
    )


def missing(*, rows: Iterable[ContactRow], found: Found) -> dict[Named, Account]:
    """The accounts that rows name and nobody has, unsaved; the first row's name is taken."""
    new: dict[Named, Account] = {}
    for row in rows:
        named = of(row)
        if named and named not in found.pks:
            external_id = named.external_id or None
            account = Account(name=row.account or named.external_id, external_id=external_id)
            new.setdefault(named, account)
    return new


def create(*, rows: Iterable[ContactRow], found: Found) -> int:
    """Make the accounts that are missing; afterwards all are found."""
    new = missing(rows=rows, found=found)
    for named, account in zip(new, Account.objects.bulk_create(new.values()), strict=True):
        found.pks[named] = account.pk
    return len(new)
