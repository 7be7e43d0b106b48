"""Who a contact was before two became one: old links, and an erasure, go by it."""

from collections.abc import Collection

from audiences.models import Contact, ContactAlias

_NAMES = ("name", "email", "phone")


def current(*, number: int) -> int:
    """The number a contact has now that had this one when it was written down."""
    into = ContactAlias.objects.filter(number=number).values_list("contact", flat=True)
    return into.first() or number


def remember(*, kept: Contact, gone: Contact, from_gone: Collection[str]) -> None:
    """Note what is given up where a contact is merged into another, before either is changed.

    Whatever was merged into the one that goes follows it: nobody has to go along a chain.
    """
    ContactAlias.objects.filter(contact=gone).update(contact=kept)
    given_up = {name: getattr(kept if name in from_gone else gone, name) for name in _NAMES}
    ContactAlias.objects.create(number=gone.pk, contact=kept, **given_up)
