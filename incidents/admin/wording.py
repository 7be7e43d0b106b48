"""Texts as their readers will see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from audiences import languages
from incidents.models import Incident, PlanStep
from incidents.services import facts
from messaging.services import rendering
from messaging.services.placeholders import BadTemplate


@dataclass(frozen=True)
class Statement:
    """What a step says when nobody has written, or why it cannot be said."""

    step: PlanStep
    texts: list[tuple[str, SafeString]] = field(default_factory=list)
    error: str = ""


def as_read(source: str) -> SafeString:
    # to_html() sanitises what the manager wrote.
    return mark_safe(rendering.to_html(source) if source else "")


def in_all_languages(texts: Mapping[str, str]) -> list[tuple[str, SafeString]]:
    return [(code, as_read(texts[code])) for code in languages.codes() if texts.get(code)]


def lacking(name: Any, texts: Mapping[str, str]) -> list[str]:
    """That some readers get a text, if there is any, in another language than their own."""
    codes = [code for code in languages.codes() if texts and not texts.get(code)]
    words = _("“%(name)s” is missing in: %(codes)s. The other language is used there.")
    return [words % {"name": name, "codes": ", ".join(codes)}] if codes else []


def statement_of(step: PlanStep, incident: Incident) -> Statement:
    """The pre-approved words of a step, filled with what is known about an incident."""
    known = facts.build(incident=incident, update=None).texts
    try:
        texts = {
            code: rendering.fill_statement(languages.pick(step.statement, code), known[code])
            for code in languages.codes()
        }
    except BadTemplate as error:
        return Statement(step, error=str(error))
    return Statement(step, texts=in_all_languages(texts))
