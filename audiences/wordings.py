"""What people are asked to agree to, word for word, for as long as anybody may ask what it was.

A wording that changes gets a new version; the old one stays, since consents name it.
"""

from collections.abc import Mapping

from django.conf import settings

from audiences.models import Purpose

_TEXTS: dict[str, dict[str, str]] = {
    "notice-2026-11": {
        "en": (
            "I want %(organisation)s to send me service notices about incidents and maintenance on"
            " the lists and channels chosen here. I can change or end this at any time with the"
            " link in every message."
        ),
        "de": (
            "Ich möchte von %(organisation)s Meldungen über Störungen und Wartungen erhalten, zu"
            " den Themen und auf den Wegen, die ich hier ausgewählt habe. Ich kann das jederzeit"
            " über den Link in jeder Nachricht ändern oder beenden."
        ),
    },
    "feedback-2026-11": {
        "en": (
            "After an incident, %(organisation)s may ask me by e-mail or text message how helpful"
            " its notices were. I can end this at any time with the link in every message."
        ),
        "de": (
            "%(organisation)s darf mich nach einer Störung per E-Mail oder SMS fragen, wie"
            " hilfreich die Meldungen waren. Ich kann das jederzeit über den Link in jeder"
            " Nachricht beenden."
        ),
    },
}
_CURRENT = {Purpose.NOTICE: "notice-2026-11", Purpose.FEEDBACK: "feedback-2026-11"}


def current(purpose: str) -> str:
    """The version that people agree to today."""
    return _CURRENT[Purpose(purpose)]


def versions() -> Mapping[str, Mapping[str, str]]:
    return _TEXTS


def text(version: str, language: str) -> str:
    """The words of a version; "" for one that was agreed to elsewhere, on paper for example."""
    texts = _TEXTS.get(version, {})
    words = texts.get(language) or texts.get(settings.LANGUAGE_CODE, "")
    return words % {"organisation": settings.ORGANISATION_NAME} if words else ""
