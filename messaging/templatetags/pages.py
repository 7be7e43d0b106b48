"""Words of our own in every public page: texts in the reader's language, Markdown, the house."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from audiences import languages
from audiences.services import spelling
from messaging import public_pages
from messaging.services import rendering
from messaging.services.brand import Design

register = template.Library()


@register.filter
def pick(texts: Mapping[str, str]) -> str:
    """The text in the reader's language, else in one there is."""
    return languages.pick(texts, _language())


@register.filter
def as_read(address: str) -> str:
    """An address as its owner writes it."""
    return spelling.as_read(address)


@register.filter
def has_ticked(rows: Iterable[tuple[Any, Iterable[Mapping[str, Any]]]]) -> bool:
    """Whether one of the boxes in these rows is ticked."""
    return any(box["is_ticked"] for _list, boxes in rows for box in boxes)


@register.simple_tag
def prose(texts: Mapping[str, str]) -> SafeString:
    """Markdown by a manager as HTML; it says so when it speaks another language than the page."""
    source = pick(texts)
    spoken = next((code for code, text in texts.items() if text == source), _language())
    foreign = format_html(' lang="{}"', spoken) if not texts.get(_language()) and source else ""
    html = mark_safe(rendering.to_html(source))  # sanitised there
    return format_html('<div class="prose"{}>{}</div>', foreign, html)


@register.simple_tag
def organisation() -> str:
    return settings.ORGANISATION_NAME


@register.simple_tag(takes_context=True)
def design(context: template.Context) -> Design:
    return public_pages.design(context.get("request"))


@register.simple_tag
@cache
def icon() -> str:
    """Within the page: as a file, its 200 bytes would be one request more of everybody's."""
    picture = settings.BASE_DIR / "static" / "favicon.svg"
    return f"data:image/svg+xml,{quote(picture.read_text())}"


def _language() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]
