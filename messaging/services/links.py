"""Personal links: 35 characters stand for what one person was told by one broadcast on one channel.

They name the person and the broadcast, not the delivery's row, so they work for as long as those
two exist, however soon deliveries are cleared away; of a contact that was merged into another they
lead to that one. The seal is made with the broadcast's own secret: no row of a million has to keep
one, and no key of the installation can lapse.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from audiences.models import Channel, Contact, Detail, address_field
from audiences.services import aliases
from messaging.models import Broadcast, Delivery

_NUMBER_BYTES, _BROADCAST_BYTES, _SEAL_BYTES = 6, 4, 16
# Stands in the lowest bits of the contact's number, for ever: add, never renumber.
_CHANNELS = {Channel.EMAIL.value: 0, Channel.SMS.value: 1}
_CHANNEL_BITS = 3
# Of a message that is cleared away, where its person has had several addresses.
_UNKNOWN = "…"


def token(delivery: Delivery) -> str:
    """The link of a delivery that is for somebody."""
    return token_of(
        contact=delivery.contact_id or 0, broadcast=delivery.broadcast, channel=delivery.channel
    )


def token_of(*, contact: int, broadcast: Broadcast, channel: str) -> str:
    """Who was told what, by which it is found, and its seal, which nobody can guess."""
    number = contact << _CHANNEL_BITS | _CHANNELS[channel]
    name = number.to_bytes(_NUMBER_BYTES, "big") + (broadcast.pk or 0).to_bytes(
        _BROADCAST_BYTES, "big"
    )
    return base64.urlsafe_b64encode(name + _seal(name, broadcast)).decode().rstrip("=")


def find(token: str, told: Callable[[int, int, str], Delivery | None]) -> Delivery | None:
    """The delivery whose link this is; None where it is no link of ours. `told` finds one by its
    contact, broadcast and channel.

    Thousands come at once after a mailing: it is one question, and its seal is looked at after.
    """
    named = _read(token)
    if named is None:
        return None
    found = told(named.contact, named.broadcast, named.channel)
    if found is None and (number := aliases.current(number=named.contact)) != named.contact:
        found = told(number, named.broadcast, named.channel)
    return _as_sent(found, named) if found and _is_sealed(named, found.broadcast) else None


def is_current(delivery: Delivery) -> bool:
    """Whether a link came to the address that its person has now.

    Whoever reads another may stop what comes, and neither see nor agree to anything: that mailbox
    may be somebody else's by now, and nobody at the new one has said a word.
    """
    contact = delivery.contact
    return contact is not None and delivery.address == getattr(
        contact, address_field(delivery.channel)
    )


def opened(delivery: Delivery) -> list[str]:
    """The channels that a link lets its holder see and change.

    A number that a file brought may be a stranger's, and who confirms it has not proven to read
    the mailbox that stands beside it.
    """
    assert delivery.contact, "an erased person has no page"
    is_text_alone = delivery.channel == Channel.SMS and bool(delivery.contact.email)
    return [Channel.SMS.value] if is_text_alone else list(Channel.values)


def letter(token: str) -> Delivery | None:
    """What the holder of a link was sent: the delivery, or, once it has been cleared away, as much
    of it as is still known, without a number. None where it is no link of ours, or nobody's."""
    opened = _open(token)
    if opened is None:
        return None
    named, broadcast = opened
    contact_id, channel = aliases.current(number=named.contact), named.channel
    kept = Delivery.objects.select_related("broadcast", "contact", "segment")
    if found := kept.filter(contact=contact_id, broadcast=broadcast, channel=channel).first():
        return _as_sent(found, named)
    contact = Contact.objects.filter(pk=contact_id).first()
    if contact is None:
        return None
    return Delivery(
        broadcast=broadcast,
        contact=contact,
        channel=channel,
        address=aliases.only_address(contact=contact, channel=channel) or _UNKNOWN,
        language=contact.spoken,
        detail=Detail.PUBLIC,
    )


def of_nobody() -> dict[str, str]:
    """Links by their merge fields that lead nowhere, and are as long as everybody's."""
    seal = token_of(contact=0, broadcast=Broadcast(), channel=Channel.SMS)
    paths = {
        "unsubscribe_url": unsubscribe_path(seal),
        "feedback_url": feedback_path(seal),
        "preferences_url": preferences_path(seal),
        "confirm_url": confirm_path(seal),
    }
    return {field: settings.PUBLIC_BASE_URL + path for field, path in paths.items()}


def unsubscribe_path(token: str) -> str:
    return f"/u/{token}/"


def feedback_path(token: str) -> str:
    return f"/f/{token}/"


def preferences_path(token: str) -> str:
    return f"/p/{token}/"


def confirm_path(token: str) -> str:
    return f"/c/{token}/"


@dataclass(frozen=True)
class _Named:
    """What a link says before anybody has looked at its seal."""

    name: bytes
    seal: bytes

    @property
    def _number(self) -> int:
        return int.from_bytes(self.name[:_NUMBER_BYTES], "big")

    @property
    def contact(self) -> int:
        return self._number >> _CHANNEL_BITS

    @property
    def channel(self) -> str:
        index = self._number & (1 << _CHANNEL_BITS) - 1
        return next((code for code, known in _CHANNELS.items() if known == index), "")

    @property
    def broadcast(self) -> int:
        return int.from_bytes(self.name[_NUMBER_BYTES:], "big")


def _read(token: str) -> _Named | None:
    try:
        raw = base64.urlsafe_b64decode(token + "==")
    except (ValueError, binascii.Error):
        return None
    end = _NUMBER_BYTES + _BROADCAST_BYTES
    return _Named(raw[:end], raw[end:])


def _as_sent(found: Delivery, named: _Named) -> Delivery:
    """Of two who were merged both may have got the same, and the message that is found is the
    other's: a link of the one that is gone went where nobody is reached now, see `is_current()`."""
    if found.contact_id == named.contact or found.contact is None:
        return found
    address = aliases.address(number=named.contact, channel=named.channel)
    if address != getattr(found.contact, address_field(named.channel)):
        found.address = address or _UNKNOWN
    return found


def _open(token: str) -> tuple[_Named, Broadcast] | None:
    """What a link with an unbroken seal says, and its broadcast."""
    named = _read(token)
    broadcast = Broadcast.objects.filter(pk=named.broadcast).first() if named else None
    if named is None or broadcast is None or not _is_sealed(named, broadcast):
        return None
    return named, broadcast


def _is_sealed(named: _Named, broadcast: Broadcast) -> bool:
    return hmac.compare_digest(named.seal, _seal(named.name, broadcast))


def _seal(name: bytes, broadcast: Broadcast) -> bytes:
    key = broadcast.secret.bytes
    return hashlib.blake2b(name, key=key, digest_size=_SEAL_BYTES).digest()
