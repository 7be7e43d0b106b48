"""When clocks somewhere show a time: not at all, once or twice on the days they are changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


def moments(day: date, shown: time, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first and the last moment at which the clocks there show it, in UTC.

    Where they skip it, both are the moment at which they skip it.
    """
    local = datetime.combine(day, shown, zone)
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return first, second
    # In a gap the later reading of the clock is the earlier moment (PEP 495).
    skipped = _jump(second, first, zone)
    return skipped, skipped


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The moment between these two at which the clocks are put forward."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // 2
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after.replace(microsecond=0)
