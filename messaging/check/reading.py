"""A draft taken apart: its sentences, each with its place."""

import re
from dataclasses import dataclass
from functools import cached_property

from messaging.check import languages
from messaging.check.draft import Draft
from messaging.check.languages import Language

# A full stop ends a sentence unless a number, an ordinal or an abbreviation carries it.
_ENDS = re.compile(
    r"(?<!\d)(?<!\b[a-zA-Z])(?<!\bca)(?<!\bbzw)(?<!\bapprox)(?<!\bNr)(?<!\bDr)(?<!\be\.g)(?<!\bi\.e)"
    r"\.(?=\s|$)|(?<=\d)\.(?=\s+[A-ZÄÖÜ][a-zäöü]+\s+[a-zäöü])|(?<=\d)\.(?=\s*$)"
    r"|[!?…](?=\s|$)|\n+",
)
# Of fewer words one cannot tell a language.
_FEWEST_WORDS = 6
_MONTH_NEXT = re.compile(
    r"\s+(?:Jan|Jän|Feb|Mär|Mrz|Mar|Apr|Mai|May|Jun|Jul|Aug|Sep|Okt|Oct|Nov|Dez|Dec)"
)


@dataclass(frozen=True)
class Sentence:
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


@dataclass(frozen=True)
class Reading:
    """What the rules ask about a draft, found once."""

    draft: Draft

    @cached_property
    def language(self) -> Language:
        """The words of the language it is really written in."""
        return languages.of(self.spoken)

    @cached_property
    def spoken(self) -> str:
        """The code of that language: what it is meant to be, unless the words say otherwise."""
        meant = self.draft.language.partition("-")[0]
        words = [word.lower() for word in self.words]
        if len(words) < _FEWEST_WORDS:
            return meant
        counts = {
            code: sum(word in language.common_words for word in words)
            for code, language in languages.known().items()
        }
        most = max(counts, key=lambda code: counts[code])
        return most if counts[most] >= max(3, 2 * counts.get(meant, 0) + 1) else meant

    @cached_property
    def sentences(self) -> list[Sentence]:
        found, start = [], 0
        text = self.draft.text
        ends = [match.end() for match in _ENDS.finditer(text) if not _is_ordinal(text, match)]
        for end in [*ends, len(text)]:
            part = text[start:end]
            if stripped := part.strip():
                found.append(Sentence(stripped, start + part.index(stripped)))
            start = end
        return found

    @cached_property
    def words(self) -> list[str]:
        return re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", self.draft.text)


def _is_ordinal(text: str, end: re.Match[str]) -> bool:
    """ "Am 12. März": the month belongs to the sentence."""
    return bool(_MONTH_NEXT.match(text, end.end()))
