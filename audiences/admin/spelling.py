"""Addresses are kept in one spelling, whoever types them: suppressions are found by it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from audiences.models import Channel
from audiences.services import addresses, erased


def as_stored(channel: str, address: str) -> str:
    """The spelling of an address that was typed; "" for none.

    :raises ValidationError: nobody can be reached under it.
    """
    normalise = addresses.normalise_email if channel == Channel.EMAIL else addresses.normalise_phone
    try:
        return normalise(address) if address else ""
    except addresses.InvalidAddress as error:
        raise ValidationError(str(error)) from error


def refuse_erased(channel: str, address: str) -> str:
    """The address, where nobody who had it was erased.

    :raises ValidationError: its owner wanted to be forgotten.
    """
    if address and erased.is_erased(channel=channel, address=address):
        raise ValidationError(
            _(
                "Whoever has this address asked to be erased. They can subscribe again by"
                " themselves; or lift the erasure, with a reason, under Suppressions: search for"
                " the address there."
            )
        )
    return address
