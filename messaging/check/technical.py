"""What was written for internal readers, and stands in a text for customers word for word."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check import seen
from messaging.check.draft import Level
from messaging.check.reading import Reading
from messaging.check.rule import Place, Rule
from messaging.check.stages import EVERYWHERE

# So many words in a row are no accident.
_RUN = 6
_PART = re.compile(r"[^\W_]+")
# What makes one word of its parts.
_JOINS = re.compile(r"[_./:@-]+")
# A name that goes on in the next line.
_BROKEN = re.compile(r"[_/-]\s+")
# "db-7", "cache_eu", "store3.example": nobody writes these by accident either. Standards and
# versions look alike.
_MACHINE = re.compile(
    r"(?!(?:v|ipv|http|tls|oauth|utf|sha)[-.]?\d)[^\W\d_](?=\S*[\d_])\S{2,}", re.IGNORECASE
)
_SENTENCE_ENDS = re.compile(r"[.!?;](?=\s|$)|\n")
_NAME_ENDS = re.compile(r"[,;\n]")
# A number may end in any letters, "db-7s" or "db-7er"; a word in this one alone, as "search" must
# not forbid "searching".
_ENDING = re.compile(r"(?<=\d)[^\W\d_]+$|(?<=[^\W\d_]{2})s$")


@dataclass(frozen=True)
class _Part:
    """Letters and digits without anything between, and what stands before them."""

    text: str
    start: int
    end: int
    before: str


# A part, and whether it is one word with the part before it.
Run = tuple[tuple[str, bool], ...]
# By their parts; the same ones may stand together or apart.
Kept = dict[tuple[str, ...], set[Run]]


def leaks(
    text: str, *, technical: Sequence[str], systems: Sequence[str], public: Sequence[str] = ()
) -> list[tuple[int, int]]:
    """The places of a text that say what technical facts say: many words in a row, a whole
    sentence, the name of a machine, or one of the `systems`, which are names with commas.

    It is read as it will be seen. What stands in a `public` name may be said.
    """
    kept = _by_parts(_kept(technical, systems))
    for name in public:
        for run, _first, _last in list(_found(_parts(seen.plain(name)), kept)):
            kept[tuple(part for part, _joined in run)].discard(run)
    places = [
        view.place(first.start, last.end)
        for view in seen.views(text)
        for _run, first, last in _found(_parts(view.text), kept)
    ]
    return seen.merged(places)


def _found(parts: Sequence[_Part], kept: Kept) -> Iterator[tuple[Run, _Part, _Part]]:
    """Runs that are kept, with their first and their last part."""
    for length in {len(one) for one in kept}:
        for at in range(len(parts) - length + 1):
            there = parts[at : at + length]
            *before, last = [part.text for part in there]
            runs = kept.get((*before, last), set()) | kept.get((*before, _stem(last)), set())
            for run in runs:
                if all(
                    _holds(part, joined) for part, (_text, joined) in zip(there, run, strict=True)
                ):
                    yield run, there[0], there[-1]


def _holds(part: _Part, joined: bool) -> bool:
    is_apart = any(letter.isspace() for letter in part.before)
    return not joined or not is_apart or _BROKEN.fullmatch(part.before) is not None


def _stem(part: str) -> str:
    return _ENDING.sub("", part)


def _kept(technical: Sequence[str], systems: Sequence[str]) -> set[Run]:
    """Runs of words that stay in the house; a longer run is many of them."""
    kept = {
        _run(_words(seen.plain(name))[:_RUN]) for text in systems for name in _NAME_ENDS.split(text)
    }
    for text in {view.text for source in technical for view in seen.views(source)}:
        words = _words(text)
        kept |= {
            _run([word]) for word in words if _MACHINE.fullmatch(text, word[0].start, word[-1].end)
        }
        kept |= {_run(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1)}
        sentences = map(_words, _SENTENCE_ENDS.split(text))
        kept |= {_run(one) for one in sentences if 1 < len(one) < _RUN}
    return kept - {()}


def _by_parts(runs: Collection[Run]) -> Kept:
    kept: Kept = {}
    for run in runs:
        kept.setdefault(tuple(part for part, _joined in run), set()).add(run)
    return kept


def _run(words: Sequence[Sequence[_Part]]) -> Run:
    return tuple((part.text, at > 0) for word in words for at, part in enumerate(word))


def _words(text: str) -> list[list[_Part]]:
    words: list[list[_Part]] = []
    for part in _parts(text):
        if words and _JOINS.fullmatch(part.before):
            words[-1].append(part)
        else:
            words.append([part])
    return words


def _parts(text: str) -> list[_Part]:
    matches = list(_PART.finditer(text))
    ends = [0, *(match.end() for match in matches)]
    return [
        _Part(match.group().casefold(), match.start(), match.end(), text[end : match.start()])
        for end, match in zip(ends, matches, strict=False)
    ]


def _technical_fact(reading: Reading) -> Iterator[Place]:
    draft = reading.draft
    public = (*draft.components, *draft.public_words)
    why = _("This is a technical fact, for internal readers: say what it means for customers.")
    for place in leaks(draft.text, technical=draft.technical, systems=draft.systems, public=public):
        yield Place(why, *place)


RULES = (
    Rule(
        "technical-fact",
        Level.MUST_NOT,
        EVERYWHERE,
        gettext_lazy("No technical facts"),
        _technical_fact,
        only_public=True,
        always_binds=True,
    ),
)
