"""Moments as people write them, in German and English: clock times, days, spans."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from messaging.check import spoken

_OFFSETS = {
    **dict.fromkeys(("utc", "gmt", "wet", "z"), 0),
    **dict.fromkeys(("cet", "mez", "bst", "west"), 1),
    **dict.fromkeys(("cest", "mesz", "eet"), 2),
    **{"eest": 3, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6},
    **{"pst": -8, "pdt": -7, "ist": 5.5, "sgt": 8, "jst": 9, "aest": 10, "aedt": 11},
}
_NAMED_ZONE = r"UTC|GMT|WES?T|CES?T|MES?Z|BST|EES?T|[ECMP][SD]T|IST|SGT|JST|AE[SD]T|Z"
_ZONE = re.compile(
    rf"(?<![A-Za-z])(?:(?P<name>{_NAMED_ZONE})(?:\s?(?P<shift>[+\-−]\d{{1,2}})(?::00)?)?"
    r"|(?P<spoken>(?:[ECMP]T|(?:Eastern|Central|Mountain|Pacific)(?: Time)?|local time|Ortszeit"
    r"|deutscher Zeit|[A-ZÄÖÜ]\w+er Zeit|[A-Z]\w+ time|[A-Z][a-z]+/[A-Z]\w+)))(?![A-Za-z])"
)
_CLOCK = re.compile(
    r"(?<![\d.:/\-])(?:"
    r"(?P<h1>[01]?\d|2[0-4]):(?P<m1>[0-5]\d)(?::[0-5]\d)?(?:\s*(?P<p1>[ap]\.?m\b\.?))?"
    r"|(?P<h2>[01]?\d|2[0-4])\.(?P<m2>[0-5]\d)(?=\s*(?:Uhr|h\b|[ap]\.?m\b))(?:\s*(?P<p2>[ap]\.?m\b\.?))?"
    r"|(?P<h3>1[0-2]|0?[1-9])\s*(?P<p3>[ap]\.?m\b\.?)"
    r"|(?P<h4>[01]?\d|2[0-4])\s*Uhr(?:\s*(?P<m4>[0-5]\d)\b)?"
    r"|(?P<h5>[01]\d|2[0-3])(?P<m5>[0-5]\d)(?=\s*(?:UTC|GMT|Z\b|hours))"
    r"|(?P<noon>\bnoon\b|\bmidday\b|\bmittags?\b(?=\s*(?:\(|MEZ|MESZ|UTC))"
    r"))(?![\d:])",
    re.IGNORECASE,
)
_UNITS = {"min": 1, "hour": 60, "hr": 60, "stund": 60, "std": 60, "h": 60}
_AMOUNTS = {
    **dict.fromkeys(("a", "an", "one", "the", "the next", "einer", "der", "der nächsten"), 1.0),
    **dict.fromkeys(("half an", "a half", "einer halben", "der nächsten halben"), 0.5),
    **{"two": 2.0, "zwei": 2.0, "three": 3.0, "drei": 3.0, "den nächsten zwei": 2.0},
    **{"ten": 10.0, "zehn": 10.0, "fifteen": 15.0, "fünfzehn": 15.0, "twenty": 20.0},
    **{"zwanzig": 20.0, "thirty": 30.0, "dreißig": 30.0, "sixty": 60.0, "sechzig": 60.0},
}
_SPAN = re.compile(
    r"\b(?P<lead>in|within|after|every|innerhalb(?: von)?|binnen|nach|alle|jede|another|weitere)\s+"
    r"(?:about\s+|around\s+|approximately\s+|at most\s+|spätestens\s+|etwa\s+|rund\s+|ca\.\s+)?"
    r"(?:the next\s+|the coming\s+|den nächsten\s+|der nächsten\s+)?"
    r"(?P<amount>\d+|" + "|".join(sorted(_AMOUNTS, key=len, reverse=True)) + r")\s*-?"
    r"(?P<unit>min|hours?\b|hrs?\b|stunde|std|h\b)",
    re.IGNORECASE,
)
_RHYTHM = re.compile(
    r"\b(hourly|half-hourly|every (half )?hour|stündlich|halbstündlich|jede (halbe )?Stunde"
    r"|jede volle Stunde|viertelstündlich|daily|täglich)\b",
    re.IGNORECASE,
)
_MONTHS = [
    *(r"jan(?:uary|uar|\.)?|jän(?:ner)?", r"feb(?:ruary|ruar|\.)?", r"mar(?:ch|\.)?|märz|mrz\.?"),
    *(r"apr(?:il|\.)?", r"may|mai", r"june?\.?|juni", r"july?\.?|juli", r"aug(?:ust|\.)?"),
    *(r"sept?(?:ember|\.)?", r"o[ck]t(?:ober|\.)?", r"nov(?:ember|\.)?", r"de[cz](?:ember|\.)?"),
]
_WEEKDAYS = [
    *(r"mon(?:day)?|montags?", r"tue(?:s(?:day)?)?|dienstags?", r"wed(?:nesday)?|mittwochs?"),
    *(r"thu(?:rs?(?:day)?)?|donnerstags?", r"fri(?:day)?|freitags?"),
    *(r"sat(?:urday)?|samstags?|sonnabends?", r"sun(?:day)?|sonntags?"),
]
_MONTH = "|".join(f"(?P<M{n}>{one})" for n, one in enumerate(_MONTHS, 1))
_WEEKDAY = r"(?:\b(?:" + "|".join(f"(?P<W{n}>{one})" for n, one in enumerate(_WEEKDAYS)) + r")\b"
_WEEKDAY += r"\.?,?\s+(?:den\s+|dem\s+|the\s+)?)?"
_DATES = [
    # 12 March 2026, 12th of March, 12. März
    re.compile(
        _WEEKDAY + rf"(?<![\d:.])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?\s*(?:of\s+)?(?:{_MONTH})\b"
        r"(?:,?\s+(?P<year>20\d\d)\b)?",
        re.IGNORECASE,
    ),
    # March 12th, 2026
    re.compile(
        _WEEKDAY + rf"\b(?:{_MONTH})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
        r"(?:,?\s+(?P<year>20\d\d)\b)?",
        re.IGNORECASE,
    ),
    # 12.03.2026, 12.3.
    re.compile(
        _WEEKDAY
        + r"(?<![\d.])(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?:\s?(?P<year>20\d\d))?(?!\d)",
        re.IGNORECASE,
    ),
    # 2026-03-12
    re.compile(
        _WEEKDAY + r"(?<![\d-])(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])",
        re.IGNORECASE,
    ),
]
_TOMORROW = re.compile(r"\b(tomorrow|morgen(?! früh?stück)|overmorrow)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Clock:
    """A clock time: `offset` in hours is None where no zone that we know by name stands by it.

    `is_spoken` where it may as well be twelve hours later: "half past four"; `is_midnight` where
    it may as well end the day.
    """

    start: int
    end: int
    at: time
    has_zone: bool
    offset: float | None
    is_spoken: bool = False
    is_midnight: bool = False


@dataclass(frozen=True)
class Day:
    """A date as written: `on` is None where there is no such day, `weekday` None where unsaid."""

    start: int
    end: int
    on: date | None
    weekday: int | None


@dataclass(frozen=True)
class Span:
    """ "In half an hour"; `minutes` is None for a rhythm."""

    start: int
    end: int
    minutes: float | None


def clocks(text: str) -> list[Clock]:
    """Clock times in the order of the text; a zone said once holds for the whole of it."""
    zone = _ZONE.search(text)
    offset = _offset(zone) if zone else None
    found = []
    for match in _CLOCK.finditer(text):
        if (at := _time_of(match)) is not None:
            found.append(Clock(match.start(), match.end(), at, zone is not None, offset))
    for start, end, at in spoken.find(text):
        found.append(Clock(start, end, at, zone is not None, offset, is_spoken=True))
    return sorted(found, key=lambda clock: clock.start)


def midnight(word: re.Match[str]) -> Clock:
    """What a word for midnight means in its sentence."""
    zone = _ZONE.search(word.string)
    offset = _offset(zone) if zone else None
    return Clock(word.start(), word.end(), time(), bool(zone), offset, is_midnight=True)


def _offset(zone: re.Match[str]) -> float | None:
    if not zone["name"]:
        return None
    shift = (zone["shift"] or "0").replace("−", "-")
    return _OFFSETS[zone["name"].lower()] + int(shift)


def _time_of(match: re.Match[str]) -> time | None:
    if match["noon"]:
        return time(12)
    hour = int(next(match[f"h{n}"] for n in range(1, 6) if match[f"h{n}"]))
    minute = next((int(match[f"m{n}"]) for n in (1, 2, 4, 5) if match[f"m{n}"]), 0)
    half = next((match[f"p{n}"][0].lower() for n in (1, 2, 3) if match[f"p{n}"]), "")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour % 24, minute)


def days(text: str, *, today: date) -> Iterator[Day]:
    """Dates in the text; a year left out is the one that brings the day closest to `today`."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            month = int(groups.get("month") or 0) or _number(groups, "M")
            if not month or (month > 12 and not groups["year"]):
                continue
            weekday = _number(groups, "W")
            on = _closest(int(groups["day"]), month, groups["year"], today)
            yield Day(match.start(), match.end(), on, weekday)


