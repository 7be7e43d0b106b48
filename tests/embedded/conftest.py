"""Clients of the stand-ins."""

import smtplib
from collections.abc import Iterator

import pytest
from django.conf import settings
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests.standins import Standins


class StandinHttpClient(TwilioHttpClient):
    """Twilio's own client library, led to the stand-in."""

    def __init__(self, base_url: str, timeout: float = 10) -> None:
        super().__init__(timeout=timeout)
        self.base_url = base_url

    def request(self, method, url, *args, **kwargs):
        there = url.replace("https://api.twilio.com", self.base_url)
        return super().request(method, there, *args, **kwargs)


@pytest.fixture
def smtp(standins_at_work: Standins) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", standins_at_work.ports.smtp, timeout=10) as client:
        yield client


@pytest.fixture
def twilio(standins_at_work: Standins) -> Iterator[Client]:
    http_client = StandinHttpClient(standins_at_work.url)
    yield Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=http_client)
    http_client.session.close()
