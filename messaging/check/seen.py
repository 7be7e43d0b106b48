"""A text as whoever gets it will see it, and where each letter of that was written.

Names of machines are looked for here, and not in the text as it was typed: "**pg**-main" and
"pg&#45;main" read alike, and so does what a word processor makes of a hyphen, a letter of another
alphabet that looks like ours, or "%61" in an address.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from markdown_it.token import Token

from messaging.check.lookalikes import ALIKE
from messaging.services import markdown

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][\da-fA-F]{1,6}|[a-zA-Z][a-zA-Z\d]{1,31});")
# A letter with the marks above and below it.
_LETTER = re.compile(r"(?s).[\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f]*")
# Take no room, though they are not counted among the characters for formatting.
_INVISIBLE = re.compile(
    "[\0-\b\x0e-\x1f\x7f-\x84\x86-\x9f\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# As addresses write letters, "%61", or hide that they do, "%2561".
_CODED = re.compile(r"(?:%(?:25){0,3}[\da-fA-F]{2})+")
_HIDDEN = re.compile(r"%(?:25)+(?=[\da-fA-F]{2})")
_DASHES = "\u02d7\u2043\u2212"
# Letters, with where they were written.
Letters = list[tuple[str, int, int]]


@dataclass(frozen=True)
class View:
    """`text` with one way to write each thing; `source` is what was typed."""

    source: str
    text: str
    places: tuple[tuple[int, int], ...]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source a piece of the text was written."""
        return self.places[start][0], max(one[1] for one in self.places[start:end])


@lru_cache(maxsize=64)
def views(source: str) -> tuple[View, View]:
    """As it is rendered, and as it was typed: targets of links stand in that one alone."""
    typed = list(_typed(source))
    rendered = _placed(_shown(markdown.parsed(source)), typed)
    return _folded(source, rendered), _folded(source, typed)


def plain(text: str) -> str:
    """The same of a text that is no Markdown, such as a name."""
    return _folded(text, [(letter, 0, 0) for letter in text]).text


def merged(places: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """In the order of the source; what both views show, or what overlaps, is one place."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if found and start < found[-1][1]:
            start, end = found[-1][0], max(end, found[-1][1])
            found.pop()
        found.append((start, end))
    return found


def _folded(source: str, letters: Letters) -> View:
    """Without what cannot be seen, with one kind of dash, blank, letter and digit each."""
    kept = [one for one in _decoded(letters) if not _is_invisible(one[0])]
    text: list[str] = []
    places: list[tuple[int, int]] = []
    for match in _LETTER.finditer("".join(letter for letter, _start, _end in kept)):
        composed = unicodedata.normalize("NFKC", match.group())
        seen = ["-" if _is_dash(letter) else letter for letter in composed if not _is_mark(letter)]
        text += seen
        places += [(kept[match.start()][1], kept[match.end() - 1][2])] * len(seen)
    return View(source, "".join(text).translate(ALIKE), tuple(places))


def _decoded(letters: Letters) -> Letters:
    """With each letter that is coded as in an address as that letter."""
    text = "".join(letter for letter, _start, _end in letters)
    decoded: Letters = []
    done = 0
    for match in _CODED.finditer(text):
        plain = unquote(_HIDDEN.sub("%", match.group()))
        decoded += letters[done : match.start()]
        place = (letters[match.start()][1], letters[match.end() - 1][2])
        decoded += [(letter, *place) for letter in plain]
        done = match.end()
    return decoded + letters[done:]


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) == "Cf" or bool(_INVISIBLE.match(letter))


def _is_mark(letter: str) -> bool:
    """What is drawn over a letter and makes no other of it, such as a line through it."""
    return bool(unicodedata.combining(letter)) or unicodedata.category(letter) == "Me"


def _is_dash(letter: str) -> bool:
    return letter in _DASHES or unicodedata.category(letter) == "Pd"


def _typed(source: str) -> Iterator[tuple[str, int, int]]:
    """Each letter, an entity ("&shy;") as what it stands for."""
    done = 0
    for match in _ENTITY.finditer(source):
        yield from ((source[at], at, at + 1) for at in range(done, match.start()))
        yield from ((one, match.start(), match.end()) for one in html.unescape(match.group()))
        done = match.end()
    yield from ((source[at], at, at + 1) for at in range(done, len(source)))


def _placed(shown: str, typed: Letters) -> Letters:
    """Where what is shown was typed: in the same order, with marks in between.

    What is not found, such as an entity in a code span, is placed after what stands before it.
    """
    letters = "".join(letter for letter, _start, _end in typed)
    placed: Letters = []
    at = last = 0
    for letter in shown:
        found = letters.find(letter, at)
        if found < 0:
            placed.append((letter, last, last))
            continue
        _same, start, last = typed[found]
        placed.append((letter, start, last))
        at = found + 1
    return placed


def _shown(tokens: Iterable[Token]) -> str:
    """What Markdown leaves to be read, one block a line."""
    return "\n".join(
        _words(token.children) if token.type == "inline" else token.content
        for token in tokens
        if token.content
    )


def _words(tokens: Iterable[Token] | None) -> str:
    """A picture is not shown, but what it is said to show."""
    return "".join(
        "\n" if token.type.endswith("break") else _words(token.children) or token.content
        for token in tokens or ()
    )
