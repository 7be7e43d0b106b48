"""Personal links: 30 characters stand for one delivery, whoever holds them may act for it."""

import base64
import binascii
import uuid
from typing import Protocol

_NUMBER_BYTES = 6


class BadToken(ValueError):
    """No link of ours looks like this."""


class Numbered(Protocol):
    """A delivery, or what is known of one while it is being sent."""

    pk: int
    key: uuid.UUID


def token(delivery: Numbered) -> str:
    """The delivery's number, by which it is found, and its random key, which nobody can guess."""
    raw = delivery.pk.to_bytes(_NUMBER_BYTES, "big") + delivery.key.bytes
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(token: str) -> tuple[int, uuid.UUID]:
    """Read a delivery's number and key back from a link.

    :raises BadToken: it is no token of ours.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "==")
        return int.from_bytes(raw[:_NUMBER_BYTES], "big"), uuid.UUID(bytes=raw[_NUMBER_BYTES:])
    except (ValueError, binascii.Error) as error:
        raise BadToken(token[:40]) from error


def unsubscribe_path(token: str) -> str:
    return f"/u/{token}/"


def feedback_path(token: str) -> str:
    return f"/f/{token}/"
