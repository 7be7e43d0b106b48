"""Texts that exist in several languages: {"de": "…", "en": "…"}."""

from collections.abc import Mapping

from django.conf import settings
from django.utils.translation import get_language


def pick(texts: Mapping[str, str], language: str) -> str:
    """The text in a language, else in the default language, else in any; "" when there is none."""
    candidates = (language, settings.LANGUAGE_CODE, *texts)
    return next((texts[code] for code in candidates if texts.get(code)), "")


def spoken(texts: Mapping[str, str]) -> str:
    """The text in the language spoken at the moment."""
    return pick(texts, get_language() or settings.LANGUAGE_CODE)


def codes() -> list[str]:
    return [code for code, _name in settings.LANGUAGES]
