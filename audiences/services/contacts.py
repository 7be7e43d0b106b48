"""Contacts by the thousand: looked up, created and amended with a fixed number of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.conf import settings
from django.db import transaction

from audiences.models import Account, Contact
from audiences.services.intake.rows import ContactRow

_AMENDABLE = ("name", "phone", "language", "time_zone", "account", "attributes")


@dataclass
class Stored:
    """The contacts by identity, and what happened to each of them."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    accounts_created: int = 0


@transaction.atomic
def store(*, rows: Mapping[str, ContactRow]) -> Stored:
    """Create or amend a contact per identity; what a row leaves empty stays as it is."""
    stored = Stored(contacts=_existing(rows.values()))
    accounts = _accounts(rows.values(), stored)
    for identity, row in rows.items():
        contact = stored.contacts.get(identity)
        if contact is None:
            stored.contacts[identity] = _new(row, accounts)
            stored.created.add(identity)
        elif _amend(contact, row, accounts):
            stored.updated.add(identity)
    Contact.objects.bulk_create(stored.contacts[identity] for identity in stored.created)
    # The uniqueness of addresses is partial, which ON CONFLICT cannot name; the key it can.
    Contact.objects.bulk_create(
        [stored.contacts[identity] for identity in stored.updated],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_AMENDABLE,
    )
    return stored


def _existing(rows: Iterable[ContactRow]) -> dict[str, Contact]:
    emails = {row.email for row in rows if row.email}
    phones = {row.phone for row in rows if not row.email}
    by_email = Contact.objects.filter(email__in=emails)
    by_phone = Contact.objects.filter(email="", phone__in=phones)
    return {contact.email or contact.phone: contact for contact in (*by_email, *by_phone)}


def _accounts(rows: Iterable[ContactRow], stored: Stored) -> dict[str, Account]:
    names = {row.account for row in rows if row.account}
    # Names are not unique: the account that was there first is the one that is meant.
    found = {
        account.name: account for account in Account.objects.filter(name__in=names).order_by("-pk")
    }
    missing = [Account(name=name) for name in sorted(names - found.keys())]
    stored.accounts_created = len(missing)
    return found | {account.name: account for account in Account.objects.bulk_create(missing)}


def _new(row: ContactRow, accounts: Mapping[str, Account]) -> Contact:
    return Contact(
        email=row.email,
        phone=row.phone,
        name=row.name,
        language=row.language or settings.LANGUAGE_CODE,
        time_zone=row.time_zone,
        account=accounts.get(row.account),
        attributes=row.attributes,
    )


def _amend(contact: Contact, row: ContactRow, accounts: Mapping[str, Account]) -> bool:
    account = accounts.get(row.account)
    wanted = {
        "name": row.name or contact.name,
        "phone": row.phone or contact.phone,
        "language": row.language or contact.language,
        "time_zone": row.time_zone or contact.time_zone,
        "account_id": account.pk if account else contact.account_id,
        "attributes": contact.attributes | row.attributes,
    }
    changed = {name: value for name, value in wanted.items() if getattr(contact, name) != value}
    for name, value in changed.items():
        setattr(contact, name, value)
    return bool(changed)
