"""Personal links: 30 characters stand for one delivery, whoever holds them may act for it."""

import base64
import binascii
import hashlib
import hmac
from typing import Protocol

from django.db.models import QuerySet

from messaging.models import Broadcast, Delivery

_NUMBER_BYTES, _SEAL_BYTES = 6, 16


class Numbered(Protocol):
    """A delivery, or what is known of one while it is being sent."""

    pk: int
    broadcast: Broadcast


def token(delivery: Numbered) -> str:
    """The delivery's number, by which it is found, and its seal, which nobody can guess."""
    number = delivery.pk.to_bytes(_NUMBER_BYTES, "big")
    return base64.urlsafe_b64encode(number + _seal(number, delivery.broadcast)).decode().rstrip("=")


def find(token: str, deliveries: QuerySet[Delivery]) -> Delivery | None:
    """The one of these deliveries whose link this is; None where it is no link of ours."""
    try:
        raw = base64.urlsafe_b64decode(token + "==")
    except (ValueError, binascii.Error):
        return None
    number, seal = raw[:_NUMBER_BYTES], raw[_NUMBER_BYTES:]
    delivery = deliveries.filter(pk=int.from_bytes(number, "big")).first()
    if delivery and hmac.compare_digest(seal, _seal(number, delivery.broadcast)):
        return delivery
    return None


def unsubscribe_path(token: str) -> str:
    return f"/u/{token}/"


def feedback_path(token: str) -> str:
    return f"/f/{token}/"


def _seal(number: bytes, broadcast: Broadcast) -> bytes:
    """Made from a secret of the broadcast's own: a row of a million need not keep one each."""
    key = broadcast.secret.bytes
    return hashlib.blake2b(number, key=key, digest_size=_SEAL_BYTES).digest()
