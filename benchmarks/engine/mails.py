"""Every shipped text as the mail that a customer gets, with the facts of a made-up incident."""

import base64
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from django.test import override_settings
from django.utils.translation import override

from messaging.admin import preview
from messaging.channels import Content, Inline, Message, mime
from messaging.models import Broadcast, TemplateVariant
from messaging.services import barring, brand, composition, library, placeholders, rendering

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
    name: str
    language: str
    raw: bytes


def shipped() -> Iterator[Shipped]:
    """Each text plain, with a logo, and with everything that people may write into it."""
    with ExitStack() as stack:
        stack.enter_context(override_settings(**PRODUCTION))
        designs = {
            "plain": brand.PLAIN,
            "logo": brand.Design("#ffcc00", _IMPRINT, _LOGO),
            "written": brand.Design("#1a1a40", _IMPRINT),
        }
        picture = Inline(_LOGO.cid, "png", PIXEL)
        mails = [
            _mail(sheet, kind, design, picture if design.logo else None)
            for sheet in library.sheets()
            for kind, design in designs.items()
        ]
    yield from mails


def _mail(sheet: library.Sheet, kind: str, design: brand.Design, picture: Inline | None) -> Shipped:
    variant = TemplateVariant(
        language=sheet.language,
        detail=sheet.detail,
        subject=sheet.subject,
        body=sheet.body,
        sms_text=sheet.sms_text,
    )
    with override(sheet.language):
        facts, reader = preview.sample_facts(), preview.sample_reader()
    facts = dict.fromkeys(placeholders.FACTS, facts["started"]) | facts
    if kind == "written":
        facts["update"] = UPDATE.format(words=facts["update"], since=facts["started"])
    purpose = Broadcast.Purpose.FEEDBACK if sheet.stage == "feedback" else Broadcast.Purpose.NOTICE
    rendered = rendering.render(variant, facts, purpose, design)
    broadcast = Broadcast(pk=1, purpose=purpose, thread="story", key=uuid.UUID(int=7))
    content = Content(
        rendered.subject,
        rendered.text,
        rendered.html,
        rendered.sms_text,
        composition.shared_headers(broadcast),
        picture,
    )
    headers = composition.own_headers(
        _claimed(broadcast, sheet.language), reader["unsubscribe_url"], "status.example.com"
    )
    message = Message(1, "ana@example.com", content, reader, headers)
    return Shipped(
        f"{sheet.language}-{sheet.stage}-{sheet.detail}-{kind}",
        sheet.language,
        mime.compose(message),
    )


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
