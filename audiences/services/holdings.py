"""What audiences holds about a person besides the contact itself."""

from datetime import datetime
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Q

from audiences.folding import FoldedField
from audiences.models import (
    Account,
    Channel,
    ConsentEvent,
    Contact,
    SignUp,
    Subscription,
    Suppression,
    address_field,
)
from audiences.services import personal_data
from audiences.services.erased import mark
from audiences.services.personal_data import People
from audiences.services.traces import ERASED, Traces

# Who of the staff lifted something is the staff's own affair.
_NOT_SHOWN = {"id", "contact", "key", "lifted_by"}


def _contact(contact: Contact) -> dict[str, Any]:
    return _row(contact)


def _aliases(contact: Contact) -> list[dict[str, Any]]:
    return [_row(row) for row in contact.aliases.order_by("pk")]


def _account(contact: Contact) -> dict[str, Any] | None:
    account = contact.account
    if account is None:
        return None
    shown = {"name": account.name, "kind": account.kind, "tier": account.tier}
    return {**shown, "external_id": account.external_id}


def _subscriptions(contact: Contact) -> list[dict[str, Any]]:
    rows = Subscription.objects.filter(contact=contact).select_related("segment").order_by("pk")
    return [{**_row(row), "segment": row.segment.name} for row in rows]


def _consents(contact: Contact) -> list[dict[str, Any]]:
    rows = ConsentEvent.objects.filter(contact=contact).select_related("segment").order_by("pk")
    return [{**_row(row), "segment": row.segment and row.segment.name} for row in rows]


def _suppressions(contact: Contact) -> list[dict[str, Any]]:
    return [_row(row) for row in Suppression.objects.filter(_ever_of(contact)).order_by("pk")]


def _sign_ups(contact: Contact) -> list[dict[str, Any]]:
    """What was typed into the public forms lately, perhaps by somebody else."""
    return [_row(row) for row in SignUp.objects.filter(_ever_of(contact)).order_by("pk")]


def is_of(contact: Contact) -> Q:
    """The condition on what names an address to name one of the contact's."""
    either = Q(pk__in=())
    for channel in Channel.values:
        if address := getattr(contact, address_field(channel)):
            either |= Q(channel=channel, address=address)
    return either


def _ever_of(contact: Contact) -> Q:
    """The same for those they had before, too."""
    either = is_of(contact)
    for person in personal_data.earlier(contact=contact):
        for channel, address in person.addresses.items():
            either |= Q(channel=channel, address=address)
    return either


def _row(row: Any) -> dict[str, Any]:
    return {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if not (field.name in _NOT_SHOWN or field.generated or isinstance(field, FoldedField))
    }


def _nothing(people: People, now: datetime) -> None:
    """It goes with the contact."""


def _erase_suppressions(people: People, now: datetime) -> None:
    """Whatever stood against the addresses, one keyed hash each stands there from now on."""
    for channel, addresses in people.addresses().items():
        Suppression.objects.filter(channel=channel, address__in=addresses).delete()
        Suppression.objects.bulk_create(
            (
                Suppression(
                    channel=channel,
                    address=mark(channel=channel, address=address),
                    reason=Suppression.Reason.ERASURE,
                    created_at=now,
                )
                for address in sorted(set(addresses))
            ),
            # There may be one from before.
            ignore_conflicts=True,
        )


def _erase_sign_ups(people: People, now: datetime) -> None:
    for channel, addresses in people.addresses().items():
        SignUp.objects.filter(channel=channel, address__in=addresses).delete()


def _erase_accounts(people: People, now: datetime) -> None:
    """An account of one person, named after them, is nobody else's."""
    theirs = Account.objects.filter(contact__in=people.numbers).distinct()
    members = dict(
        Contact.objects.filter(account__in=theirs)
        .values_list("account")
        .annotate(Count("pk"))
        .filter(pk__count=1)
    )
    names = {
        one.contact_id: {one.name, *one.addresses.values()} for one in people.each if one.contact_id
    }
    alone = Contact.objects.filter(pk__in=names, account__in=members).select_related("account")
    named = [one.account for one in alone if one.account and one.account.name in names[one.pk]]
    Account.objects.filter(pk__in=[account.pk for account in named]).delete()


def _erase_history(people: People, now: datetime) -> None:
    """The admin's history keeps that something was done, without to whom."""
    entries = LogEntry.objects.all()
    kinds = ContentType.objects.get_for_models(Contact, Subscription)
    rows = Subscription.objects.filter(contact__in=people.numbers).values_list("pk", flat=True)
    own = entries.filter(
        Q(content_type=kinds[Contact], object_id__in=list(map(str, people.numbers)))
        | Q(content_type=kinds[Subscription], object_id__in=list(map(str, rows)))
    )
    Traces.in_their_own(people.each).scrub(own, "change_message")
    own.update(object_repr=ERASED)


personal_data.register("contact", collect=_contact, erase=_erase_history)
personal_data.register("aliases", collect=_aliases, erase=_nothing)
personal_data.register("account", collect=_account, erase=_erase_accounts)
personal_data.register("subscriptions", collect=_subscriptions, erase=_nothing)
personal_data.register("consents", collect=_consents, erase=_nothing)
personal_data.register("suppressions", collect=_suppressions, erase=_erase_suppressions)
personal_data.register("sign_ups", collect=_sign_ups, erase=_erase_sign_ups)
