"""Letters to one person, bare, on the way every message takes: about their subscription, to one of
our own people who is called to act, or one of ours writes to a customer.

No advertising and no images: who asks, what for, one button, and what to do if it was not you.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import override

from audiences import languages
from audiences.models import Channel, Contact, Detail, Segment, Severity, address_field
from messaging import merging
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import brand, markdown, plain_text, wake
from messaging.services.brand import Design

# Nobody waits longer for it in front of a page; the link in it works for longer.
LIFETIME = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Words:
    """What a letter says, in its reader's language.

    `field` is the merge field of its button; without one the button leads to `url`.
    """

    subject: str
    button: str = ""
    before: Sequence[str] = ()
    # Markdown with its own greeting, in place of `before`.
    body: str = ""
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


def _priority(letter: Letter) -> Broadcast.Priority:
    is_call = letter.purpose == Broadcast.Purpose.DUTY
    return Broadcast.Priority.CALL if is_call else Broadcast.Priority.URGENT


@transaction.atomic
def send(*, letter: Letter, now: datetime) -> Delivery:
    """Let a letter go out with the next sender; a call to one of our own before everything else."""
    broadcast = _begin(
        title=letter.words.subject,
        purpose=letter.purpose,
        priority=_priority(letter),
        thread=letter.thread,
        facts=letter.facts or {},
        channels=[letter.channel],
        now=now,
        lifetime=letter.lifetime,
    )
    broadcast.segments.set(letter.segments)
    _keep(broadcast, content(letter.language, letter.words, [letter.channel]))
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


@transaction.atomic
def send_to_all(
    *,
    contacts: Sequence[Contact],
    words: Mapping[str, Words],
    purpose: Broadcast.Purpose,
    thread: str,
    by: User,
    now: datetime,
) -> Broadcast:
    """Let a letter go to some people by e-mail, each in their language, when there is time."""
    broadcast = _begin(
        title=words[settings.LANGUAGE_CODE].subject,
        purpose=purpose,
        priority=Broadcast.Priority.BULK,
        thread=thread,
        facts={},
        channels=[Channel.EMAIL.value],
        now=now,
        lifetime=LIFETIME,
        by=by,
    )
    for language, said in words.items():
        _keep(broadcast, content(language, said, [Channel.EMAIL]))
    Delivery.objects.bulk_create(
        Delivery(
            broadcast=broadcast,
            contact=one,
            channel=Channel.EMAIL.value,
            address=one.email,
            language=one.spoken,
            detail=Detail.PUBLIC,
        )
        for one in contacts
    )
    transaction.on_commit(partial(wake.senders, channels=[Channel.EMAIL.value]))
    return broadcast


def _begin(
    *, title: str, now: datetime, lifetime: timedelta, by: User | None = None, **about: Any
) -> Broadcast:
    return Broadcast.objects.create(
        title=title[:300],
        severity=Severity.CRITICAL,
        supersedes=False,
        state=Broadcast.State.SENDING,
        created_at=now,
        started_at=now,
        started_by=by,
        # Its recipients are known: there is nothing to freeze.
        frozen_at=now,
        expires_at=now + lifetime,
        **about,
    )


def _keep(broadcast: Broadcast, content: BroadcastContent) -> None:
    content.broadcast = broadcast
    content.save()


def content(
    language: str, words: Words, channels: Collection[str] = Channel.values
) -> BroadcastContent:
    """What a letter says by these channels, not stored."""
    said = BroadcastContent(
        language=language,
        detail=Detail.PUBLIC,
        subject=words.subject[:300],
        text="",
        html="",
        sms_text=words.sms_text if Channel.SMS in channels else "",
    )
    if Channel.EMAIL in channels:
        said.html, said.text = laid_out(language, words, brand.design())
    return said


def laid_out(language: str, words: Words, design: Design) -> tuple[str, str]:
    """A letter as HTML and as plain text, its merge fields still open."""
    context = {
        "words": words,
        "url": merging.FIELDS.get(words.field, words.url),
        "salutation": merging.FIELDS["salutation"],
        "organisation": settings.ORGANISATION_NAME,
        "home": settings.PUBLIC_BASE_URL,
        "language": language,
        "design": design,
        # to_html() sanitises what a manager wrote.
        "shown": mark_safe(markdown.to_html(words.body)),
        "said": plain_text.to_text(words.body),
        "imprint": languages.pick(design.imprint, language),
    }
    with override(language):
        html = render_to_string("messaging/letter.html", context)
        return html, render_to_string("messaging/letter.txt", context)
