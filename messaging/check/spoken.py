"""Clock times in words: "halb fünf", "a quarter past four", "five o'clock"."""

import re
from collections.abc import Iterator
from datetime import time

_HOURS = (
    ("one", "eins", "1"),
    ("two", "zwei", "2"),
    ("three", "drei", "3"),
    ("four", "vier", "4"),
    ("five", "fünf", "5"),
    ("six", "sechs", "6"),
    ("seven", "sieben", "7"),
    ("eight", "acht", "8"),
    ("nine", "neun", "9"),
    ("ten", "zehn", "10"),
    ("eleven", "elf", "11"),
    ("twelve", "zwölf", "12"),
)
_HOUR_OF = {word: hour for hour, words in enumerate(_HOURS, 1) for word in words}
_HOUR = rf"(?P<hour>{'|'.join(sorted(_HOUR_OF, key=len, reverse=True))})\b(?![:.]\d)"
# Minutes from the hour that is named.
_FROM_HOUR = {
    "half past": 30,
    "quarter past": 15,
    "quarter after": 15,
    "quarter to": -15,
    "halb": -30,
    "viertel nach": 15,
    "viertel vor": -15,
    "dreiviertel": -15,
}
_SPOKEN = re.compile(
    rf"\b(?:(?P<lead>{'|'.join(_FROM_HOUR)})\s{_HOUR}(?!\s*[ap]\.?m\b)"
    rf"|{_HOUR.replace('hour', 'full')}\s?o['’]clock)",
    re.IGNORECASE,
)


def find(text: str) -> Iterator[tuple[int, int, time]]:
    """Each with its place, before noon: words do not say which half of the day they mean."""
    for match in _SPOKEN.finditer(text):
        hour = _HOUR_OF[(match["hour"] or match["full"]).lower()]
        minutes = hour * 60 + _FROM_HOUR.get((match["lead"] or "").lower(), 0)
        yield match.start(), match.end(), time(minutes // 60 % 12, minutes % 60)
