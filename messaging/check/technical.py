"""What was written for internal readers, and stands in a text for customers word for word."""

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check.draft import Level
from messaging.check.reading import Reading
from messaging.check.rule import Place, Rule
from messaging.check.stages import EVERYWHERE

# So many words in a row are no accident.
_RUN = 6
_WORD = re.compile(r"\w(?:[\w./:@-]*\w)?")
# "db-7", "cache_eu", "store3.example": nobody writes these by accident either. Standards and
# versions look alike.
_MACHINE = re.compile(
    r"(?!(?:v|ipv|http|tls|oauth|utf|sha)[-.]?\d)[^\W\d_](?=\S*[\d_])\S{2,}", re.IGNORECASE
)
_SENTENCE_ENDS = re.compile(r"[.!?;](?=\s|$)|\n")
_NAME_ENDS = re.compile(r"[,;\n]")
Words = tuple[str, ...]


def leaks(
    text: str, *, technical: Sequence[str], systems: Sequence[str], public: Sequence[str] = ()
) -> list[tuple[int, int]]:
    """The places of a text that say what technical facts say: many words in a row, a whole
    sentence, the name of a machine, or one of the `systems`, which are names with commas.

    What stands in a `public` name may be said.
    """
    found = list(_WORD.finditer(text))
    said, kept = _words(text), _kept(technical, systems)
    covered = {
        start + step
        for length in {len(run) for run in kept}
        for start in range(len(said) - length + 1)
        if said[start : start + length] in kept
        for step in range(length)
    }
    firsts = [at for at in sorted(covered) if at - 1 not in covered]
    lasts = [at for at in sorted(covered) if at + 1 not in covered]
    places = [
        (found[first].start(), found[last].end()) for first, last in zip(firsts, lasts, strict=True)
    ]
    known = "\n".join(public).casefold()
    return [(start, end) for start, end in places if text[start:end].casefold() not in known]


def _kept(technical: Sequence[str], systems: Sequence[str]) -> set[Words]:
    """Runs of words that stay in the house; a longer run is many of them."""
    kept = {_words(name)[:_RUN] for text in systems for name in _NAME_ENDS.split(text)}
    for text in technical:
        words = _words(text)
        kept |= {(word,) for word in words if _MACHINE.fullmatch(word)}
        kept |= {words[at : at + _RUN] for at in range(len(words) - _RUN + 1)}
        sentences = map(_words, _SENTENCE_ENDS.split(text))
        kept |= {one for one in sentences if 1 < len(one) < _RUN}
    return kept - {()}


def _words(text: str) -> Words:
    return tuple(match.group().casefold() for match in _WORD.finditer(text))


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
