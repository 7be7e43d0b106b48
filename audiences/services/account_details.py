"""Tier, kind, manager, language and time zone of accounts, as the rows of a file say them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q
from django.db.models.functions import Lower

from audiences.models import Account
from audiences.services.contacts import Plan
from audiences.services.intake.rows import ContactRow

_MANAGER = "account_manager"


@dataclass
class Details:
    """The accounts that are to change, with what changes; and whose rows name no manager of ours.

    Of a manager who is unknown nothing changes.
    """

    changes: dict[Account, dict[str, Any]] = field(default_factory=dict)
    unknown_managers: set[str] = field(default_factory=set)


def compare(*, people: Mapping[str, ContactRow], planned: Plan) -> Details:
    """What the rows of these people would change; what a later row says of an account wins."""
    rows = {
        identity: row
        for identity, row in people.items()
        if row.account_details and identity not in planned.recognised
    }
    if not rows:
        return Details()
    managers = _managers({row.account_details.get(_MANAGER, "") for row in rows.values()} - {""})
    said: dict[int, dict[str, Any]] = {}
    found = Details()
    for identity, row in rows.items():
        values: dict[str, Any] = dict(row.account_details)
        if written := values.pop(_MANAGER, ""):
            if written in managers:
                values["account_manager_id"] = managers[written]
            else:
                found.unknown_managers.add(identity)
        if pk := planned.found.of(row):
            said.setdefault(pk, {}).update(values)
    for pk, account in Account.objects.in_bulk(said).items():
        changed = {name: new for name, new in said[pk].items() if getattr(account, name) != new}
        if changed:
            found.changes[account] = changed
    return found


def store(*, people: Mapping[str, ContactRow], stored: Plan) -> tuple[Details, int]:
    """Make it so; returns what it was, and how many accounts changed that were there before."""
    found = compare(people=people, planned=stored)
    for account, values in found.changes.items():
        for name, value in values.items():
            setattr(account, name, value)
    fields = {name for values in found.changes.values() for name in values}
    if fields:
        Account.objects.bulk_update(found.changes, sorted(fields))
    return found, sum(account.pk not in stored.found.fresh for account in found.changes)


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
