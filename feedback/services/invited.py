"""One person and one survey, however many messages invited them to it."""

from messaging.models import Delivery, DeliveryQuerySet


def messages(delivery: Delivery) -> DeliveryQuerySet:
    """All that the same person got of the same invitation: a mail, a text message."""
    theirs = Delivery.objects.filter(contact=delivery.contact_id, broadcast=delivery.broadcast_id)
    return theirs.order_by("pk")


def lock(delivery: Delivery) -> list[int]:
    """Let nobody else answer for this person meanwhile; returns the numbers of their messages."""
    return list(messages(delivery).select_for_update().values_list("pk", flat=True))
