"""When quiet hours end, against a clock that is looked at minute by minute."""

from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from audiences.quiet import QuietHours

MINUTE = timedelta(minutes=1)
ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/Los_Angeles",
    "Pacific/Apia",
    "UTC",
]
# Nights on which the clocks change somewhere, and ordinary ones.
NIGHTS = [
    datetime(2026, 3, 28, 12, tzinfo=UTC),
    datetime(2026, 10, 24, 12, tzinfo=UTC),
    datetime(2026, 3, 7, 12, tzinfo=UTC),
    datetime(2026, 11, 1, 0, tzinfo=UTC),
    datetime(2026, 4, 4, 12, tzinfo=UTC),
    datetime(2026, 10, 3, 12, tzinfo=UTC),
    datetime(2011, 12, 29, 12, tzinfo=UTC),
    datetime(2026, 7, 15, 12, tzinfo=UTC),
]


def at(text: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def quiet(since: str, until: str, zone: str = "Europe/Berlin") -> QuietHours:
    return QuietHours(zone, time.fromisoformat(since), time.fromisoformat(until))


@pytest.mark.parametrize(
    ("hours", "now", "end"),
    [
        (("22:00", "07:00"), "2026-07-01T21:59", None),
        (("22:00", "07:00"), "2026-07-01T22:00", "2026-07-02T07:00"),
        (("22:00", "07:00"), "2026-07-02T06:59", "2026-07-02T07:00"),
        (("22:00", "07:00"), "2026-07-02T07:00", None),
        (("12:00", "14:00"), "2026-07-01T13:00", "2026-07-01T14:00"),
        (("12:00", "12:00"), "2026-07-01T12:00", None),
        (("22:00", "00:00"), "2026-07-01T23:00", "2026-07-02T00:00"),
        (("00:00", "06:00"), "2026-07-02T00:00", "2026-07-02T06:00"),
    ],
)
def test_they_hold_from_their_beginning_until_their_end(hours, now, end):
    found = quiet(*hours).ends_at(at(now, "Europe/Berlin"))

    assert found == (at(end, "Europe/Berlin") if end else None)


def test_a_night_is_an_hour_shorter_when_the_clocks_go_forward():
    now = at("2026-03-28T23:00", "Europe/Berlin")

    assert quiet("22:00", "07:00").ends_at(now) - now == timedelta(hours=7)


def test_an_end_that_the_clocks_skip_is_when_they_skip_it():
    found = quiet("22:00", "02:30").ends_at(at("2026-03-29T01:00", "Europe/Berlin"))

    assert found == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


def test_an_end_that_the_clocks_show_twice_is_the_next_one_to_come():
    hours = quiet("22:00", "02:30")

    first = hours.ends_at(at("2026-10-25T02:10", "Europe/Berlin"))
    second = hours.ends_at(at("2026-10-25T02:10", "Europe/Berlin", fold=1))

    assert first == at("2026-10-25T02:30", "Europe/Berlin").astimezone(UTC)
    assert second - first == timedelta(hours=1)


@pytest.mark.parametrize("name", ["", "Europe", "Nowhere/Land", "../etc/passwd", "a\0b"])
def test_who_has_no_zone_that_we_know_lives_in_ours(settings, name):
    settings.TIME_ZONE = "Europe/Berlin"

    found = quiet("22:00", "07:00", name).ends_at(at("2026-07-01T23:00", "Europe/Berlin"))

    assert found == at("2026-07-02T07:00", "Europe/Berlin")


def is_quiet(hours: QuietHours, moment: datetime) -> bool:
    shown = moment.astimezone(ZoneInfo(hours.time_zone)).time()
    if hours.since < hours.until:
        return hours.since <= shown < hours.until
    return hours.since != hours.until and not hours.until <= shown < hours.since


@pytest.mark.parametrize("zone", ZONES)
def test_whatever_the_clocks_do_it_ends_when_it_is_first_not_quiet(zone):
    """Or, where the clocks go back into an hour before it, at the end they then come to."""
    random = Random(zone)
    for night in NIGHTS:
        for _ in range(12):
            moments = (time(random.randrange(24), random.choice([0, 7, 30, 59])) for _ in "ab")
            hours = QuietHours(zone, *moments)
            now = night + random.randrange(24 * 60) * MINUTE

            end = hours.ends_at(now)

            assert (end is not None) == is_quiet(hours, now), (hours, now)
            if end is None:
                continue
            assert not is_quiet(hours, end), (hours, now, end)
            assert is_quiet(hours, end - MINUTE), (hours, now, end)
            woken = first_awake(hours, now)
            assert end == woken or goes_back(zone, woken), (hours, now, end)


def first_awake(hours: QuietHours, now: datetime) -> datetime:
    return next(
        now + minutes * MINUTE
        for minutes in range(3000)
        if not is_quiet(hours, now + minutes * MINUTE)
    )


def goes_back(zone: str, moment: datetime) -> bool:
    local = ZoneInfo(zone)
    return moment.astimezone(local).utcoffset() < (moment - MINUTE).astimezone(local).utcoffset()
