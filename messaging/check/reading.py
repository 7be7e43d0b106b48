"""A draft taken apart: its sentences, each with its place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from messaging.check import languages
from messaging.check.draft import Draft
from messaging.check.languages import Language

# A full stop ends a sentence unless a number, an ordinal or an abbreviation carries it.
_ENDS = re.compile(
    r"(?<!\d)(?<![\s(.][a-zA-Z])(?<!\bca)(?<!\bbzw)(?<!\bapprox)(?<!\bNr)(?<!\bDr)(?<!\be\.g)(?<!\bi\.e)"
    r"\.(?=\s|$)|(?<=\d)\.(?=\s+[A-ZÄÖÜ][a-zäöü]+\s+[a-zäöü])|(?<=\d)\.(?=\s*$)"
    r"|(?<=\d\.\d)\.(?=\s+[A-ZÄÖÜ])|(?<=\d\.\d\d)\.(?=\s+[A-ZÄÖÜ])"
    r"|(?<=[a-zäöü]{2})\.(?=[A-ZÄÖÜ][a-zäöü])|[!?…](?=\s|$)|\n+",
)
# Where a sentence starts to say something else; what only bounds a clause stays with it.
_CLAUSE_ENDS = re.compile(
    r"[,;–—]\s+(?!(?:dass|ob|bis|sobald|wenn|falls|that|if|until|till|once|unless"
    r"|warum|woran|weshalb|was|wie|why|what|how)\b)"
    r"|:\s|\s(?=(?:and|but|while|although|und|aber|doch|während|obwohl)\s)",
    re.IGNORECASE,
)
# "Why they are missing, we do not know": the question belongs to what is said about it, as does a
# condition, "Once it is repaired, search works again".
_ASKS = re.compile(
    r"\W{0,9}(?:(?:und|aber|and|but)\s)?(?:warum|woran|weshalb|wieso|was|wie|why|what|how"
    r"|sobald|wenn|falls|once|when|if|as soon as|unless)\b",
    re.IGNORECASE,
)
# Of fewer words one cannot tell a language.
_FEWEST_WORDS = 6
_MONTH_NEXT = re.compile(
    r"\s{1,9}(?:Jan|Jän|Feb|Mär|Mrz|Mar|Apr|Mai|May|Jun|Jul|Aug|Sep|Okt|Oct|Nov|Dez|Dec)"
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
    def clauses(self) -> list[Sentence]:
        """The sentences, cut where another subject may begin."""
        return [clause for sentence in self.sentences for clause in _clauses(sentence)]

    @cached_property
    def tidings(self) -> list[str]:
        """What it says but for the promise of the next word: that one is no news."""
        promise = self.language.next_word
        return [
            one.text
            for sentence in self.sentences
            for one in (_clauses(sentence) if promise.search(sentence.text) else [sentence])
            if not promise.search(one.text)
        ]

    @cached_property
    def words(self) -> list[str]:
        return re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", self.draft.text)


def _clauses(sentence: Sentence) -> Iterator[Sentence]:
    start = 0
    for end in [*(match.end() for match in _CLAUSE_ENDS.finditer(sentence.text)), None]:
        part = sentence.text[start:end].strip()
        if end and _ASKS.match(part):
            continue
        if part:
            yield Sentence(part, sentence.start + sentence.text.index(part, start))
        start = end or 0


def _is_ordinal(text: str, end: re.Match[str]) -> bool:
    """ "Am 12. März": the month belongs to the sentence."""
    return bool(_MONTH_NEXT.match(text, end.end()))
