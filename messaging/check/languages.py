"""The words by which the rules read a language; another language is one more file of words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Self

import yaml

_FILES = Path(__file__).parent / "words"
# A set phrase is the whole sentence, not a part of it.
_WHOLE = {"boilerplate"}
# As much white space as people put between two words; without a bound, a draft of nothing but
# blanks would be read for minutes.
_GAP, _PERHAPS_A_GAP = r"\s{1,9}", r"\s{0,9}"
_PART = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Language:
    """One pattern per thing that a text can say."""

    next_word: re.Pattern[str]
    vague_time: re.Pattern[str]
    effect: re.Pattern[str]
    effect_unknown: re.Pattern[str]
    no_effect: re.Pattern[str]
    hollow: re.Pattern[str]
    service: re.Pattern[str]
    action: re.Pattern[str]
    hollow_action: re.Pattern[str]
    better: re.Pattern[str]
    workaround: re.Pattern[str]
    done: re.Pattern[str]
    watching: re.Pattern[str]
    recovered: re.Pattern[str]
    aftermath: re.Pattern[str]
    interruption: re.Pattern[str]
    cause: re.Pattern[str]
    not_a_cause: re.Pattern[str]
    repair: re.Pattern[str]
    future: re.Pattern[str]
    no_promise: re.Pattern[str]
    repair_time: re.Pattern[str]
    vow: re.Pattern[str]
    others: re.Pattern[str]
    fault: re.Pattern[str]
    ourselves: re.Pattern[str]
    blame: re.Pattern[str]
    joke: re.Pattern[str]
    jargon: re.Pattern[str]
    midnight: re.Pattern[str]
    boilerplate: re.Pattern[str]
    says_open: re.Pattern[str]
    says_busy: re.Pattern[str]
    says_found: re.Pattern[str]
    says_unknown: re.Pattern[str]
    says_resolved: re.Pattern[str]
    says_to_come: re.Pattern[str]
    says_running: re.Pattern[str]
    says_completed: re.Pattern[str]
    not_said: re.Pattern[str]
    after_the_end: re.Pattern[str]
    common_words: frozenset[str]

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> Self:
        """:raises KeyError: the file says nothing about one of them."""
        ways: dict[str, str] = {}
        for name, lines in words.items():
            ways[name] = _PART.sub(lambda part: f"(?:{ways[part[1]]})", _joined(lines))
        names = [field.name for field in fields(cls) if field.name != "common_words"]
        patterns = {name: _compiled(ways[name], is_whole=name in _WHOLE) for name in names}
        return cls(**patterns, common_words=frozenset(words["common_words"].split()))


def _joined(lines: str) -> str:
    """The ways to say it, one per line, as one expression."""
    return re.sub(r"\|\n\s*", "|", lines).strip().replace("\n", "|")


def _compiled(ways: str, *, is_whole: bool) -> re.Pattern[str]:
    spaced = re.sub(r" (\?)?", lambda gap: _PERHAPS_A_GAP if gap[1] else _GAP, ways)
    return re.compile(rf"^\W{{0,9}}(?:{spaced})\W*$" if is_whole else spaced, re.IGNORECASE)


@cache
def known() -> Mapping[str, Language]:
    return {
        file.stem: Language.from_words(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(_FILES.glob("*.yaml"))
    }


def is_known(code: str) -> bool:
    return code.partition("-")[0] in known()


def of(code: str) -> Language:
    """:raises KeyError: nobody has taught the check that language."""
    return known()[code.partition("-")[0]]
