"""Which way to reach us is right at a moment."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from audiences import public_holidays
from audiences.models import ClosedDay, SupportHours, SupportWay
from audiences.services import reaching, support
from audiences.services.support import Way
from tests.factories import SegmentFactory

BERLIN = ZoneInfo("Europe/Berlin")
EIGHT_TO_SIX = [(weekday, time(8), time(18)) for weekday in range(5)]
PHONE = Way(1, {"en": "Phone", "de": "Telefon"}, "phone", "+49 341 1", hours=EIGHT_TO_SIX)
PORTAL = Way(2, {"en": "help pages", "de": "Hilfeseiten"}, "portal", "help.example")
# A Wednesday, in winter.
WEDNESDAY = datetime(2026, 1, 14, tzinfo=BERLIN)


def way(**changes):
    return Way(**{**vars(PHONE), **changes})


def said(*ways, at, segments=(), language="en"):
    return reaching.sentence(support.at(ways=ways, now=at, segments=segments), language)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (WEDNESDAY.replace(hour=12), "You can reach us: Phone +49 341 1 (open until 18:00 CET)."),
        (WEDNESDAY.replace(hour=8), "You can reach us: Phone +49 341 1 (open until 18:00 CET)."),
        (WEDNESDAY.replace(hour=6), "You can reach us again from 08:00 CET: Phone +49 341 1."),
        (
            WEDNESDAY.replace(hour=18),
            "You can reach us again from Thursday 08:00 CET: Phone +49 341 1.",
        ),
        (
            WEDNESDAY.replace(day=17, hour=12),
            "You can reach us again from Monday 08:00 CET: Phone +49 341 1.",
        ),
    ],
)
def test_it_says_until_when_or_from_when_on(at, words):
    assert said(PHONE, at=at) == words


def test_it_says_so_in_german():
    words = said(PHONE, at=WEDNESDAY.replace(hour=12), language="de")

    assert words.endswith("18:00 MEZ).")


def test_hours_are_said_in_the_zone_of_their_reader():
    late = support.at(ways=[PHONE], now=WEDNESDAY.replace(hour=12))
    early = support.at(ways=[PHONE], now=WEDNESDAY.replace(hour=20))

    assert "until 17:00 GMT" in reaching.sentence(late, "en", zone="Europe/London")
    assert "again from 20:00 NZDT: Phone" in reaching.sentence(early, "en", zone="Pacific/Auckland")


def test_people_come_before_what_is_always_there():
    assert said(PORTAL, PHONE, at=WEDNESDAY.replace(hour=12)) == (
        "You can reach us: Phone +49 341 1 (open until 18:00 CET), help pages help.example."
    )


def test_when_nobody_is_there_it_says_what_helps_until_then():
    assert said(PHONE, PORTAL, at=WEDNESDAY.replace(hour=20)) == (
        "You can reach us again from Thursday 08:00 CET: Phone +49 341 1."
        " Until then: help pages help.example."
    )


def test_nothing_is_said_without_a_way():
    assert said(at=WEDNESDAY) == ""
    assert said(way(segments=frozenset({7})), at=WEDNESDAY) == ""


def test_a_way_for_a_segment_takes_the_place_of_the_general_ones():
    own = way(pk=3, address="+49 341 9", segments=frozenset({7}))
    at = WEDNESDAY.replace(hour=12)

    assert "+49 341 9" in said(PHONE, own, at=at, segments=[7])
    assert "+49 341 1 " not in said(PHONE, own, at=at, segments=[7])
    assert "+49 341 9" not in said(PHONE, own, at=at)


def test_a_lunch_break_is_closed_and_touching_hours_are_one():
    hours = [(2, time(8), time(12)), (2, time(13), time(15)), (2, time(15), time(0))]
    noon = WEDNESDAY.replace(hour=12, minute=30)

    assert "again from 13:00 CET" in said(way(hours=hours), at=noon)
    assert "open until 00:00 CET" in said(way(hours=hours), at=noon.replace(hour=14))


def test_what_never_closes_has_no_end():
    hours = [(weekday, time(0), time(0)) for weekday in range(7)]

    assert said(way(hours=hours), at=WEDNESDAY) == "You can reach us: Phone +49 341 1."


@pytest.mark.slow(reason="reads the holidays of a country for the first time")
def test_holidays_and_closed_days_are_closed():
    first = datetime(2026, 1, 1, 12, tzinfo=BERLIN)
    closed = way(holidays="DE", closed={date(2026, 1, 2): {}})

    assert "again from Monday 08:00 CET" in said(closed, at=first)
    assert "open until 18:00" in said(PHONE, at=first)


def test_a_part_of_a_country_has_holidays_of_its_own():
    corpus_christi = datetime(2026, 6, 4, 12, tzinfo=BERLIN)

    assert "again from Friday" in said(way(holidays="DE-BY"), at=corpus_christi)
    assert "open until" in said(way(holidays="DE-BE"), at=corpus_christi)


def test_an_opening_far_away_has_its_date():
    days = {date(2026, 1, day): {} for day in range(14, 26)}

    assert "from Monday, 26 January 08:00 CET" in said(way(closed=days), at=WEDNESDAY)


def test_why_nobody_is_there_today_is_said():
    party = {"en": "summer party", "de": "Sommerfest"}
    closed = way(closed={WEDNESDAY.date(): party, date(2026, 1, 15): {"en": "tidying up"}})

    said_today = said(closed, at=WEDNESDAY.replace(hour=12))
    assert "again from Friday 08:00 CET, closed today (summer party): Phone" in said_today
    assert "closed" not in said(closed, at=WEDNESDAY.replace(day=13, hour=20))


def test_a_way_that_opens_at_no_known_time_is_not_named():
    days = [date(2026, month, day) for month in (1, 2, 3) for day in range(1, 29)]
    days += [date(2026, 1, day) for day in (29, 30, 31)]
    away = way(closed={day: {} for day in days})

    assert said(away, at=WEDNESDAY) == ""
    assert said(away, PORTAL, at=WEDNESDAY) == "You can reach us: help pages help.example."


@pytest.mark.parametrize(("day", "utc_hour"), [(27, 7), (30, 6)])
def test_hours_are_those_of_the_clock_there(day, utc_hour):
    """The clocks go forward on the 29th."""
    found = support.at(ways=[PHONE], now=datetime(2026, 3, day, 3, tzinfo=UTC))

    assert found.next.opens_at == datetime(2026, 3, day, utc_hour, tzinfo=UTC)


def test_an_hour_that_the_clocks_show_twice_is_open_twice():
    night = way(hours=[(6, time(1), time(3))])
    now = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)

    found = support.at(ways=[night], now=now).available[0]

    assert found.closes_at == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


def test_hours_that_the_clocks_skip_open_a_week_later():
    sundays = way(hours=[(6, time(2, 15), time(2, 30))])

    words = said(sundays, at=datetime(2026, 3, 29, tzinfo=BERLIN))

    assert words == "You can reach us again from Sunday, 5 April 02:15 CEST: Phone +49 341 1."


def test_half_hours_of_a_zone_are_kept():
    calcutta = way(time_zone="Asia/Kolkata")

    words = said(calcutta, at=datetime(2026, 1, 14, 2, 0, tzinfo=UTC))

    assert words == "You can reach us again from 08:00 IST: Phone +49 341 1."


@pytest.mark.parametrize(
    ("code", "words"),
    [("XX", "For example: DE"), ("DE-XX", "DE-BY"), ("de", "no country"), ("", "no country")],
)
def test_an_unknown_code_is_refused_with_what_is_possible(code, words):
    with pytest.raises(public_holidays.UnknownHolidays, match=words):
        public_holidays.check(code)


@pytest.mark.django_db
def test_everything_stored_is_read_in_a_fixed_number_of_queries(django_assert_num_queries):
    segment = SegmentFactory()
    for number in range(3):
        made = SupportWay.objects.create(name={"en": "Phone"}, address=f"{number}", holidays="DE")
        made.segments.add(segment)
        SupportHours.objects.create(way=made, weekday=0, opens_at="08:00", closes_at="18:00")
        ClosedDay.objects.create(way=made, closed_on=date(2026, 1, 2 + number))
    ClosedDay.objects.create(closed_on=date(2026, 1, 12))

    with django_assert_num_queries(5):
        ways = support.read()

    assert [one.address for one in ways] == ["0", "1", "2"]
    assert ways[0].hours == [(0, time(8), time(18))]
    assert set(ways[0].closed) == {date(2026, 1, 2), date(2026, 1, 12)}
    assert ways[0].segments == {segment.pk}
    assert ways[0].holidays == "DE"


EMERGENCY = Way(4, {"en": "Emergency"}, "phone", "+49 30 999")


def test_a_telephone_without_hours_is_answered_at_any_time():
    night = WEDNESDAY.replace(hour=2)

    assert said(PHONE, PORTAL, EMERGENCY, at=night) == (
        "You can reach us: Emergency +49 30 999, help pages help.example."
    )


def test_a_telephone_without_hours_has_days_off_too():
    off = way(**{**vars(EMERGENCY), "closed": {WEDNESDAY.date(): {}}})

    assert "again from 00:00 CET" in said(off, at=WEDNESDAY.replace(hour=12))
    assert said(off, at=WEDNESDAY.replace(day=15, hour=12)).endswith("+49 30 999.")


def test_a_web_page_without_hours_has_no_days_off():
    closed = way(**{**vars(PORTAL), "closed": {WEDNESDAY.date(): {}}})

    assert said(closed, at=WEDNESDAY) == "You can reach us: help pages help.example."
