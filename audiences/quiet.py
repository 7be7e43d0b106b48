"""Hours in which a person wants no noise: local wall time in, the moment they end out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from audiences import clocks, zones


@dataclass(frozen=True)
class QuietHours:
    """`since` later than `until` spans midnight; both the same is no time at all."""

    time_zone: str
    since: time
    until: time

    def ends_at(self, now: datetime) -> datetime | None:
        """When it is no longer quiet, if it is quiet now.

        Where the clocks skip the end, it is the moment they skip it; where they show it twice, the
        first one to come.
        """
        zone = zones.named(self.time_zone)
        now = now.astimezone(UTC)
        if not self._holds_at(now, zone):
            return None
        ends = (end for end in self._ends(now, zone) if end > now and not self._holds_at(end, zone))
        return min(ends)

    def _holds_at(self, at: datetime, zone: ZoneInfo) -> bool:
        shown = at.astimezone(zone).time()
        if self.since <= self.until:
            return self.since <= shown < self.until
        return shown >= self.since or shown < self.until

    def _ends(self, now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """Whenever the clocks there show the end, or skip it, today and on the next two days."""
        today = now.astimezone(zone).date()
        for days in range(3):
            yield from clocks.moments(today + timedelta(days=days), self.until, zone)


def length(since: time | None, until: time | None) -> timedelta:
    """How long such a night is; without both ends there is none."""
    if since is None or until is None:
        return timedelta(0)
    minutes = (until.hour - since.hour) * 60 + until.minute - since.minute
    return timedelta(minutes=minutes % (24 * 60))
