"""Which ways to reach us are right at a moment, and when the next one opens."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from audiences import clocks, public_holidays, zones
from audiences.models import ClosedDay, SupportWay

# So far ahead an opening is looked for; a way that is closed for longer opens at no known time.
LOOKAHEAD_DAYS = 30
_MIDNIGHT = time(0)
_AROUND_THE_CLOCK = tuple((weekday, _MIDNIGHT, _MIDNIGHT) for weekday in range(7))
# Here a person answers; the others are there without any.
_ANSWERED = (SupportWay.Kind.PHONE, SupportWay.Kind.CHAT)


@dataclass(frozen=True)
class Way:
    """A way to reach us with all that decides when; without hours it is there at any time, but for
    the days on which nobody answers."""

    pk: int
    name: Mapping[str, str]
    kind: str
    address: str
    time_zone: str = "Europe/Berlin"
    segments: frozenset[int] = frozenset()
    # Weekday, and from when until when; until 00:00 is until the end of the day.
    hours: Sequence[tuple[int, time, time]] = ()
    # With the reason in each language; one that everybody knows has none.
    closed: Mapping[date, Mapping[str, str]] = field(default_factory=dict)
    holidays: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether a person is there while it is open."""
        return bool(self.hours) or self.kind in _ANSWERED

    @property
    def zone(self) -> ZoneInfo:
        return zones.named(self.time_zone)


@dataclass(frozen=True)
class Reachable:
    """A way as it is at one moment; open without an end, it is there at any time."""

    way: Way
    is_open: bool
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    # Why nobody is there today, where that was written down.
    because: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Support:
    """What is right at one moment: what can be used, and what opens next if nobody is there."""

    now: datetime
    available: Sequence[Reachable] = ()
    # Only where nobody of ours is there at the moment.
    next: Reachable | None = None

    def __bool__(self) -> bool:
        return bool(self.available or self.next)


def read() -> list[Way]:
    """Every way as it is stored, in its order; in a fixed number of queries."""
    rows = list(SupportWay.objects.prefetch_related("hours", "closed_days", "segments"))
    if not rows:
        return []
    everywhere = _closed_everywhere()
    return [_read(row, everywhere) for row in rows]


def _closed_everywhere() -> dict[date, Mapping[str, str]]:
    return dict(ClosedDay.objects.filter(way=None).values_list("closed_on", "reason"))


def _read(row: SupportWay, everywhere: Mapping[date, Mapping[str, str]]) -> Way:
    return Way(
        pk=row.pk,
        name=row.name,
        kind=row.kind,
        address=" ".join(row.address.split()),
        time_zone=row.time_zone,
        segments=frozenset(segment.pk for segment in row.segments.all()),
        hours=[(one.weekday, one.opens_at, one.closes_at) for one in row.hours.all()],
        closed={**everywhere, **{one.closed_on: one.reason for one in row.closed_days.all()}},
        holidays="" if row.is_open_on_holidays else row.holidays,
    )


def seen(row: SupportWay, *, now: datetime) -> Reachable:
    """One stored way, as it is at a moment."""
    return _seen(_read(row, _closed_everywhere()), now)


def at(*, ways: Sequence[Way], now: datetime, segments: Collection[int] = ()) -> Support:
    """What somebody of these segments should be told; of nobody's in particular: the public.

    Ways for one of the segments take the place of those for everybody.
    """
    own = [way for way in ways if way.segments.intersection(segments)]
    ways_now = [_seen(way, now) for way in own or (way for way in ways if not way.segments)]
    # People before what is there without any.
    available = sorted(
        (one for one in ways_now if one.is_open), key=lambda one: not one.way.is_answered
    )
    if any(one.way.is_answered for one in available):
        return Support(now, available)
    coming = [one for one in ways_now if one.opens_at]
    return Support(now, available, min(coming, key=_opens, default=None))


def _opens(one: Reachable) -> datetime:
    assert one.opens_at, "only what opens is asked"
    return one.opens_at


def _seen(way: Way, now: datetime) -> Reachable:
    if not way.is_answered:
        return Reachable(way, is_open=True)
    end: datetime | None = None
    for opens, closes in _periods(way, now):
        if opens > (end or now):
            # It is not open now, or closes before it opens again.
            if end:
                return Reachable(way, is_open=True, closes_at=end)
            because = way.closed.get(now.astimezone(way.zone).date(), {})
            return Reachable(way, is_open=False, opens_at=opens, because=because)
        if closes > now:
            end = closes
    # What is open for as long as one can see is so at any time.
    return Reachable(way, is_open=bool(end))


def _periods(way: Way, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When it is open, in order, from yesterday on."""
    zone = way.zone
    today = now.astimezone(zone).date()
    for days in range(-1, LOOKAHEAD_DAYS):
        day = today + timedelta(days=days)
        if day in way.closed or public_holidays.is_holiday(way.holidays, day):
            continue
        for weekday, opens, closes in sorted(way.hours or _AROUND_THE_CLOCK):
            if weekday == day.weekday():
                last = day + timedelta(days=1) if closes == _MIDNIGHT else day
                start = clocks.moments(day, opens, zone)[0]
                end = clocks.moments(last, closes, zone)[1]
                # Hours that the clocks skip are none.
                if start < end:
                    yield start, end
