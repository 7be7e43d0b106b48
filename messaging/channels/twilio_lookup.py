"""Asking Twilio which texts a number was sent: the only trace of a call whose answer was lost.

https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import requests
from django_twilio.settings import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN
from twilio.base.exceptions import TwilioException
from twilio.rest import Client

from messaging.channels.sms import TwilioHttp

TIMEOUT_SECONDS = 5
# More texts to one number since one moment are not looked through.
_AT_MOST = 50


class NoAnswer(Exception):
    """Twilio did not say; it may be asked again later."""


@dataclass(frozen=True)
class Sighting:
    """A text that Twilio knows of."""

    sid: str
    body: str
    status: str
    error_code: str
    created_at: datetime | None


Ask = Callable[[str, datetime], list[Sighting]]


@contextmanager
def open_line() -> Iterator[Ask]:
    """A kept connection, over which one asks for the texts to a number since a moment.

    Asking raises NoAnswer.
    """
    http = TwilioHttp()
    http.timeout = TIMEOUT_SECONDS
    client = Client(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, http_client=http)
    try:
        yield lambda number, since: _ask(client, number, since)
    finally:
        http.close()


def _ask(client: Client, number: str, since: datetime) -> list[Sighting]:
    try:
        found = client.messages.list(to=number, date_sent_after=since, limit=_AT_MOST)
    except (TwilioException, requests.RequestException, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
    return [
        Sighting(
            sid=str(one.sid),
            body=str(one.body or ""),
            status=str(one.status),
            error_code=str(one.error_code or ""),
            created_at=one.date_created,
        )
        for one in found
    ]
