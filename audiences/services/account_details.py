"""Tier, kind, manager, language, time zone and components of accounts, as the rows of a file say
them."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from audiences.models import Account
from audiences.services import uses
from audiences.services.component_names import ComponentNames
from audiences.services.contacts import Plan
from audiences.services.intake.rows import ContactRow

_MANAGER = "account_manager"


@dataclass
class Details:
    """The accounts that are to change, with what changes; and whose rows name no manager of ours.

    Of a manager who is unknown nothing changes, and what a file is silent about stays in use.
    """

    changes: dict[Account, dict[str, Any]] = field(default_factory=dict)
    # Components they will use besides, by the keys of accounts.
    uses: dict[int, set[str]] = field(default_factory=dict)
    unknown_managers: set[str] = field(default_factory=set)
    # What is to be said of the file, and how often.
    notes: dict[str, int] = field(default_factory=dict)

    @property
    def accounts(self) -> set[int]:
        """The keys of those that change."""
        return {account.pk for account in self.changes} | self.uses.keys()


def compare(*, people: Mapping[str, ContactRow], planned: Plan) -> Details:
    """What the rows of these people would change; what a later row says of an account wins."""
    rows = {
        identity: row
        for identity, row in people.items()
        if (row.account_details or row.account_components) and identity not in planned.recognised
    }
    found = Details()
    if rows:
        _compare_fields(rows, planned, found)
        _compare_uses(rows, planned, found)
    return found


def _compare_fields(rows: Mapping[str, ContactRow], planned: Plan, found: Details) -> None:
    managers = _managers({row.account_details.get(_MANAGER, "") for row in rows.values()} - {""})
    said: dict[int, dict[str, Any]] = {}
    for identity, row in rows.items():
        values: dict[str, Any] = dict(row.account_details)
        if written := values.pop(_MANAGER, ""):
            if written in managers:
                values["account_manager_id"] = managers[written]
            else:
                found.unknown_managers.add(identity)
        if pk := planned.account(identity):
            said.setdefault(pk, {}).update(values)
    for pk, account in Account.objects.in_bulk(said).items():
        changed = {name: new for name, new in said[pk].items() if getattr(account, name) != new}
        if changed:
            found.changes[account] = changed


def _compare_uses(rows: Mapping[str, ContactRow], planned: Plan, found: Details) -> None:
    written = {identity: row.account_components for identity, row in rows.items()}
    if not any(written.values()):
        return
    names = ComponentNames(uses.components())
    wanted: dict[int, set[str]] = {}
    unclear: Counter[str] = Counter()
    for identity, cells in written.items():
        # What a person's rows repeat is one thing that they say.
        words = {word: meant for cell in cells for word, meant in names.read(cell)}
        unclear.update(_unclear(word, meant) for word, meant in words.items() if len(meant) != 1)
        if pk := planned.account(identity):
            clear = (meant for meant in words.values() if len(meant) == 1)
            wanted.setdefault(pk, set()).update(*clear)
    found.uses = uses.missing(wanted=wanted)
    found.notes = dict(unclear)


def _unclear(word: str, meant: Collection[str]) -> str:
    if not meant:
        return _("There is no component “%(name)s”; no account uses it.") % {"name": word[:80]}
    said = _("“%(name)s” may be %(all)s: left out until the file says which, by its short name.")
    return said % {"name": word[:80], "all": ", ".join(sorted(meant))}


def store(*, people: Mapping[str, ContactRow], stored: Plan) -> tuple[Details, int]:
    """Make it so; returns what it was, and how many accounts changed that were there before."""
    found = compare(people=people, planned=stored)
    for account, values in found.changes.items():
        for name, value in values.items():
            setattr(account, name, value)
    fields = {name for values in found.changes.values() for name in values}
    if fields:
        Account.objects.bulk_update(found.changes, sorted(fields))
    uses.store(new=found.uses)
    return found, len(found.accounts - stored.found.fresh)


def _managers(written: set[str]) -> dict[str, int]:
    """By user name, or by an e-mail address that is one user's alone."""
    if not written:
        return {}
    active = User.objects.filter(is_active=True)
    users = active.annotate(name=Lower("username"), mail=Lower("email")).filter(
        Q(name__in=written) | Q(mail__in=written)
    )
    by_name: dict[str, int] = {}
    by_mail: dict[str, set[int]] = {}
    for pk, name, mail in users.values_list("pk", "name", "mail"):
        by_name[name] = pk
        by_mail.setdefault(mail, set()).add(pk)
    return {mail: next(iter(pks)) for mail, pks in by_mail.items() if len(pks) == 1} | by_name
