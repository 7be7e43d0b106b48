"""One person and one survey, however many messages invited them to it."""

from collections.abc import Collection

from audiences.prepared import Prepared
from messaging.models import Delivery, DeliveryQuerySet

# What the form is made of.
_NEEDED = (
    *("contact_id", "segment_id", "address", "language", "broadcast__secret"),
    *(f"broadcast__invitation__{name}" for name in ("closes_at", "owner", "version")),
)
_ASKED = Prepared(
    lambda contact, broadcast, channel: (
        Delivery.objects.filter(contact=contact, broadcast=broadcast, channel=channel)
        .filter(broadcast__invitation__isnull=False)
        .select_related("broadcast__invitation")
        .only(*_NEEDED)
    ),
    int,
    int,
    str,
)
_THEIRS = Prepared(
    lambda contact, broadcast: (
        _messages(contact, broadcast).order_by("pk").select_for_update().only("pk")
    ),
    int,
    int,
)


class Closed(Exception):
    """No answer is taken any more; nothing was stored."""


def find(contact: int, broadcast: int, channel: str) -> Delivery | None:
    """The message that invited somebody, with the invitation; None where it asked for nothing."""
    return _ASKED.first(contact, broadcast, channel)


def messages(delivery: Delivery) -> DeliveryQuerySet:
    """All that the same person got of the same invitation: a mail, a text message."""
    return _messages(delivery.contact_id or 0, delivery.broadcast_id)


def lock(delivery: Delivery) -> list[int]:
    """Let nobody else answer for this person meanwhile; returns the numbers of their messages.

    :raises Closed: in this second they were erased, or merged into somebody else.
    """
    theirs = [one.pk for one in _THEIRS.all(delivery.contact_id or 0, delivery.broadcast_id)]
    if not theirs:
        raise Closed
    return theirs


def hold(contacts: Collection[int]) -> None:
    """Let nobody answer for any of these people until the transaction ends."""
    asked = Delivery.objects.filter(contact__in=contacts, broadcast__invitation__isnull=False)
    list(asked.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))


def _messages(contact: int, broadcast: int) -> DeliveryQuerySet:
    return Delivery.objects.filter(contact=contact, broadcast=broadcast)
