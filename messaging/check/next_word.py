"""The promise of the next word: concrete, in the future, and the same in text and field."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta

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
_HALF_A_DAY = timedelta(hours=12)
# "On 12 March", not "those of 12 March".
_BEFORE_A_DAY = re.compile(
    r"(?:^|[:,(–—-]|\b(?:on|by|until|till|am|bis|zum|spätestens))\W{0,9}$", re.IGNORECASE
)


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
        if not (said := _promise(reading, sentence.text)):
            continue
        if said.moment + said.exactness < draft.now:
            why = _("This time is past already.")
        elif promised and abs(said.moment - promised) > said.exactness:
            why = _("The text says another time than the field for the next update.")
        else:
            continue
        yield Place(why, sentence.start + said.start, sentence.start + said.end)
        return


@dataclass(frozen=True)
class _Promise:
    start: int
    end: int
    moment: datetime
    exactness: timedelta


def _promise(reading: Reading, sentence: str) -> _Promise | None:
    """What the sentence promises: the clock time, span or day closest behind the words for it."""
    word = reading.language.next_word.search(sentence)
    assert word, "the sentence was chosen by it"
    now = reading.draft.now
    if clock := _clock(reading, sentence, behind=word.start()):
        # Unless it is said or promised otherwise, midnight is the one to come.
        near = reading.draft.next_update_at or now + _HALF_A_DAY * clock.is_midnight
        moment = moments.resolve(clock, sentence=sentence, now=now, near=near)
        return _Promise(clock.start, clock.end, moment, _EXACTLY)
    for span in moments.spans(sentence):
        if span.minutes is not None:
            moment = now + timedelta(minutes=span.minutes)
            return _Promise(span.start, span.end, moment, _ROUGHLY)
    return _day(sentence, now, behind=word.start())


def _clock(reading: Reading, sentence: str, *, behind: int) -> moments.Clock | None:
    clocks = moments.clocks(sentence)
    if not clocks and (word := reading.language.midnight.search(sentence)):
        return moments.midnight(word)
    return next((one for one in clocks if one.start >= behind), clocks[-1] if clocks else None)


def _day(sentence: str, now: datetime, *, behind: int) -> _Promise | None:
    days = [
        _Promise(day.start, day.end, datetime.combine(day.on, time(12), now.tzinfo), _HALF_A_DAY)
        for day in moments.days(sentence, today=now.date())
        if day.on and _BEFORE_A_DAY.search(sentence[: day.start])
    ]
    return next((one for one in days if one.start >= behind), days[-1] if days else None)


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
