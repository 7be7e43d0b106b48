"""Whoever comes by themselves: found by their address, met for the first time, forgotten."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audiences.models import Channel, ConsentEvent, Contact, Subscription, address_field
from audiences.services import consents
from audiences.services.consents import Proof
from audiences.services.erased import is_erased

# Beside the one who is known by a telephone alone, so many get a link to it: texts cost money.
OTHERS = 3
_REQUESTED = Q(kind=ConsentEvent.Kind.REQUESTED, source=Subscription.Source.SELF)


def find(*, channel: str, address: str) -> Contact | None:
    """Who reads an address; of several who share a telephone, only the one known by nothing else:
    whoever holds it has not proven to be any of the others."""
    if channel == Channel.EMAIL:
        return Contact.objects.filter(email=address).first()
    some = list(Contact.objects.filter(phone=address).order_by("email", "pk")[:2])
    is_one = len(some) == 1 or (some and not some[0].email)
    return some[0] if is_one else None


def readers(*, channel: str, address: str) -> list[Contact]:
    """Whose settings a link opens that is sent to an address: of those who share a telephone,
    everybody who hears something there, as it opens nothing but their texts."""
    one = find(channel=channel, address=address)
    if channel == Channel.EMAIL:
        return [one] if one else []
    hearing = Subscription.objects.filter(channel=channel, state=Subscription.State.CONFIRMED)
    there = Contact.objects.filter(phone=address, pk__in=hearing.values("contact"))
    others = there.exclude(pk=one.pk) if one else there
    return ([one] if one else []) + list(others.order_by("pk")[:OTHERS])


@transaction.atomic
def meet(*, channel: str, address: str, language: str, proof: Proof, now: datetime) -> Contact:
    """A person of whom nothing is known but an address that somebody typed in.

    Each address is a person of its own: whoever can read one has not proven anything about another.
    So it is with a telephone that several others have: what its holder joins is nobody's but theirs
    to end, and the next who joins there is the same person.
    """
    field = {"email": address} if channel == Channel.EMAIL else {"phone": address, "email": ""}
    contact, _created = Contact.objects.get_or_create(
        **field, defaults={"language": language, "is_locale_own": True, "created_at": now}
    )
    consents.record(
        contact=contact,
        kind=ConsentEvent.Kind.REQUESTED,
        proof=proof,
        now=now,
        channel=channel,
    )
    return contact


def mark_shared(*, contact: Contact) -> None:
    Contact.objects.filter(pk=contact.pk).update(is_shared=True)
    contact.is_shared = True


def strangers(*, before: datetime) -> QuerySet[Contact]:
    """People we know only from a form, who have never confirmed anything."""
    requested = ConsentEvent.objects.filter(_REQUESTED)
    agreed = ConsentEvent.objects.exclude(_REQUESTED)
    subscribed = Subscription.objects.exclude(state=Subscription.State.UNCONFIRMED)
    return Contact.objects.filter(
        pk__in=requested.filter(at__lt=before).values("contact"),
        created_at__lt=before,
        account=None,
        name="",
        attributes={},
        feedback_consent_at=None,
    ).exclude(
        Q(pk__in=agreed.values("contact"))
        | Q(pk__in=subscribed.values("contact"))
        # Who asked again lately may still confirm.
        | Q(pk__in=requested.filter(at__gte=before).values("contact"))
    )


def erased_before(*, ids: Collection[int]) -> list[Contact]:
    """Those of these people whose address was erased once, and whose owner has not come back."""
    found = list(Contact.objects.filter(pk__in=ids))
    return [one for one in found if any(_is_erased(one, channel) for channel in Channel.values)]


def _is_erased(contact: Contact, channel: str) -> bool:
    address = getattr(contact, address_field(channel))
    return bool(address) and is_erased(channel=channel, address=address)


@transaction.atomic
def forget(*, ids: Collection[int], before: datetime) -> None:
    """Remove these people, and what others asked for and never confirmed."""
    Contact.objects.filter(pk__in=ids).delete()
    Subscription.objects.filter(
        state=Subscription.State.UNCONFIRMED,
        source=Subscription.Source.SELF,
        changed_at__lt=before,
    ).delete()
