"""What cannot be so: another state than the status, a cause nobody knows, the wrong language."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.check.draft import Level
from messaging.check.languages import Language
from messaging.check.reading import Reading, Sentence
from messaging.check.rule import Place, Rule, at
from messaging.check.stages import CAUSE_UNKNOWN, EVERYWHERE

_BESIDE = 60


def _cause_early(reading: Reading) -> Iterator[Place]:
    words = reading.language
    if reading.draft.status not in ("", "investigating"):
        return
    for sentence in reading.sentences:
        found = words.cause.search(sentence.text)
        if found and not words.not_a_cause.search(sentence.text):
            why = _("While you investigate, a cause is a guess: say it once it is known.")
            yield at(found, why, offset=sentence.start)


def _contradicts(reading: Reading) -> Iterator[Place]:
    words = reading.language
    goes_on = any(_says(words.says_open, clause, words) for clause in reading.clauses)
    for says, why in _other_states(reading.draft.status, words):
        # A part that works again does not contradict a rest that is said to fail.
        if says is words.says_resolved and goes_on:
            continue
        if says is words.says_unknown and reading.draft.status == "monitoring" and not goes_on:
            continue
        for clause in reading.clauses:
            if found := _says(says, clause, words):
                yield at(found, why, offset=clause.start)
                return


def _other_states(status: str, words: Language) -> list[tuple[re.Pattern[str], str]]:
    """What a text of this status cannot say, and what is to be done about it."""
    is_busy = (words.says_busy, _("The text says that the work goes on."))
    is_open = (words.says_open, _("The text says that it goes on, the status that it is over."))
    is_over = (words.says_resolved, _("The text says that it is over, the status that it goes on."))
    is_found = (words.says_found, _("The cause is found: set the status to “identified”."))
    is_unknown = (words.says_unknown, _("The text says that the cause is unknown."))
    to_come = (words.says_to_come, _("The text says that it is still to come."))
    has_begun = (words.says_running, _("The text says that the work is under way."))
    is_done = (words.says_completed, _("The text says that the work is finished."))
    return {
        "investigating": [is_over, is_found],
        "identified": [is_over, is_unknown],
        "monitoring": [is_unknown],
        "resolved": [is_open],
        "scheduled": [has_begun, is_done],
        "in_progress": [to_come, is_done],
        "completed": [is_open, is_busy, to_come],
    }.get(status, [])


def _says(says: re.Pattern[str], sentence: Sentence, words: Language) -> re.Match[str] | None:
    found = says.search(sentence.text)
    if found is None:
        return None
    if says is words.says_open:
        # Looking for the cause, or advice to whom it still fails, may go on after the end.
        beside = sentence.text[: found.end() + _BESIDE]
        return None if words.after_the_end.search(beside) else found
    if says is words.says_unknown:
        return found
    if says is words.says_found:
        before = sentence.text[: found.end()]
        return None if re.search(r"\b(not|n't|nicht|noch|yet)\b", before, re.IGNORECASE) else found
    return None if words.not_said.search(sentence.text) else found


def _wrong_language(reading: Reading) -> Iterator[Place]:
    if reading.spoken != reading.draft.language.partition("-")[0]:
        yield Place(_("This reads like another language than it is meant to be."))


RULES = (
    Rule(
        "cause-early",
        Level.MUST_NOT,
        CAUSE_UNKNOWN,
        gettext_lazy("No cause before it is known"),
        _cause_early,
    ),
    Rule(
        "status-contradicts",
        Level.MUST,
        EVERYWHERE - {"postmortem", "correction"},
        gettext_lazy("Status and text agree"),
        _contradicts,
    ),
    Rule(
        "wrong-language",
        Level.MUST,
        EVERYWHERE,
        gettext_lazy("Written in its language"),
        _wrong_language,
    ),
)
