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


@dataclass(frozen=True)
class Language:
    """One pattern per thing that a text can say."""

    next_word: re.Pattern[str]
    vague_time: re.Pattern[str]
    effect: re.Pattern[str]
    effect_unknown: re.Pattern[str]
    no_effect: re.Pattern[str]
    service: re.Pattern[str]
    action: re.Pattern[str]
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
    others: re.Pattern[str]
    fault: re.Pattern[str]
    blame: re.Pattern[str]
    joke: re.Pattern[str]
    jargon: re.Pattern[str]
    midnight: re.Pattern[str]
    boilerplate: re.Pattern[str]
    says_open: re.Pattern[str]
    says_found: re.Pattern[str]
    says_unknown: re.Pattern[str]
    says_resolved: re.Pattern[str]
    says_to_come: re.Pattern[str]
    says_running: re.Pattern[str]
    says_completed: re.Pattern[str]
    not_said: re.Pattern[str]
    about_cause: re.Pattern[str]
    common_words: frozenset[str]

    @classmethod
    def from_words(cls, words: Mapping[str, str]) -> Self:
        """:raises KeyError: the file says nothing about one of them."""
        names = [field.name for field in fields(cls) if field.name != "common_words"]
        patterns = {name: _any_of(words[name], is_whole=name in _WHOLE) for name in names}
        return cls(**patterns, common_words=frozenset(words["common_words"].split()))


def _any_of(ways: str, *, is_whole: bool) -> re.Pattern[str]:
    joined = re.sub(r"\|\n\s*", "|", ways).strip().replace("\n", "|")
    joined = joined.replace(" ?", r"\s*").replace(" ", r"\s+")
    return re.compile(rf"^\W*(?:{joined})\W*$" if is_whole else joined, re.IGNORECASE)


@cache
def known() -> Mapping[str, Language]:
    return {
        file.stem: Language.from_words(yaml.safe_load(file.read_text(encoding="utf-8")))
        for file in sorted(_FILES.glob("*.yaml"))
    }


def of(code: str) -> Language:
    """:raises KeyError: nobody has taught the check that language."""
    return known()[code.partition("-")[0]]
