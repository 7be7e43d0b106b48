"""What a rule is: a question to a draft, when it is asked, and how much the answer matters."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django_stubs_ext import StrPromise

from messaging.check.draft import Finding, Level
from messaging.check.reading import Reading


@dataclass(frozen=True)
class Place:
    """Where a rule was broken, and why that matters; without a place, something is missing."""

    why: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Rule:
    """`stages` are those in which it is asked; `title` names it to whoever makes it binding.

    A few bind whatever a plan says: what is broken then could not be taken back.
    """

    slug: str
    level: Level
    stages: frozenset[str]
    title: StrPromise
    find: Callable[[Reading], Iterator[Place]]
    only_public: bool = False
    always_binds: bool = False

    def applies(self, reading: Reading) -> bool:
        draft = reading.draft
        return draft.stage in self.stages and (draft.is_public or not self.only_public)

    def ask(self, reading: Reading) -> Iterator[Finding]:
        if not self.applies(reading):
            return
        for place in self.find(reading):
            quote = reading.draft.text[place.start : place.end]
            yield Finding(self.slug, self.level, place.why, quote, place.start, place.end)


def at(match: re.Match[str], why: str, *, offset: int = 0) -> Place:
    return Place(why, match.start() + offset, match.end() + offset)
