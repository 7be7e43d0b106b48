"""What the holder of a personal link may decide, and what follows from it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from audiences import wordings
from audiences.models import Channel, Contact, Purpose, Segment, SignUp, address_field
from audiences.services import offers, preferences
from audiences.services.sign_ups import Choice, Colleague, Visitor
from audiences.services.wanted import Preferences
from messaging.models import Delivery
from messaging.services import links, sign_ups, unsubscribes
from messaging.services.unsubscribes import Way

_OF_TEXTS = ("sms_from", "quiet_from", "quiet_until", "is_woken_by_critical")


def is_insider(delivery: Delivery) -> bool:
    """Whether a link proves a mailbox in one of the company's own domains."""
    return (
        delivery.channel == Channel.EMAIL
        and links.is_current(delivery)
        and offers.is_internal(delivery.address)
    )


def shown(delivery: Delivery) -> Preferences:
    """What a page says of its person: to who holds a telephone alone, nothing but about texts."""
    assert delivery.contact, "an erased person has no page"
    stored = preferences.of(contact=delivery.contact)
    if Channel.EMAIL in links.opened(delivery):
        return stored
    return _about_texts(stored, Preferences(places=frozenset(), language=delivery.language))


def _about_texts(said: Preferences, otherwise: Preferences) -> Preferences:
    texts = {place for place in said.places if place[1] == Channel.SMS}
    rest = {place for place in otherwise.places if place[1] != Channel.SMS}
    fields = {name: getattr(said, name) for name in _OF_TEXTS}
    return replace(otherwise, places=frozenset(texts | rest), **fields)


@transaction.atomic
def store(
    *, delivery: Delivery, shown: Preferences, wanted: Preferences, way: Way, now: datetime
) -> list[str]:
    """Store what the holder of a message's link wants, on a page that showed something else.

    A list on a channel nobody has confirmed yet is asked for there first; returns those channels.

    :raises InvalidPreferences: something does not fit; nothing was stored.
    :raises Outdated: something has changed since it was shown; nothing was stored.
    """
    contact = delivery.contact
    assert contact, "an erased person has no page"
    proof, was_asked = unsubscribes.proof_of(way, delivery, now), unsubscribes.is_asked(delivery)
    if Channel.EMAIL not in links.opened(delivery):
        now_stored = preferences.of(contact=contact)
        shown, wanted = (_about_texts(said, now_stored) for said in (shown, wanted))
    stored = preferences.store(
        contact=contact,
        shown=shown,
        wanted=wanted,
        proven=preferences.proven_channels(contact=contact, by=delivery.channel),
        is_insider=is_insider(delivery),
        proof=proof,
        now=now,
    )
    contact.refresh_from_db()
    unsubscribes.tell_others(delivery=delivery, left=stored.left, was_asked=was_asked, now=now)
    _ask_for_proof(delivery, contact, stored.unproven, way, now)
    return list(stored.unproven)


def _ask_for_proof(
    delivery: Delivery,
    contact: Contact,
    unproven: Mapping[str, Sequence[Segment]],
    way: Way,
    now: datetime,
) -> None:
    """The same request as from the subscribe page, within the same limits."""
    mailbox = Colleague(name=delivery.address, may_subscribe_others=True)
    visitor = Visitor(
        language=contact.spoken,
        network_address=way.network_address,
        colleague=mailbox if is_insider(delivery) else None,
    )
    requests = [
        Choice(
            wish=SignUp.Wish.SUBSCRIBE,
            channel=channel,
            address=getattr(contact, address_field(channel)),
            segments=[segment.pk for segment in lists],
            text_version=wordings.current(Purpose.NOTICE),
        )
        for channel, lists in unproven.items()
    ]
    if requests:
        sign_ups.keep(choices=requests, visitor=visitor, now=now)
