"""Every shipped text as the mail that a customer gets, with the facts of a made-up incident."""

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeAlias

from django.test import override_settings
from django.utils.translation import override

from audiences import languages
from audiences.models import Segment
from messaging.admin import preview
from messaging.channels import Content, Inline, Message, mime
from messaging.models import Broadcast, Template, TemplateVariant
from messaging.services import (
    barring,
    brand,
    composition,
    letter_words,
    letters,
    library,
    placeholders,
    rendering,
    staff_words,
)
from messaging.services.letters import Words

BASE_URL = "https://status.example.com"
PRODUCTION = {
    "PUBLIC_BASE_URL": BASE_URL,
    "MAIL_DOMAIN": "status.example.com",
    "ORGANISATION_NAME": "Beispiel & Söhne",
    "DEFAULT_FROM_EMAIL": "Beispiel & Söhne <status@status.example.com>",
}
# A picture of one pixel, whose bytes are nobody's.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_LOGO = brand.LogoLook("0" * 32, "png", 176, 44)
_IMPRINT = {
    "de": "Beispiel & Söhne GmbH\nMusterweg 1, 04109 Leipzig",
    "en": "Beispiel & Söhne GmbH\n1 Sample Way, 04109 Leipzig",
}
Purpose: TypeAlias = Broadcast.Purpose
_PURPOSES: Mapping[str, Purpose] = {
    **dict.fromkeys(Template.ASKING, Purpose.FEEDBACK),
    **dict.fromkeys(Template.DUTY, Purpose.DUTY),
    Template.Stage.CORRECTION: Purpose.CORRECTION,
}
_LISTS = (Segment(name="Portal & API"), Segment(name="Shop"))
# Nobody edits these.
_LETTERS: Mapping[str, Callable[[], Words]] = {
    "please_confirm": partial(letter_words.please_confirm, _LISTS, 7),
    "please_move": partial(letter_words.please_move, 1),
    "address_is_known": letter_words.address_is_known,
    "has_moved": letter_words.has_moved,
    "already_subscribed": letter_words.already_subscribed,
    "your_link": letter_words.your_link,
    "somebody_left": partial(letter_words.somebody_left, _LISTS),
    "nobody_is_asked": letter_words.nobody_is_asked,
}
# What people write into a fact: everything that Markdown has.
UPDATE = """{words} [Status](https://status.example.com/incidents/example/?a=1&b=2)

| {since} | Portal | API |
| --- | --- | --- |
| 13:05 | **503** | `ok` |

1. A
   - B
2. C

> D
"""


@dataclass(frozen=True)
class Shipped:
    """One mail; `is_personal` where it goes to one person, and there is no list to leave."""

    name: str
    language: str
    raw: bytes
    is_personal: bool


@dataclass(frozen=True)
class _Way:
    """One of the ways in which the same words can look."""

    kind: str
    design: brand.Design

    @property
    def picture(self) -> Inline | None:
        return Inline(self.design.logo.cid, "png", PIXEL) if self.design.logo else None


_WAYS = (
    _Way("plain", brand.PLAIN),
    _Way("logo", brand.Design("#ffcc00", _IMPRINT, _LOGO)),
    _Way("written", brand.Design("#1a1a40", _IMPRINT)),
)


def shipped() -> Iterator[Shipped]:
    """Each text plain, with a logo, and with everything that people may write into it; and each
    letter that nobody edits."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(**PRODUCTION))
        mails = [_of_sheet(sheet, way) for sheet in library.sheets() for way in _WAYS]
        mails += [
            _of_letter(name, language, way)
            for name in _LETTERS
            for language in languages.codes()
            for way in _WAYS
            if way.picture is None  # a letter shows no logo
        ]
    yield from mails


def _of_sheet(sheet: library.Sheet, way: _Way) -> Shipped:
    variant = TemplateVariant(
        template=Template(stage=sheet.stage),
        language=sheet.language,
        detail=sheet.detail,
        subject=sheet.subject,
        body=sheet.body,
        sms_text=sheet.sms_text,
    )
    with override(sheet.language):
        facts = preview.sample_facts(stage=sheet.stage)
    facts = dict.fromkeys(placeholders.FACTS, facts["started"]) | facts
    if way.kind == "written":
        facts["update"] = UPDATE.format(words=facts["update"], since=facts["started"])
    name = f"{sheet.language}-{sheet.stage}-{sheet.detail}-{way.kind}"
    purpose = _PURPOSES.get(sheet.stage, Purpose.NOTICE)
    if purpose == Purpose.DUTY:
        words = staff_words.of_variant(variant=variant, facts=facts, url=facts["duty_url"])
        html, text = letters.laid_out(sheet.language, words, way.design)
        return _mail(name, sheet.language, purpose, Content(words.subject, text, html), way)
    said = rendering.render(variant, facts, purpose, way.design)
    return _mail(name, sheet.language, purpose, Content(said.subject, said.text, said.html), way)


def _of_letter(name: str, language: str, way: _Way) -> Shipped:
    with override(language):
        words = _LETTERS[name]()
    html, text = letters.laid_out(language, words, way.design)
    name = f"{language}-{name}-letter-{way.kind}"
    return _mail(name, language, Purpose.OPT_IN, Content(words.subject, text, html), way)


def _mail(
    name: str, language: str, purpose: Broadcast.Purpose, content: Content, way: _Way
) -> Shipped:
    broadcast = Broadcast(pk=1, purpose=purpose, thread="story", key=uuid.UUID(int=7))
    # What a correction puts right would be looked up.
    broadcast.needs_consent = purpose in Broadcast.CONSENTED
    with override(language):
        reader = preview.sample_reader()
    headers = composition.own_headers(
        _claimed(broadcast, language), reader["unsubscribe_url"], "status.example.com"
    )
    shared = composition.shared_headers(broadcast)
    picture = way.picture
    is_shown = picture and picture.cid in content.html
    content = replace(content, headers=shared, picture=picture if is_shown else None)
    message = Message(1, "ana@example.com", content, reader, headers)
    return Shipped(name, language, mime.compose(message), purpose in Broadcast.PERSONAL)


def _claimed(broadcast: Broadcast, language: str) -> barring.Claimed:
    return barring.Claimed(
        pk=1,
        address="ana@example.com",
        language=language,
        time_zone="",
        detail="public",
        segment_id=None,
        contact_id=1,
        name="Ana Example",
        consent_at=datetime(2026, 1, 1, tzinfo=UTC),
        is_suppressed=False,
        has_left=False,
        is_superseded=False,
        is_paused=False,
        unasked="",
        broadcast=broadcast,
    )