def _number(groups: dict[str, str | None], letter: str) -> int | None:
    named = (key for key, value in groups.items() if value and re.fullmatch(rf"{letter}\d+", key))
    return next((int(key[1:]) for key in named), None)


def _closest(day: int, month: int, year: str | None, today: date) -> date | None:
    years = [int(year)] if year else [today.year - 1, today.year, today.year + 1]
    candidates = []
    for one in years:
        try:
            candidates.append(date(one, month, day))
        except ValueError:
            continue
    return min(candidates, key=lambda on: abs(on - today), default=None)


def spans(text: str) -> Iterator[Span]:
    for match in _SPAN.finditer(text):
        amount = match["amount"].lower()
        number = float(amount) if amount.isdigit() else _AMOUNTS[amount]
        unit = next(value for key, value in _UNITS.items() if match["unit"].lower().startswith(key))
        is_rhythm = match["lead"].lower() in ("every", "alle", "jede")
        yield Span(match.start(), match.end(), None if is_rhythm else number * unit)
    for match in _RHYTHM.finditer(text):
        yield Span(match.start(), match.end(), None)


def names_moment(text: str) -> bool:
    """Whether somebody who reads it knows when: a clock time, or a span from now."""
    return bool(clocks(text)) or any(True for _ in spans(text))


def resolve(clock: Clock, *, sentence: str, now: datetime, near: datetime) -> datetime:
    """The moment that a clock time means: on the day that is named, else the one closest to
    `near`."""
    zone: tzinfo = now.tzinfo or UTC
    if clock.offset is not None:
        zone = timezone(timedelta(hours=clock.offset))
    today = now.astimezone(zone).date()
    named = next((day.on for day in days(sentence, today=today) if day.on), None)
    if named is None and _TOMORROW.search(sentence):
        named = today + timedelta(days=1)
    around = near.astimezone(zone).date()
    possible = [named] if named else [around + timedelta(days=shift) for shift in (-1, 0, 1)]
    halves = (0, 12) if clock.is_spoken else (0, 24) if clock.is_midnight else (0,)
    candidates = [
        datetime.combine(day, clock.at, zone) + timedelta(hours=hours)
        for day in possible
        for hours in halves
    ]
    return min(candidates, key=lambda at: abs(at - near))
