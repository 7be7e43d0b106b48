"""Addresses as they stand in our tables, whoever spells them."""

from audiences.models import Channel
from audiences.services import addresses


def as_stored(channel: str, address: str) -> str:
    """Providers report addresses in their own spelling, and sometimes ones we would refuse."""
    try:
        if channel == Channel.EMAIL:
            return addresses.normalise_email(address)
        return addresses.normalise_phone(address)
    except addresses.InvalidAddress:
        return address.strip().lower()
