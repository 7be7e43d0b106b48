"""The rules of RFC 5545 by which something comes again, by the clock on the wall of a zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr
from django.utils.translation import gettext as _

_PARTS = {
    *("FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYSETPOS"),
    *("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"),
}
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
    for at in islice(iter(found), read.count):
        # There and back: a time that does not exist becomes the one that does.
        yield at.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _search(parts: str, first: datetime, end: datetime) -> rrule:
    try:
        return rrulestr(parts, dtstart=first).replace(until=end)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadRule(
            _("This rule cannot be read (%(error)s). An example: FREQ=MONTHLY;BYDAY=1SU.")
            % {"error": error}
        ) from error


def _on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at


def _rule(parts: str, first: datetime, end: datetime) -> rrule:
    try:
        return rrulestr(parts, dtstart=first).replace(until=end)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise BadRule(
            _("This rule cannot be read (%(error)s). An example: FREQ=MONTHLY;BYDAY=1SU.")
            % {"error": error}
        ) from error


def _read(text: str) -> _Rule:
    """:raises BadRule: names the part that does not belong there."""
    parts = dict(
        _part(part) for part in text.strip().upper().removeprefix("RRULE:").split(";") if part
    )
    if parts.get("FREQ") not in _OFTEN_ENOUGH:
        raise BadRule(
            _("Say how often, with FREQ=YEARLY, MONTHLY, WEEKLY or DAILY. An example: %(rule)s.")
            % {"rule": "FREQ=MONTHLY;BYDAY=1SU"}
        )
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if count and until:
        raise BadRule(_("Say COUNT or UNTIL, not both."))
    for name, number in (("COUNT", count), ("INTERVAL", parts.get("INTERVAL"))):
        if number is not None and not (number.isdecimal() and int(number)):
            raise BadRule(_("%(name)s is a number from 1 on.") % {"name": name})
    return _Rule(
        parts=";".join(f"{name}={value}" for name, value in parts.items()),
        count=int(count) if count else None,
        until=_until(until) if until else None,
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
        return at if "T" in form else at + timedelta(days=1, seconds=-1)
    raise BadRule(_("UNTIL is a day like 20261231, or a time like 20261231T220000Z."))
