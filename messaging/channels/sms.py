"""SMS through Twilio. Creating a message has no idempotency key, so nothing is repeated blindly."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from django.conf import settings
from django_twilio.settings import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN
from twilio.base import values
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from messaging.channels import Accepted, DeliveryFailure, Message, Outcome, SenderFault
from messaging.channels.sms_errors import classify
from messaging.channels.sms_senders import kind

CONNECT_SECONDS, READ_SECONDS = 5, 15
# https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource
LONGEST_VALIDITY = 36_000
# Five tries on every kind of failure instead of one: the callback is our proof of acceptance.
# https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
PERSISTENT = "#rc=5&rp=all"


class TwilioHttp(TwilioHttpClient):
    """Has time-outs, never retries by itself, and goes to the address the settings name."""

    def __init__(self) -> None:
        super().__init__(pool_connections=True, max_retries=0)
        # The constructor takes one number; what is stored goes to requests, which takes two.
        self.timeout = (CONNECT_SECONDS, READ_SECONDS)  # type: ignore[assignment]

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
        callback = message.callback_url
        try:
            created = self.client.messages.create(
                to=message.to,
                body=message.sms_text,
                status_callback=callback + PERSISTENT if callback else values.unset,
                validity_period=min(max(message.valid_seconds, 1), LONGEST_VALIDITY),
                **_sender(),
            )
        except (TwilioRestException, requests.RequestException) as error:
            raise classify(error) from error
        return str(created.sid)


def _sender() -> dict[str, str]:
    sender = settings.TWILIO_FROM
    return {"messaging_service_sid" if kind(sender) == "service" else "from_": sender}


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
