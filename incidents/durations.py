"""Durations as people write and read them: `15 min`, `1 h 30 min`, `3 days`, `-1 h`."""

import re
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audiences import bounds

_UNITS = {
    "day": timedelta(days=1),
    "h": timedelta(hours=1),
    "min": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_SPELLINGS = {
    **dict.fromkeys(("w", "week", "weeks", "woche", "wochen"), timedelta(weeks=1)),
    **dict.fromkeys(("d", "day", "days", "tag", "tage"), _UNITS["day"]),
    **dict.fromkeys(("h", "hour", "hours", "std", "stunde", "stunden"), _UNITS["h"]),
    **dict.fromkeys(("min", "minute", "minutes", "minuten"), _UNITS["min"]),
    **dict.fromkeys(("s", "sec", "second", "seconds", "sekunde", "sekunden"), _UNITS["s"]),
}
_PART = re.compile(r"(\d{1,6})\s*([a-z]+)\s*")
_WHOLE = re.compile(rf"(-?)\s*((?:{_PART.pattern})+)")


class NoDuration(ValueError):
    """The text is no duration; the message says how one is written."""


def parse(text: str) -> timedelta:
    """:raises NoDuration: it is not written like one, or longer than a year."""
    if text.strip() == "0":
        return timedelta(0)
    if (number := text.strip().removeprefix("-")).isdecimal():
        raise NoDuration(
            _("“%(number)s” has no unit; write %(number)s min, %(number)s h or %(number)s days")
            % {"number": number[:6]}
        )
    whole = _WHOLE.fullmatch(text.strip().lower())
    parts = _PART.findall(whole[2]) if whole else []
    if not whole or any(unit not in _SPELLINGS for _number, unit in parts):
        raise NoDuration(_("no duration; write it like 15 min, 2 h, 3 days or -1 h"))
    total = timedelta(0)
    for number, unit in parts:
        total += int(number) * _SPELLINGS[unit]
        if total > bounds.LONGEST:
            days = bounds.LONGEST.days
            raise NoDuration(_("too long; at most %(days)d days") % {"days": days})
    return -total if whole[1] else total


def write(duration: timedelta) -> str:
    """As parse() reads it, in the largest units that fit."""
    parts = [
        f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}"
        for unit, number in _split(abs(duration))
    ]
    sign = "-" if duration < timedelta(0) else ""
    return sign + (" ".join(parts) or "0 min")


def spoken(duration: timedelta) -> str:
    """In words of the language spoken at the moment: “1 hour 30 minutes”; without its sign."""
    words = {
        "day": lambda number: ngettext("%(number)d day", "%(number)d days", number),
        "h": lambda number: ngettext("%(number)d hour", "%(number)d hours", number),
        "min": lambda number: ngettext("%(number)d minute", "%(number)d minutes", number),
        "s": lambda number: ngettext("%(number)d second", "%(number)d seconds", number),
    }
    parts = [words[unit](number) % {"number": number} for unit, number in _split(abs(duration))]
    return " ".join(parts) or words["min"](0) % {"number": 0}


def _split(left: timedelta) -> list[tuple[str, int]]:
    parts = []
    for unit, size in _UNITS.items():
        number, left = divmod(left, size)
        if number:
            parts.append((unit, number))
    return parts
