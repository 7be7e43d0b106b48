"""What was written for internal readers must not stand in what customers read."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from incidents.models import Component
from incidents.models.facts import (
    INTERNAL_FACTS,
    PUBLIC_FACTS,
    Known,
    WrittenFacts,
    facts_of,
)
from messaging.check import technical
from messaging.models import HouseWord


def in_texts(*, said: Known, kept: Known) -> dict[str, str]:
    """Of the texts for customers, by their names: which ones say what a technical fact says, and
    what to do about it."""
    causes = list(kept["technical_cause"].values())
    systems = list(kept["systems"].values())
    if not said or not (causes or systems):
        return {}
    names = [*Component.objects.values_list("name", flat=True), *_public_words()]
    found: dict[str, str] = {}
    for name, texts in said.items():
        for text in texts.values():
            for start, end in technical.leaks(
                text, technical=causes, systems=systems, public=names
            ):
                found.setdefault(name, _says(text[start:end]))
    return found


def brought_in(*, facts: WrittenFacts, changed: Collection[str]) -> dict[str, str]:
    """Likewise of an incident's facts, where one of the two texts is among the changed ones.

    What stands there already must not stop what has nothing to do with it.
    """
    public, internal = facts_of(facts, PUBLIC_FACTS), facts_of(facts, INTERNAL_FACTS)
    said = {name: texts for name, texts in public.items() if name in changed}
    kept = {name: texts if name in changed else {} for name, texts in internal.items()}
    return in_texts(said=said, kept=internal) | in_texts(said=public, kept=kept)


def _says(quote: str) -> str:
    words = _(
        "Customers read this, and “%(quote)s” is a technical fact, for internal readers: say what"
        " it means for customers."
    )
    return words % {"quote": " ".join(quote.split())}


def _public_words() -> list[str]:
    return list(HouseWord.objects.filter(kind=HouseWord.Kind.PUBLIC).values_list("word", flat=True))
