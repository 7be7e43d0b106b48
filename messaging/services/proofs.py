"""A proof: exactly what a reader gets, marked as a test, sent to whoever looks at it, alone.

It goes through the same channel as everything, but is no broadcast: nothing counts it, no page
shows it, and it is not tried again. Its sender is there and sees at once how it went.
"""

import re
import uuid
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from audiences.models import Channel, Suppression
from messaging.channels import Accepted, Content, DeliveryFailure, Message, UnknownOutcome, registry
from messaging.merging import FIELDS
from messaging.services import brand, circuits, own_addresses, throttling
from messaging.services.looks import Look

# So many in so many seconds are enough to look at something, and too few to bother anybody.
MOST, WITHIN_SECONDS = 10, 600
_BODY = re.compile(r"<body\b[^>]*>")
_BANNER = (
    '<div style="background: #7a4a00; color: #ffffff; padding: 12px 28px;'
    ' font: 16px/1.5 sans-serif"><strong>{}</strong> · {}</div>'
)


class CannotSend(Exception):
    """Nothing was sent; the message says why, and what to do about it."""


@dataclass(frozen=True)
class Sent:
    """`is_certain` is false where the provider did not answer: it may have been sent."""

    address: str
    is_certain: bool = True


def send(*, look: Look, by: User) -> Sent:
    """Send what somebody looks at to their own address on its channel.

    :raises CannotSend: no address, too many of them, the channel is stopped, or it was refused.
    """
    address = _address(by, look.channel)
    _check(look.channel, address, by)
    message = _message(marked(look), address)
    try:
        with registry.get(look.channel).open() as connection:
            outcome = next(iter(connection.send([message])), None)
    except DeliveryFailure as failure:
        outcome = failure
    if isinstance(outcome, Accepted):
        return Sent(address)
    if isinstance(outcome, UnknownOutcome):
        return Sent(address, is_certain=False)
    raise CannotSend(
        _("The provider did not take it: %(why)s. Mend that, then send the test again.")
        % {"why": outcome or _("no reason given")}
    )


def marked(look: Look) -> Look:
    """Nobody takes it for the real thing, on whatever small screen it is read."""
    with override(look.language):
        mark = pgettext("message to oneself", "Test")
        why = _("Only you get this. Nothing of it was sent to customers.")
    label = f"[{mark.upper()}]"
    if look.channel == Channel.SMS:
        return replace(look, sms_text=f"{label} {look.sms_text}")
    banner = format_html(_BANNER, mark.upper(), why)
    return replace(
        look,
        subject=f"{label} {look.subject}",
        text=f"*** {mark.upper()} ***\n{why}\n\n{look.text}",
        html=_BODY.sub(lambda body: body[0] + banner, look.html, count=1),
    )


def _address(by: User, channel: str) -> str:
    if address := own_addresses.of(by)[channel]:
        return address
    if channel == Channel.SMS:
        words = _("No telephone number of yours is known: add one to your contact as a responder.")
        raise CannotSend(words)
    raise CannotSend(_("Your account has no e-mail address: add one to it under People."))


def _check(channel: str, address: str, by: User) -> None:
    if circuits.is_stopped(channel=channel):
        words = _("%(channel)s is stopped: see under Stopped channels why, and let it try again.")
        raise CannotSend(words % {"channel": Channel(channel).label})
    if Suppression.objects.active().filter(channel=channel, address=address).exists():
        words = _("%(address)s must not be written to: lift that under Suppressions first.")
        raise CannotSend(words % {"address": address})
    if not _is_few(by) or not throttling.draw(channel=channel, wanted=1):
        raise CannotSend(_("These are many tests in a short time: wait some minutes."))


def _is_few(by: User) -> bool:
    key = f"proofs-{by.pk}"
    cache.add(key, 0, timeout=WITHIN_SECONDS)
    return cache.incr(key) <= MOST


def _message(look: Look, address: str) -> Message:
    content = Content(
        look.subject,
        look.text,
        look.html,
        look.sms_text,
        {"Auto-Submitted": "auto-generated"},
        brand.travelling_with(look.html),
    )
    return Message(
        # No delivery has this number: what the provider says of it later concerns nobody.
        id=0,
        to=address,
        content=content,
        values=dict.fromkeys(FIELDS, ""),
        headers={"Message-ID": f"<test.{uuid.uuid4().hex}@{settings.MAIL_DOMAIN}>"},
    )
