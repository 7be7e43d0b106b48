"""The rules of RFC 5545 by which something comes again, by the clock on the wall of a zone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from django.utils.translation import gettext as _

from audiences import bounds

_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"),
    *("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"),
}
_LAST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_NUMBER = re.compile("[1-9][0-9]{0,3}")
# The 53rd of a weekday is the last that a year can have, the fifth that of a month.
_DAY = re.compile("([+-]?([1-9]|[1-4][0-9]|5[0-3]))?(MO|TU|WE|TH|FR|SA|SU)")
_OFTEN_ENOUGH = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")


class BadRule(ValueError):
    """The rule cannot be used; the message says what to mend."""


@dataclass(frozen=True)
class _Rule:
    """A rule in parts, its bounds apart."""

    parts: str
    count: int | None = None
    until: datetime | None = None


def times(*, rule: str, first_at: datetime, zone: ZoneInfo, until: datetime) -> Iterator[datetime]:
    """When it comes, in order, from its first time on; computed without a zone, as on a wall.

    A time that a night in spring leaves out comes an hour later; of one that a night in autumn
    has twice, the first counts.

    :raises BadRule: the rule cannot be used.
    """
    read = _read(rule)
    end = _on_the_wall(until, zone)
    if read.until:
        end = min(end, _on_the_wall(read.until, zone))
    found = _search(read.parts, _on_the_wall(first_at, zone), end)
    for at in islice(found, read.count):
        # There and back: a time that does not exist becomes the one that does.
        yield at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _search(parts: str, first: datetime, end: datetime) -> Iterator[datetime]:
    """The calendar comes again every 400 years, and what finds nothing searches to its end: near
    the end that takes no time."""
    if first > end:
        return
    ahead = (MAXYEAR - end.year) // 400 * 400
    first, end = (at.replace(year=at.year + ahead) for at in (first, end))
    try:
        for at in rrulestr(parts, dtstart=first).replace(until=end):
            yield at.replace(year=at.year - ahead)
    # Some of them only come while it searches.
    except (ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise BadRule(
            _("This rule cannot be read (%(error)s). An example: FREQ=MONTHLY;BYDAY=1SU.")
            % {"error": error}
        ) from error


def _on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at


def _read(text: str) -> _Rule:
    """:raises BadRule: names the part that does not belong there."""
    said = [_part(part) for part in text.strip().upper().removeprefix("RRULE:").split(";") if part]
    parts = dict(said)
    counts = Counter(name for name, _value in said)
    if twice := next((name for name in counts if counts[name] > 1), ""):
        raise BadRule(_("“%(name)s” is there twice") % {"name": twice})
    if parts.get("FREQ") not in _OFTEN_ENOUGH:
        raise BadRule(
            _("Say how often, with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY. An example: %(rule)s.")
            % {"rule": "FREQ=MONTHLY;BYDAY=1SU"}
        )
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count and until:
        raise BadRule(_("Say COUNT or UNTIL, not both."))
    for name, number in (("COUNT", count), ("INTERVAL", parts.get("INTERVAL"))):
        if number is not None and not _NUMBER.fullmatch(number):
            raise BadRule(
                _("%(name)s is a number from 1 to %(last)d.") % {"name": name, "last": 9999}
            )
    _check_days(parts)
    return _Rule(
        parts=";".join(f"{name}={value}" for name, value in parts.items()),
        count=int(count) if count else None,
        until=_until(until) if until else None,
    )


def _check_days(parts: Mapping[str, str]) -> None:
    """What is no day of any year would be searched for to the end of the calendar.

    :raises BadRule: names the part.
    """
    for name, last in _LAST.items():
        numbers = parts[name].split(",") if name in parts else []
        found = [_NUMBER.fullmatch(number.lstrip("+-")) for number in numbers]
        if not all(each and int(each[0]) <= last for each in found):
            words = _("%(name)s is a number from 1 to %(last)d.")
            raise BadRule(words % {"name": name, "last": last})
    if not all(_DAY.fullmatch(day) for day in parts.get("BYDAY", "MO").split(",")):
        raise BadRule(
            _("BYDAY is made of days like MO, 1SU for the first Sunday, or -1SU for the last.")
        )
    _check_counted(parts)


def _check_counted(parts: Mapping[str, str]) -> None:
    """A day is counted within a month or a year: https://www.rfc-editor.org/rfc/rfc5545#page-42.

    :raises BadRule: names both rules that can be meant.
    """
    given = parts.get("BYDAY", "")
    each = ",".join(day[-2:] for day in given.split(","))
    may_count = parts["FREQ"] in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in parts
    if given != each and not may_count:
        raise BadRule(
            _(
                "BYDAY=%(given)s counts the days of a month or a year, not those of a week: write"
                " BYDAY=%(each)s for each of them, or FREQ=MONTHLY;BYDAY=%(given)s."
            )
            % {"given": given, "each": each}
        )


def _part(part: str) -> tuple[str, str]:
    name, equals, value = part.strip().partition("=")
    if name not in _PARTS or not equals or not value:
        raise BadRule(
            _("“%(part)s” does not belong into a rule. It may have: %(known)s.")
            % {"part": part, "known": ", ".join(sorted(_PARTS))}
        )
    return name, value


def _until(text: str) -> datetime:
    """A day is meant with its whole length; a time with Z is UTC, one without is on the wall."""
    for form in ("%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%S", "%Y%m%d"):
        try:
            at = datetime.strptime(text, form)  # noqa: DTZ007 the wall has no zone
        except ValueError:
            continue
        if not bounds.FIRST_YEAR <= at.year <= bounds.LAST_YEAR:
            break
        return at if "T" in form else at + timedelta(days=1, seconds=-1)
    raise BadRule(_("UNTIL is a day like 20261231, or a time like 20261231T220000Z."))
