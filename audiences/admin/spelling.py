"""Addresses are kept in one spelling, whoever types them: suppressions are found by it."""

from django.core.exceptions import ValidationError

from audiences.models import Channel
from audiences.services import addresses


def as_stored(channel: str, address: str) -> str:
    """The spelling of an address that was typed; "" for none.

    :raises ValidationError: nobody can be reached under it.
    """
    normalise = addresses.normalise_email if channel == Channel.EMAIL else addresses.normalise_phone
    try:
        return normalise(address) if address else ""
    except addresses.InvalidAddress as error:
        raise ValidationError(str(error)) from error
