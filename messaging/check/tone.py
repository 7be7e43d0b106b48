"""How it sounds: serious, short, without blame, and with more than a set phrase."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.check.draft import Level
from messaging.check.languages import Language
from messaging.check.reading import Reading
from messaging.check.rule import Place, Rule, at
from messaging.check.stages import EVERYWHERE

_MOST_WORDS, _MOST_WORDS_OF_A_SENTENCE = 150, 40
_WORD = re.compile(r"[^\W_]+(?:[-'’:.][^\W_]+)*")
# Between whoever did it and what they did stands no more than this.
_FAR = 60
_CLAUSES = re.compile(r",\s+(?:und\s+|and\s+)?")
_EMOJI = re.compile(
    "[\U0001f300-\U0001faff\u2600-\u26ff\u2700-\u27bf\U0001f1e6-\U0001f1ff]"
    r"|(?<!\w)[:;]-?[)(DP](?!\w)|!\s*!|\?!|!\?"
)


def _blame(reading: Reading) -> Iterator[Place]:
    words = reading.language
    why = _("Customers bought it from you: say what you do about it, not whose fault it is.")
    for sentence in reading.sentences:
        found = words.blame.search(sentence.text) or _deed_of_others(sentence.text, words)
        if found:
            yield at(found, why, offset=sentence.start)


def _deed_of_others(sentence: str, words: Language) -> re.Match[str] | None:
    """A fault close to somebody else, unless we come between the two as those who acted."""
    others = [found.span() for found in words.others.finditer(sentence)]
    for fault in words.fault.finditer(sentence):
        for start, end in others:
            between = sentence[end : fault.start()] or sentence[fault.end() : start]
            if len(between) < _FAR and not words.ourselves.search(between):
                return fault
    return None


def _joke(reading: Reading) -> Iterator[Place]:
    text = reading.draft.text
    for found in (*reading.language.joke.finditer(text), *_EMOJI.finditer(text)):
        yield at(found, _("Whoever cannot work does not laugh: stay serious."))


def _too_long(reading: Reading) -> Iterator[Place]:
    count = len(_WORD.findall(reading.draft.text))
    if count > _MOST_WORDS:
        yield Place(
            ngettext("%(n)s word: half of it is read.", "%(n)s words: half of it is read.", count)
            % {"n": count}
        )
    for sentence in reading.sentences:
        if len(_WORD.findall(sentence.text)) > _MOST_WORDS_OF_A_SENTENCE:
            yield Place(_("Make two sentences of this one."), sentence.start, sentence.end)


def _default_sentence(reading: Reading) -> Iterator[Place]:
    said = [one for one in reading.sentences if re.search(r"\w", one.text)]
    if said and all(_is_set_phrase(one.text, reading.language.boilerplate) for one in said):
        yield Place(
            _("Anybody could have written this about anything: add one thing that you know."),
            said[0].start,
            said[-1].end,
        )


def _is_set_phrase(sentence: str, phrases: re.Pattern[str]) -> bool:
    return bool(phrases.match(sentence)) or all(
        phrases.match(clause) for clause in _CLAUSES.split(sentence)
    )


RULES = (
    Rule("blame", Level.MUST_NOT, EVERYWHERE, gettext_lazy("No blame"), _blame, only_public=True),
    Rule("joke", Level.MUST_NOT, EVERYWHERE, gettext_lazy("No jokes"), _joke),
    Rule(
        "too-long",
        Level.SHOULD,
        EVERYWHERE - {"postmortem"},
        gettext_lazy("Short enough to be read"),
        _too_long,
    ),
    Rule(
        "default-sentence",
        Level.SHOULD,
        EVERYWHERE - {"completed", "cancelled"},
        gettext_lazy("More than a set phrase"),
        _default_sentence,
    ),
)
