"""Addresses are kept in one spelling, whoever types them: suppressions are found by it."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from audiences.services import erased, spelling
from audiences.services.addresses import InvalidAddress


def checked(channel: str, address: str) -> str:
    """The spelling of an address that was typed; "" for none.

    :raises ValidationError: nobody can be reached under it.
    """
    try:
        return spelling.normalise(channel, address) if address else ""
    except InvalidAddress as error:
        raise ValidationError(str(error)) from error


def refuse_erased(channel: str, address: str, *, beside: str = "") -> str:
    """The address, where nobody who had it was erased, or others than they have it, too: the
    number of a desk `beside` a mailbox.

    :raises ValidationError: its owner wanted to be forgotten.
    """
    if not address or not erased.is_erased(channel=channel, address=address):
        return address
    if not beside or erased.tells_who(channel=channel, address=address):
        raise ValidationError(
            _(
                "Whoever has this address asked to be erased. They can subscribe again by"
                " themselves; or lift the erasure, with a reason, under Suppressions: search for"
                " the address there."
            )
        )
    return address
