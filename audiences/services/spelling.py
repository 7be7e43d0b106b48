"""Addresses as they stand in our tables, whoever spells them."""

import idna

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


def as_read(address: str) -> str:
    """An address as its owner writes it: with the letters of its domain."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{idna.decode(domain)}" if at else address
    except idna.IDNAError:
        return address
