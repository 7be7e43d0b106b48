"""Personal links: 22 characters stand for one delivery, whoever holds them may act for it."""

import base64
import binascii
import uuid

from django.conf import settings


class BadToken(ValueError):
    """No link of ours looks like this."""


def token(key: uuid.UUID) -> str:
    return base64.urlsafe_b64encode(key.bytes).decode().rstrip("=")


def delivery_key(token: str) -> uuid.UUID:
    """Read the delivery's key back from a link.

    :raises BadToken: it is no token of ours.
    """
    try:
        return uuid.UUID(bytes=base64.urlsafe_b64decode(token + "=="))
    except (ValueError, binascii.Error) as error:
        raise BadToken(token[:40]) from error


def unsubscribe_url(key: uuid.UUID) -> str:
    return f"{settings.PUBLIC_BASE_URL}/u/{token(key)}/"


def feedback_url(key: uuid.UUID) -> str:
    return f"{settings.PUBLIC_BASE_URL}/f/{token(key)}/"
