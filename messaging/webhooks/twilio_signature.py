"""Only Twilio gets in: https://www.twilio.com/docs/usage/webhooks/webhooks-security

The library's own decorator skips this with DEBUG, and builds the address from the Host header,
which a proxy or an attacker may set; the signature is over the address Twilio was given.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils.crypto import constant_time_compare
from django_twilio.settings import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN
from twilio.request_validator import RequestValidator, add_port, remove_port

from messaging.webhooks.entrance import P, View, webhook

_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def signed_by_twilio(view: View[P]) -> View[P]:
    """Answer 403 to whatever our own Twilio account did not send to this very address."""

    @webhook("POST")
    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not _is_genuine(request):
            return HttpResponseForbidden()
        return view(request, *args, **kwargs)

    return wrapped


def _is_genuine(request: HttpRequest) -> bool:
    given = request.headers.get("X-Twilio-Signature", "")
    signed: Mapping[str, Any]
    said: Mapping[str, Any]
    if request.content_type in _FORMS:
        signed, said = request.POST, request.POST
    else:
        if not _has_promised_body(request):
            return False
        signed, said = {}, _json(request.body)
    is_signed = any(
        constant_time_compare(given, expected) for expected in _signatures(request, signed)
    )
    return is_signed and said.get("AccountSid") == TWILIO_ACCOUNT_SID


def _signatures(request: HttpRequest, fields: Mapping[str, Any]) -> Iterator[str]:
    """Every one that would do: with the token of today or an earlier one; Twilio is not consistent
    about the port."""
    address = urlsplit(settings.PUBLIC_BASE_URL + request.get_full_path())
    for token in (TWILIO_AUTH_TOKEN, *settings.TWILIO_AUTH_TOKEN_FALLBACKS):
        validator = RequestValidator(token)
        for url in (remove_port(address), add_port(address)):
            yield validator.compute_signature(url, fields)


def _has_promised_body(request: HttpRequest) -> bool:
    """A body that is no form is not signed itself: its hash stands in the signed address."""
    promised = request.GET.get("bodySHA256", "")
    return constant_time_compare(promised, hashlib.sha256(request.body).hexdigest())


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
