"""Who a contact was before: old links, imports and an erasure go by it."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db.models import F

from audiences.models import Channel, Contact, ContactAlias, address_field

_NAMES = ("name", "email", "phone")


def current(*, number: int) -> int:
    """The number a contact has now that had this one when it was written down."""
    into = ContactAlias.objects.filter(number=number).values_list("contact", flat=True)
    return into.first() or number


def only_address(*, contact: Contact, channel: str) -> str:
    """The address of a contact on a channel, if they have never had another there; or ""."""
    field = address_field(channel)
    address = str(getattr(contact, field))
    others = contact.aliases.exclude(**{f"{field}__in": ("", address)})
    return "" if others.exists() else address


def address(*, number: int, channel: str) -> str:
    """Where a contact that was merged into another was reached until then; "" where nowhere."""
    known = ContactAlias.objects.filter(number=number)
    return known.values_list(address_field(channel), flat=True).first() or ""


def left(*, channel: str, addresses: Mapping[int, str]) -> dict[int, datetime | None]:
    """Those of the contacts, given by their numbers with an address each, who had it before, and
    when they left it, where that was noted."""
    field = address_field(channel)
    theirs = ContactAlias.objects.filter(contact__in=addresses).exclude(**{field: ""})
    found = theirs.order_by(F("left_at").asc(nulls_first=True))
    return {
        number: at
        for number, address, at in found.values_list("contact", field, "left_at")
        if addresses[number] == address
    }


def remember(*, kept: Contact, gone: Contact, from_gone: Collection[str]) -> None:
    """Note who two contacts were where one is merged into the other, before either is changed.

    Whatever was merged into the one that goes follows it: nobody has to go along a chain.
    """
    ContactAlias.objects.filter(contact=gone).update(contact=kept)
    ContactAlias.objects.create(number=gone.pk, contact=kept, **_as_it_was(gone))
    if not set(_NAMES).isdisjoint(from_gone):
        ContactAlias.objects.create(contact=kept, **_as_it_was(kept))


def remember_moves(*, channel: str, left: Mapping[int, str], now: datetime) -> None:
    """Note the addresses that contacts, given by their numbers, have no longer, since when; each
    once. Whoever got a first mailbox has been known by the number alone."""
    field = address_field(channel)
    before = ContactAlias.objects.filter(contact__in=left).values_list("contact", field, "pk")
    known = {(number, address): pk for number, address, pk in before}
    again = [known[one] for one in left.items() if one in known and one[1]]
    ContactAlias.objects.filter(pk__in=again).update(left_at=now)
    people = Contact.objects.filter(pk__in=left).only("email", "phone").order_by("pk")
    if channel == Channel.EMAIL:
        ContactAlias.objects.bulk_create(
            ContactAlias(contact=one, phone=one.phone) for one in people if not left[one.pk]
        )
    ContactAlias.objects.bulk_create(
        ContactAlias(contact=one, left_at=now, **{"email": one.email, field: left[one.pk]})
        for one in people
        if left[one.pk] and (one.pk, left[one.pk]) not in known
    )


def remember_names(*, left: Mapping[int, str]) -> None:
    """Note under which names contacts, given by their numbers, were known until now; each once.

    Of a single word nobody can tell whom it means where others have written it.
    """
    full = {number: name for number, name in left.items() if len(name.split()) > 1}
    known = set(ContactAlias.objects.filter(contact__in=full).values_list("contact", "name"))
    ContactAlias.objects.bulk_create(
        ContactAlias(contact_id=number, name=name)
        for number, name in sorted(full.items())
        if (number, name) not in known
    )


def whose(*, identities: Collection[str]) -> dict[str, int]:
    """Whom mailboxes, or numbers of people who had nothing else, used to reach: the number of the
    contact that was known by each last."""
    by_mail = ContactAlias.objects.filter(email__in=[one for one in identities if "@" in one])
    by_phone = ContactAlias.objects.filter(
        email="", phone__in=[one for one in identities if "@" not in one]
    )
    found = by_mail.order_by("pk").values_list("email", "contact")
    return dict(found) | dict(by_phone.order_by("pk").values_list("phone", "contact"))


def _as_it_was(contact: Contact) -> dict[str, str]:
    return {name: getattr(contact, name) for name in _NAMES}
