"""Posting to our webhooks as Twilio does, with its signature."""

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

ACCOUNT = settings.TWILIO_ACCOUNT_SID
BASE_URL = settings.PUBLIC_BASE_URL


def post(
    client: Client,
    path: str,
    form: dict[str, str],
    *,
    token: str = settings.TWILIO_AUTH_TOKEN,
    signed_url: str = "",
    host: str = "testserver",
) -> HttpResponse:
    form = {"AccountSid": ACCOUNT, **form}
    signature = RequestValidator(token).compute_signature(signed_url or BASE_URL + path, form)
    return client.post(path, form, headers={"X-Twilio-Signature": signature, "Host": host})
