"""The promise of the next word: concrete, in the future, and the same in text and field."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check import moments
from messaging.check.draft import Level
from messaging.check.reading import Reading, Sentence
from messaging.check.rule import Place, Rule, at
from messaging.check.stages import WAITING

# "In 30 minutes" is as exact as anybody means it.
_ROUGHLY = timedelta(minutes=5)
_EXACTLY = timedelta(minutes=1)


def _about_next(reading: Reading) -> list[Sentence]:
    """Sentences that speak of the next word, a heading such as "Next update" with its answer."""
    return [one for one in reading.sentences if reading.language.next_word.search(one.text)]


def _missing(reading: Reading) -> Iterator[Place]:
    if reading.draft.next_update_at:
        return
    if not any(moments.names_moment(one.text) for one in _about_next(reading)):
        yield Place(_("Name the time of the next update; without one, readers call."))


def _vague(reading: Reading) -> Iterator[Place]:
    spoken = _about_next(reading)
    if any(moments.names_moment(one.text) for one in spoken):
        return
    for sentence in spoken:
        if found := reading.language.vague_time.search(sentence.text):
            yield at(
                found,
                _("“Soon” is no time: say when, even if there is nothing new by then."),
                offset=sentence.start,
            )
            return


def _contradicts(reading: Reading) -> Iterator[Place]:
    draft = reading.draft
    promised = draft.next_update_at
    for sentence in _about_next(reading):
        for start, end, moment, exactness in _moments(reading, sentence):
            if moment < draft.now:
                why = _("This time is past already.")
            elif promised and abs(moment - promised) > exactness:
                why = _("The text says another time than the field for the next update.")
            else:
                continue
            yield Place(why, sentence.start + start, sentence.start + end)
            return


def _moments(
    reading: Reading, sentence: Sentence
) -> Iterator[tuple[int, int, datetime, timedelta]]:
    """What the sentence promises: the clock time or span closest behind the words for it."""
    draft = reading.draft
    word = reading.language.next_word.search(sentence.text)
    assert word, "the sentence was chosen by it"
    near = draft.next_update_at or draft.now
    clocks = moments.clocks(sentence.text)
    if clocks:
        clock = next((one for one in clocks if one.start >= word.start()), clocks[-1])
        moment = moments.resolve(clock, sentence=sentence.text, now=draft.now, near=near)
        yield clock.start, clock.end, moment, _EXACTLY
        return
    for span in moments.spans(sentence.text):
        if span.minutes is not None:
            moment = draft.now + timedelta(minutes=span.minutes)
            yield span.start, span.end, moment, _ROUGHLY
            return


RULES = (
    Rule(
        "next-update-missing",
        Level.MUST,
        WAITING,
        gettext_lazy("When the next update comes"),
        _missing,
    ),
    Rule(
        "next-update-vague",
        Level.SHOULD,
        WAITING,
        gettext_lazy("No “soon” for the next update"),
        _vague,
    ),
    Rule(
        "next-update-contradicts",
        Level.MUST,
        WAITING,
        gettext_lazy("The next update's time is right"),
        _contradicts,
    ),
)
