"""Contacts by what somebody types: one address, in whatever spelling."""

from django.db.models import QuerySet

from audiences.models import Channel, Contact, address_field
from audiences.services.spelling import as_stored


def channel_of(address: str) -> Channel:
    return Channel.EMAIL if "@" in address else Channel.SMS


def by_address(address: str) -> QuerySet[Contact]:
    """Everybody who is reached under it: several people may share a telephone."""
    channel = channel_of(address)
    there = {address_field(channel): as_stored(channel, address)}
    return Contact.objects.filter(**there).order_by("pk") if address else Contact.objects.none()
