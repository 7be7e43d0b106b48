"""Moments in the text: days that exist, times with a zone, and no promise of a repair."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check import moments
from messaging.check.draft import Level
from messaging.check.reading import Reading, Sentence
from messaging.check.rule import Place, Rule, at
from messaging.check.stages import ENDING, EVERYWHERE, OF_INCIDENT

# What these tell is still to come.
_AHEAD = frozenset(("announce", "reminder"))


def _wrong_date(reading: Reading) -> Iterator[Place]:
    draft = reading.draft
    today = draft.now.date()
    for day in moments.days(draft.text, today=today):
        if day.on is None:
            why = _("There is no such day.")
        elif day.weekday is not None and day.weekday != day.on.weekday():
            why = _("This weekday and this date do not belong together.")
        elif draft.stage in _AHEAD and day.on < today:
            why = _("This day is past already.")
        else:
            continue
        yield Place(why, day.start, day.end)


def _without_zone(reading: Reading) -> Iterator[Place]:
    for sentence in reading.sentences:
        bare = [clock for clock in moments.clocks(sentence.text) if not clock.has_zone]
        if bare:
            start, end = bare[0].start, bare[0].end
            why = _("Readers live in other time zones: write the zone behind the time.")
            yield Place(why, sentence.start + start, sentence.start + end)


def _midnight(reading: Reading) -> Iterator[Place]:
    for found in reading.language.midnight.finditer(reading.draft.text):
        yield at(found, _("Which day's midnight? Write 23:59 or 00:01 with the date."))


def _fix_promised(reading: Reading) -> Iterator[Place]:
    words = reading.language
    for sentence in reading.sentences:
        if words.next_word.search(sentence.text) or words.no_promise.search(sentence.text):
            continue
        if found := _repair_time(reading, sentence):
            why = _(
                "A time for the repair that is missed costs more trust than none: leave it out."
            )
            yield Place(why, sentence.start + found[0], sentence.start + found[1])


def _repair_time(reading: Reading, sentence: Sentence) -> tuple[int, int] | None:
    words, text = reading.language, sentence.text
    repair, future = words.repair.search(text), words.future.search(text)
    named = words.repair_time.search(text)
    is_estimate = named is not None and text[named.start() :].lower().startswith(("eta", "estim"))
    if not is_estimate and not (repair and future) and not words.vow.search(text):
        return None
    if clocks := moments.clocks(text):
        return clocks[0].start, clocks[0].end
    if span := next(moments.spans(text), None):
        return span.start, span.end
    return (named.start(), named.end()) if named else None


RULES = (
    Rule(
        "fix-promised",
        Level.MUST_NOT,
        OF_INCIDENT - ENDING,
        gettext_lazy("No promised time for the repair"),
        _fix_promised,
    ),
    Rule("wrong-date", Level.MUST, EVERYWHERE, gettext_lazy("Dates that exist"), _wrong_date),
    Rule(
        "time-without-zone",
        Level.SHOULD,
        EVERYWHERE,
        gettext_lazy("Times with their zone"),
        _without_zone,
    ),
    Rule("midnight", Level.SHOULD, EVERYWHERE, gettext_lazy("No “midnight”"), _midnight),
)
