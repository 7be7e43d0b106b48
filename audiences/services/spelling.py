"""Addresses as they stand in our tables, whoever spells them."""

from audiences.models import Channel
from audiences.services import addresses


def normalise(channel: str, address: str) -> str:
    """:raises InvalidAddress: nobody can be reached under it."""
    if channel == Channel.EMAIL:
        return addresses.normalise_email(address)
    return addresses.normalise_phone(address)


def as_stored(channel: str, address: str) -> str:
    """Providers report addresses in their own spelling, and sometimes ones we would refuse."""
    try:
        return normalise(channel, address)
    except addresses.InvalidAddress:
        return address.strip().lower()
