"""What a reader of a stage must find, and does not."""

import re
from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrPromise

from messaging.check.draft import Level
from messaging.check.languages import Language
from messaging.check.reading import Reading
from messaging.check.rule import Place, Rule
from messaging.check.stages import FIRST

_HURTS = frozenset(("major", "critical"))
_FEWEST_WORDS = 3
# Once it is watched, customers can do again what they came for.
_OVER = frozenset(("monitoring", "resolved"))
Ways = Sequence[re.Pattern[str]]


def _component(reading: Reading) -> Iterator[Place]:
    if not reading.draft.components and not reading.language.service.search(reading.draft.text):
        yield Place(_("Say which service is meant: readers do not know whether it is theirs."))


def _impact(reading: Reading) -> Iterator[Place]:
    if reading.draft.effect.strip() or reading.language.effect_unknown.search(reading.draft.text):
        return
    if not any(_tells_something(clause.text, reading.language) for clause in reading.clauses):
        yield Place(_("Say what customers notice, or that the extent is not known yet."))


def _tells_something(clause: str, words: Language) -> bool:
    """Whether it names an effect, or is about the service in words that nobody has foreseen."""
    if words.hollow.search(clause):
        return False
    return bool(words.effect.search(clause)) or (
        len(clause.split()) >= _FEWEST_WORDS
        and not words.no_effect.search(clause)
        and not words.next_word.search(clause)
        and not words.action.search(clause)
    )


def _action(reading: Reading) -> Iterator[Place]:
    """What has worked again is done: nothing more needs to be said about the doing."""
    words, told = reading.language, reading.draft.action.strip()
    ways = (words.action, words.done, words.better)
    said = [words.hollow_action.sub("", one) for one in reading.tidings]
    if not told and not any(way.search(one) for way in ways for one in said):
        yield Place(_("Say what you are doing about it; silence on that reads as idleness."))


def _workaround(reading: Reading) -> Iterator[Place]:
    draft = reading.draft
    if draft.impact not in _HURTS or draft.status in _OVER or draft.workaround.strip():
        return
    if not reading.language.workaround.search(draft.text):
        yield Place(_("Say what customers can do meanwhile, or that there is nothing."))


def _interruption(reading: Reading) -> Iterator[Place]:
    draft, words = reading.draft, reading.language
    ways = (words.interruption, words.effect)
    if not draft.effect.strip() and not any(way.search(draft.text) for way in ways):
        yield Place(_("Say whether the service is interrupted, or can be used meanwhile."))


def _says(reading: Reading, ways: Ways) -> bool:
    return any(way.search(one) for one in reading.tidings for way in ways)


def _unsaid(
    ways: Callable[[Language], Ways], why: StrPromise
) -> Callable[[Reading], Iterator[Place]]:
    """A rule that wants one thing to be said, in whatever words the language has for it."""

    def find(reading: Reading) -> Iterator[Place]:
        if not _says(reading, ways(reading.language)):
            yield Place(str(why))

    return find


RULES = (
    Rule(
        "component-missing",
        Level.MUST,
        FIRST | {"announce"},
        gettext_lazy("Which service is meant"),
        _component,
    ),
    Rule("impact-missing", Level.MUST, FIRST, gettext_lazy("What customers notice"), _impact),
    Rule(
        "action-missing",
        Level.MUST,
        FIRST | {"update", "identified", "holding"},
        gettext_lazy("What we are doing"),
        _action,
    ),
    Rule(
        "workaround-missing",
        Level.SHOULD,
        frozenset(("identified", "update")),
        gettext_lazy("What customers can do meanwhile"),
        _workaround,
    ),
    Rule(
        "done-missing",
        Level.SHOULD,
        frozenset(("monitoring",)),
        gettext_lazy("What was done"),
        _unsaid(
            lambda words: (words.done, words.better),
            gettext_lazy("Say what was done: without it, readers cannot tell why it should hold."),
        ),
    ),
    Rule(
        "watching-missing",
        Level.SHOULD,
        frozenset(("monitoring",)),
        gettext_lazy("What is watched"),
        _unsaid(
            lambda words: (words.watching,),
            gettext_lazy("Say that you are watching it, and what: it is not over yet."),
        ),
    ),
    Rule(
        "recovery-missing",
        Level.MUST,
        frozenset(("resolved", "completed")),
        gettext_lazy("That it works again"),
        _unsaid(
            lambda words: (words.recovered,),
            gettext_lazy("Say plainly that it works again, or that the work is finished."),
        ),
    ),
    Rule(
        "aftermath-missing",
        Level.SHOULD,
        frozenset(("resolved",)),
        gettext_lazy("What is left of it"),
        _unsaid(
            lambda words: (words.aftermath,),
            gettext_lazy(
                "Say whether anything is left: lost or late data, something to do again, nothing."
            ),
        ),
    ),
    Rule(
        "interruption-missing",
        Level.MUST,
        frozenset(("announce",)),
        gettext_lazy("Whether the service is interrupted"),
        _interruption,
    ),
)
