"""The signed link in a call: whoever holds it may answer that call, and nothing else.

It says which call and when it was written. The seal is made with the installation's key.
"""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36

from incidents.models import DutyCall

# Long enough for what is due in days; whether there is still something to do is asked each time.
LIFETIME = timedelta(days=7)
_SIGNER = signing.Signer(sep="~", salt="incidents.duty-call")


class BadLink(Exception):
    """It is none of ours, or not whole."""


class Expired(Exception):
    """It was once; whoever needs to act uses the admin, or a newer call."""


def url(call: DutyCall, *, now: datetime) -> str:
    return settings.PUBLIC_BASE_URL + path(call, now=now)


def path(call: DutyCall, *, now: datetime) -> str:
    name = f"{int_to_base36(call.pk)}.{int_to_base36(int(now.timestamp()))}"
    return reverse("duty-call", args=[_SIGNER.sign(name)])


def open(token: str, *, now: datetime) -> DutyCall:
    """:raises BadLink: nobody may act by it.
    :raises Expired: it is too old.
    """
    try:
        call_id, written = map(base36_to_int, _SIGNER.unsign(token).split("."))
    except (signing.BadSignature, ValueError) as error:
        raise BadLink from error
    if now - datetime.fromtimestamp(written, UTC) > LIFETIME:
        raise Expired
    call = DutyCall.objects.select_related("incident", "user").filter(pk=call_id).first()
    if call is None:
        raise BadLink
    return call
