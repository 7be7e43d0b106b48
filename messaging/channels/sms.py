"""SMS through Twilio. Creating a message has no idempotency key, so nothing is repeated blindly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django_twilio.settings import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from messaging.channels import (
    Accepted,
    DeadAddress,
    DeliveryFailure,
    Message,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.channels.http import never_left

# https://www.twilio.com/docs/api/errors
_DEAD = {21610, 21211, 21614}  # opted out, invalid, no mobile number
_OURS = {20003, 20404, 21606, 21212, 21659, 21660}  # credentials, sender
_LATER = {20429, 14107}  # rate limits: certainly not processed


class TwilioHttp(TwilioHttpClient):
    """Has a time-out, never retries by itself, and goes to the address the settings name."""

    def __init__(self) -> None:
        super().__init__(pool_connections=True, timeout=10, max_retries=0)

    # The library's two base classes disagree on a parameter's name.
    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, **kwargs: Any
    ) -> Any:
        here = urlsplit(settings.TWILIO_API_BASE_URL)
        there = urlsplit(url)
        if there.hostname == "api.twilio.com":
            url = urlunsplit((here.scheme, here.netloc, there.path, there.query, ""))
        return super().request(method, url, *args, **kwargs)

    def close(self) -> None:
        if self.session:
            self.session.close()


class SmsConnection:
    def __init__(self, client: Client) -> None:
        self.client = client

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        for message in messages:
            if message.is_recalled:
                yield None
                continue
            try:
                yield Accepted(self._create(message))
            except DeliveryFailure as failure:
                yield failure
                if isinstance(failure, SenderFault):
                    return

    def _create(self, message: Message) -> str:
        sender = (
            {"messaging_service_sid": settings.TWILIO_FROM}
            if settings.TWILIO_FROM.startswith("MG")
            else {"from_": settings.TWILIO_FROM}
        )
        try:
            created = self.client.messages.create(
                to=message.to,
                body=message.sms_text,
                status_callback=message.callback_url,
                **sender,
            )
        except (TwilioRestException, requests.RequestException) as error:
            raise classify(error) from error
        return str(created.sid)


class SmsChannel:
    marks_each = True
    batch_size = 1

    @contextmanager
    def open(self) -> Iterator[SmsConnection]:
        http = TwilioHttp()
        try:
            yield SmsConnection(Client(TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, http_client=http))
        finally:
            http.close()


def classify(error: TwilioRestException | requests.RequestException) -> DeliveryFailure:
    if never_left(error):
        return TemporaryFailure("connect", str(error))
    if isinstance(error, requests.RequestException):
        return UnknownOutcome(type(error).__name__, str(error))
    code = int(error.code or error.status)
    if error.status == 429 or code in _LATER:
        return TemporaryFailure(code, error.msg)
    if error.status >= 500:
        return UnknownOutcome(code, error.msg)
    if code in _DEAD:
        return DeadAddress(code, error.msg)
    if code in _OURS or error.status in (401, 403):
        return SenderFault(code, error.msg)
    return PermanentFailure(code, error.msg)
