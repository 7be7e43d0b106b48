"""Texts as their readers will see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.safestring import SafeString, mark_safe

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
