"""Dates of a rule: "2026-01-31", or counted from the day on which it is asked."""

import re
from datetime import date, timedelta

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AGO = re.compile(r"([0-9]{1,4}) (day|week)s? ago")
_AHEAD = re.compile(r"in ([0-9]{1,4}) (day|week)s?")
_DAYS = {"day": 1, "week": 7}


def is_date(text: str) -> bool:
    try:
        resolve(text, today=date(2026, 1, 1))
    except ValueError:
        return False
    return True


def resolve(text: str, *, today: date) -> date:
    """The day that is meant.

    :raises ValueError: it is none.
    """
    days = offset(text)
    if days is not None:
        return today + timedelta(days=days)
    # fromisoformat() also takes spellings that nobody would expect here, such as 2026W011.
    # Nor is there a day after the last one.
    if not _DAY.fullmatch(text) or text == str(date.max):
        raise ValueError(text)
    return date.fromisoformat(text)


def offset(text: str) -> int | None:
    """How many days from the day on which it is asked; nothing where it is not said so."""
    if text == "today":
        return 0
    if ago := _AGO.fullmatch(text):
        return -int(ago[1]) * _DAYS[ago[2]]
    if ahead := _AHEAD.fullmatch(text):
        return int(ahead[1]) * _DAYS[ahead[2]]
    return None
