"""Dates of a rule: "2026-01-31", or counted from the day on which it is asked.

They are counted in the words of either language of the admin, and kept as they were typed.
"""

import re
from datetime import date, timedelta

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AGO = re.compile(r"([0-9]{1,4}) (days?|weeks?) ago|vor ([0-9]{1,4}) (Tag|Tagen|Wochen?)")
_AHEAD = re.compile(r"in ([0-9]{1,4}) (days?|weeks?|Tag|Tagen|Wochen?)")
_TODAY = ("today", "heute")


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
    if text in _TODAY:
        return 0
    if ago := _AGO.fullmatch(text):
        return -_days(ago[1] or ago[3], ago[2] or ago[4])
    if ahead := _AHEAD.fullmatch(text):
        return _days(ahead[1], ahead[2])
    return None


def _days(number: str, unit: str) -> int:
    return int(number) * (7 if unit[0] in "wW" else 1)
