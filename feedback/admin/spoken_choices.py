"""Choices as they are typed: one a line, in the same order in each language."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from audiences import languages
from feedback.models import CHOICE_LENGTH

Choice = dict[str, Any]


def written(choices: Sequence[Choice]) -> dict[str, str]:
    """The lines of each language."""
    codes = languages.codes()
    return {code: "\n".join(one["label"].get(code, "") for one in choices) for code in codes}


def read(lines: Mapping[str, str], before: Sequence[Choice]) -> list[Choice]:
    """The lines as choices; one that keeps its words keeps the value that answers are stored by.

    :raises ValidationError: the languages do not have as many lines each.
    """
    said = {code: _lines(text) for code, text in lines.items() if text.strip()}
    if len({len(one) for one in said.values()}) > 1:
        raise ValidationError(_("Write as many lines in each language, in the same order."))
    labels = [dict(zip(said, row, strict=True)) for row in zip(*said.values(), strict=True)]
    return _with_values(labels, before)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _with_values(labels: Sequence[dict[str, str]], before: Sequence[Choice]) -> list[Choice]:
    known = {(code, words): one["value"] for one in before for code, words in one["label"].items()}
    kept = [next((known[one] for one in label.items() if one in known), "") for label in labels]
    # No new one takes a value that answers are stored by, also of one that has gone.
    taken, used = set(known.values()), set[str]()
    found = list[Choice]()
    for label, value in zip(labels, kept, strict=True):
        if not value or value in used:
            value = _free(value or _named(label), taken)
        taken.add(value)
        used.add(value)
        found.append({"value": value, "label": label})
    return found


def _named(label: Mapping[str, str]) -> str:
    return slugify(languages.pick(label, settings.LANGUAGE_CODE))[: CHOICE_LENGTH - 4] or "choice"


def _free(value: str, taken: set[str]) -> str:
    number, free = 2, value
    while free in taken:
        number, free = number + 1, f"{value}-{number}"
    return free
