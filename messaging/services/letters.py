"""Letters to one person, bare, on the way every message takes: about their subscription, to one of
our own people who is called to act, or one of ours writes to a customer.

No advertising and no images: who asks, what for, one button, and what to do if it was not you.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import override

from audiences import languages
from audiences.models import Channel, Contact, Detail, Segment, Severity, address_field
from messaging import merging
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import brand, wake

# Nobody waits longer for it in front of a page; the link in it works for longer.
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a letter says, in its reader's language.

    `field` is the merge field of its button; without one the button leads to `url`.
    """

    subject: str
    before: Sequence[str]
    button: str = ""
    field: str = ""
    url: str = ""
    after: Sequence[str] = ()
    sms_text: str = ""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """To whom, through what, about which lists; `thread` says what kind of letter it is."""

    contact: Contact
    channel: str
    language: str
    words: Words
    thread: str
    segments: Sequence[Segment] = ()
    facts: dict[str, Any] | None = None
    purpose: Broadcast.Purpose = Broadcast.Purpose.OPT_IN
    lifetime: timedelta = LIFETIME
    # Where it goes; "" is where the contact is reached now.
    address: str = ""


@transaction.atomic
def send(*, letter: Letter, now: datetime) -> Delivery:
    """Let a letter go out with the next sender, before everything else."""
    broadcast = Broadcast.objects.create(
        title=letter.words.subject[:300],
        purpose=letter.purpose,
        priority=Broadcast.Priority.URGENT,
        severity=Severity.CRITICAL,
        supersedes=False,
        thread=letter.thread,
        facts=letter.facts or {},
        channels=[letter.channel],
        state=Broadcast.State.SENDING,
        created_at=now,
        started_at=now,
        # Its one recipient is known: there is nothing to freeze.
        frozen_at=now,
        expires_at=now + letter.lifetime,
    )
    broadcast.segments.set(letter.segments)
    _content(broadcast, letter).save()
    delivery = Delivery.objects.create(
        broadcast=broadcast,
        contact=letter.contact,
        channel=letter.channel,
        address=letter.address or getattr(letter.contact, address_field(letter.channel)),
        language=letter.language,
        detail=Detail.PUBLIC,
    )
    transaction.on_commit(partial(wake.senders, channels=[letter.channel]))
    return delivery


def _content(broadcast: Broadcast, letter: Letter) -> BroadcastContent:
    content = BroadcastContent(
        broadcast=broadcast,
        language=letter.language,
        detail=Detail.PUBLIC,
        subject=letter.words.subject[:300],
        text="",
        html="",
        sms_text="",
    )
    if letter.channel == Channel.SMS:
        content.sms_text = letter.words.sms_text
        return content
    look = brand.look()
    context = {
        "words": letter.words,
        "url": merging.FIELDS.get(letter.words.field, letter.words.url),
        "salutation": merging.FIELDS["salutation"],
        "organisation": settings.ORGANISATION_NAME,
        "home": settings.PUBLIC_BASE_URL,
        "language": letter.language,
        "look": look,
        "imprint": languages.pick(look.imprint, letter.language),
    }
    with override(letter.language):
        content.html = render_to_string("messaging/letter.html", context)
        content.text = render_to_string("messaging/letter.txt", context)
    return content
