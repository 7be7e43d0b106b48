"""The hours of a message in its reader's own time zone.

A message is rendered once per language, with its times in our zone. For a reader elsewhere exactly
these times are said anew; what people wrote in other words stays as they wrote it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.utils.translation import override

from audiences import zones
from messaging.channels import Content


def in_zone(
    content: Content, *, moments: Sequence[Sequence[str]], language: str, zone: str
) -> Content:
    """The same content with its times as they are in a zone; itself where none differ.

    `moments` are those of the broadcast: pairs of ISO texts.
    """
    say = teller(moments=moments, language=language, zone=zone)
    parts = (content.subject, content.text, content.html, content.sms_text)
    subject, text, html, sms_text = (say(part) for part in parts)
    if (subject, text, html, sms_text) == parts:
        return content
    return replace(content, subject=subject, text=text, html=html, sms_text=sms_text)


def teller(*, moments: Iterable[Sequence[str]], language: str, zone: str) -> Callable[[str], str]:
    """Says the times of a text as they are in a zone; an empty zone is ours."""
    if not zone or zone == settings.TIME_ZONE:
        return str
    said = _said(moments, language, zone)
    if not said:
        return str
    # The longest first: "14:30 CET" stands in "5 March 2026, 14:30 CET" too.
    ours = "|".join(map(re.escape, sorted(said, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w:])(?<!\d, )(?:{ours})(?!\w)")
    return lambda text: pattern.sub(lambda found: said[found.group()], text)


def _said(moments: Iterable[Sequence[str]], language: str, zone: str) -> dict[str, str]:
    """How each moment is said there, by how we say it."""
    said = {}
    with override(language):
        for pair in moments:
            at, seen_at = map(datetime.fromisoformat, pair)
            said[zones.moment(at, seen_at)] = zones.moment(at, seen_at, zone=zone)
    return {ours: theirs for ours, theirs in said.items() if ours != theirs}
