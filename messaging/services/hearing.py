"""How one person hears a message, or heard it: whether at all, and in which words."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from audiences.models import Contact, Detail
from messaging.models import Broadcast, Delivery
from messaging.services.audience import Audience, Whom
from messaging.services.forecast import fate as becoming
from messaging.services.readers import TOLD, UNSUBSCRIBED

# The message is for others.
NOT_MEANT = "not_meant"


@dataclass(frozen=True)
class Hearing:
    """`fate` is TOLD, NOT_MEANT, or why somebody who is meant is left out, as in readers; of a
    message that was sent, `delivery` says what became of it."""

    fate: str
    language: str
    detail: str
    zone: str
    segment: int | None = None
    # Where that is another address than theirs of today.
    address: str = ""
    delivery: Delivery | None = None


def foresee(*, contact: Contact, channel: str, whom: Whom, now: datetime) -> Hearing:
    """As the freeze would find this person now."""
    audience = Audience.meant(whom, now=now)
    alone = range(contact.pk, contact.pk + 1)
    meant = audience.named(channel, alone).annotate(fate=becoming(audience, channel))
    found: Any = meant.filter(pk=contact.pk).first()
    if found:
        return _hearing(contact, found.fate, found.told_detail, found.told_through)
    left = Contact.objects.filter(audience.has_left(channel, alone), pk=contact.pk)
    return _hearing(contact, UNSUBSCRIBED if left.exists() else NOT_MEANT, Detail.PUBLIC, None)


def remember(*, contact: Contact, channel: str, broadcast: Broadcast) -> Hearing:
    """As it was frozen for this person; their settings may be others by now."""
    found = Delivery.objects.filter(broadcast=broadcast, contact=contact, channel=channel).first()
    if found is None:
        return _hearing(contact, NOT_MEANT, Detail.PUBLIC, None)
    return Hearing(
        TOLD, found.language, found.detail, found.time_zone, found.segment_id, delivery=found
    )


def again(*, contact: Contact, channel: str, copies: Q) -> Hearing:
    """As whoever got one of these copies hears what puts it right, or stands in its place."""
    theirs = Delivery.objects.filter(copies, contact=contact, channel=channel)
    found = theirs.order_by("pk").first()
    if found is None:
        return _hearing(contact, NOT_MEANT, Detail.PUBLIC, None)
    return Hearing(
        TOLD, found.language, found.detail, found.time_zone, found.segment_id, found.address
    )


def _hearing(contact: Contact, fate: str, detail: str, segment: int | None) -> Hearing:
    return Hearing(fate, contact.spoken, detail, contact.zone, segment)
