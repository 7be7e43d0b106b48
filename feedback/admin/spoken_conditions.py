"""Conditions as they are typed: “1–2”, “no”, “0-6, 10”, or the words of a choice."""

import re
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from feedback.models import Question
from feedback.options import options

_SPAN = re.compile(r"(\d+)\s*(?:-|–|—|\.\.|bis|to)\s*(\d+)")
_BETWEEN = re.compile(r"[,;\n]")


def written(values: Sequence[str], anchor: Question | None) -> str:
    """As its reader would type it."""
    if all(value.isdigit() for value in values):
        return ", ".join(_spans(sorted(map(int, values))))
    words = options(anchor) if anchor else {}
    shown = [words.get(value, value) for value in values]
    pairs = zip(shown, values, strict=True)
    return ", ".join(value if _BETWEEN.search(one) else one for one, value in pairs)


def _spans(numbers: Sequence[int]) -> list[str]:
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][-1] + 1:
            found[-1].append(number)
        else:
            found.append([number])
    return [f"{one[0]}–{one[-1]}" if len(one) > 1 else str(one[0]) for one in found]


def read(text: str, anchor: Question | None) -> list[str]:
    """The values of the question that it is about.

    :raises ValidationError: there is none to be about, or it cannot be answered so.
    """
    said = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    if not said:
        return []
    possible = list(options(anchor)) if anchor else []
    if not anchor or not possible:
        raise ValidationError(
            _("Put it below a question that is always asked and has answers to choose.")
        )
    meant = _words(anchor)
    values = [value for part in said for value in _meant(part, meant)]
    return [value for value in possible if value in values]


def _words(anchor: Question) -> dict[str, str]:
    """Each answer by its value, and by its words in every language."""
    meant: dict[str, str] = {}
    for code in languages.codes():
        with override(code):
            meant |= {words.casefold(): value for value, words in options(anchor).items()}
    return meant | {value: value for value in options(anchor)}


def _meant(part: str, meant: dict[str, str]) -> list[str]:
    span = _SPAN.fullmatch(part)
    if span:
        said = [str(number) for number in range(int(span[1]), min(int(span[2]), 100) + 1)]
    else:
        said = [part.casefold()]
    if not said or not all(one in meant for one in said):
        known = ", ".join(dict.fromkeys(meant.values()))
        raise ValidationError(
            _("The question above cannot be answered with “%(part)s”. Possible: %(known)s."),
            params={"part": part, "known": known},
        )
    return [meant[one] for one in said]
