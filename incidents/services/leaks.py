"""What was written for internal readers must not stand in what customers read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from incidents.models import Component, Incident
from incidents.models.facts import (
    INTERNAL_FACTS,
    PUBLIC_FACTS,
    Known,
    WrittenFacts,
    facts_of,
)
from messaging.check import technical
from messaging.models import HouseWord


@dataclass(frozen=True)
class Kept:
    """What stays with internal readers; and `public`, names that may be said nevertheless."""

    causes: Sequence[str]
    systems: Sequence[str]
    public: Sequence[str]

    def quoted(self, text: str) -> list[str]:
        """What a text says of it, as it stands there."""
        places = technical.leaks(
            text, technical=self.causes, systems=self.systems, public=self.public
        )
        return [" ".join(text[start:end].split()) for start, end in places]


def kept_of(all_known: Iterable[Known]) -> Kept | None:
    """The technical facts among these; None where there are none."""
    everything = list(all_known)
    causes = [text for known in everything for text in known["technical_cause"].values()]
    systems = [text for known in everything for text in known["systems"].values()]
    if not any((*causes, *systems)):
        return None
    components = Component.objects.values_list("name", flat=True)
    words = HouseWord.objects.filter(kind=HouseWord.Kind.PUBLIC).values_list("word", flat=True)
    return Kept(causes, systems, [*components, *words, settings.ORGANISATION_NAME])


def kept_by(incident: Incident) -> Kept | None:
    """Those of an incident, and of what is told together with it."""
    return kept_of(facts_of(one, INTERNAL_FACTS) for one in incident.together())


def in_texts(*, said: Known, kept: Known) -> dict[str, str]:
    """Of the texts for customers, by their names: which ones say what a technical fact says, and
    what to do about it."""
    if not said or not (internal := kept_of([kept])):
        return {}
    found: dict[str, str] = {}
    for name, texts in said.items():
        for quote in (quote for text in texts.values() for quote in internal.quoted(text)):
            found.setdefault(name, says(quote))
    return found


def brought_in(*, facts: WrittenFacts, changed: Collection[str]) -> dict[str, str]:
    """Likewise of an incident's facts, where one of the two texts is among the changed ones.

    What stands there already must not stop what has nothing to do with it.
    """
    public, internal = facts_of(facts, PUBLIC_FACTS), facts_of(facts, INTERNAL_FACTS)
    said = {name: texts for name, texts in public.items() if name in changed}
    kept = {name: texts if name in changed else {} for name, texts in internal.items()}
    return in_texts(said=said, kept=internal) | in_texts(said=public, kept=kept)


def says(quote: str) -> str:
    """Why it does not go out, and what to do about it."""
    words = _(
        "Customers read this, and “%(quote)s” is a technical fact, for internal readers: say what"
        " it means for customers."
    )
    return words % {"quote": quote}
