"""A maintenance that comes again: by the clock on the wall, each occurrence drafted once."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from incidents.models import Incident, MaintenanceOccurrence, MaintenanceSeries, Plan, Update
from incidents.recurrence import BadRule
from incidents.services import incidents, series
from tests.factories import NOON, PlanFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def weekly(login, lead):
    """Every Sunday at half past two in the night, Berlin time, from 8 March 2026 on."""
    weekly = MaintenanceSeries.objects.create(
        title={"en": "Weekly restart"},
        rule="FREQ=WEEKLY;BYDAY=SU",
        first_at=datetime(2026, 3, 8, 2, 30, tzinfo=BERLIN),
        duration=timedelta(hours=1),
        ahead=14 * DAY,
        lead=lead,
        work={"en": "We restart."},
    )
    weekly.components.add(login)
    return weekly


def on_the_wall(times):
    return [f"{at:%Y-%m-%d %H:%M %Z}" for at in times]


def drafts():
    return list(Incident.objects.order_by("scheduled_for").values_list("scheduled_for", flat=True))


def test_the_time_on_the_wall_stays_over_the_night_in_spring(weekly):
    assert on_the_wall(series.next_times(series=weekly, after=NOON)) == [
        "2026-03-08 02:30 CET",
        "2026-03-15 02:30 CET",
        "2026-03-22 02:30 CET",
        "2026-03-29 03:30 CEST",  # half past two does not exist
        "2026-04-05 02:30 CEST",
    ]


def test_it_takes_as_long_as_ever_in_the_nights_when_clocks_change(weekly):
    weekly.first_at = datetime(2026, 10, 18, 1, 0, tzinfo=BERLIN)
    weekly.duration = timedelta(hours=4)
    weekly.save()

    series.draft_due(now=datetime(2026, 10, 20, tzinfo=UTC))

    draft = Incident.objects.earliest("scheduled_for")
    assert f"{draft.scheduled_for.astimezone(BERLIN):%d.%m. %H:%M}" == "25.10. 01:00"
    assert draft.scheduled_until - draft.scheduled_for == timedelta(hours=4)


def test_of_an_hour_that_comes_twice_the_first_counts(weekly):
    october = datetime(2026, 10, 20, tzinfo=UTC)

    assert on_the_wall(series.next_times(series=weekly, after=october, limit=2)) == [
        "2026-10-25 02:30 CEST",
        "2026-11-01 02:30 CET",
    ]


def test_it_is_drafted_ahead_of_time_and_tells_nobody(weekly, login, lead):
    assert series.draft_due(now=NOON) == 2

    first = Incident.objects.order_by("scheduled_for").first()
    assert first.is_draft
    assert first.scheduled_for == datetime(2026, 3, 8, 2, 30, tzinfo=BERLIN)
    assert first.scheduled_until - first.scheduled_for == timedelta(hours=1)
    assert (first.series, first.lead, first.work) == (weekly, lead, {"en": "We restart."})
    assert (first.kind, first.status) == ("maintenance", "scheduled")
    assert first.affected.get().component == login
    assert not Update.objects.exists()


def test_doubled_and_late_tasks_draft_each_occurrence_once(weekly):
    for now in (NOON, NOON, NOON + DAY, NOON, NOON + 8 * DAY):
        series.draft_due(now=now)

    assert len(drafts()) == len(set(drafts())) == 3


def test_of_an_hour_that_comes_twice_one_draft_is_made_and_those_after_it(weekly):
    october = datetime(2026, 10, 20, tzinfo=UTC)

    assert [series.draft_due(now=october + n * DAY) for n in (0, 1, 6)] == [2, 0, 1]
    assert series.left_behind(series=weekly, now=october) == []


def test_a_draft_with_other_times_does_not_come_twice(weekly):
    series.draft_due(now=NOON)
    draft = Incident.objects.order_by("scheduled_for").first()
    draft.scheduled_for += timedelta(minutes=30)
    draft.save()

    assert series.draft_due(now=NOON) == 0


def test_a_deleted_draft_does_not_come_back(weekly):
    series.draft_due(now=NOON)
    Incident.objects.order_by("scheduled_for").first().delete()

    assert series.draft_due(now=NOON) == 0
    assert len(drafts()) == 1


def test_a_skipped_occurrence_is_remembered_also_before_it_is_drafted(weekly, lead):
    first, second, third, *_later = series.next_times(series=weekly, after=NOON)
    series.draft_due(now=NOON)

    series.skip(series=weekly, starts_at=first, by=lead)
    series.skip(series=weekly, starts_at=third, by=lead)
    series.draft_due(now=NOON + 10 * DAY)

    assert drafts() == [second]
    assert MaintenanceOccurrence.objects.filter(skipped_by=lead).count() == 2


def test_what_customers_know_of_is_not_skipped(weekly, work_plan, lead):
    series.draft_due(now=NOON)
    opened = incidents.open(
        incident=Incident.objects.order_by("scheduled_for").first(), by=lead, now=NOON
    )

    with pytest.raises(series.AlreadyAnnounced):
        series.skip(series=weekly, starts_at=opened.scheduled_for, by=lead)

    assert Incident.objects.filter(pk=opened.pk).exists()


def test_another_rule_touches_nothing_that_was_opened_and_names_the_drafts_of_the_old_one(
    weekly, work_plan, lead
):
    series.draft_due(now=NOON)
    opened, draft = Incident.objects.order_by("scheduled_for")
    incidents.open(incident=opened, by=lead, now=NOON)
    weekly.rule = "FREQ=WEEKLY;BYDAY=MO"
    weekly.save()

    series.draft_due(now=NOON)

    before = opened.scheduled_for
    opened.refresh_from_db()
    assert (opened.scheduled_for, opened.status) == (before, "scheduled")
    assert series.left_behind(series=weekly, now=NOON) == [draft]


@pytest.fixture
def daily(weekly):
    weekly.rule, weekly.ahead = "FREQ=DAILY", 366 * DAY
    weekly.save()
    return weekly


def test_no_more_drafts_wait_for_a_person_than_one_can_look_at(daily):
    assert series.draft_due(now=NOON) == 10
    assert series.draft_due(now=NOON) == 0

    assert series.is_held_back(series=daily, now=NOON)
    times = series.next_times(series=daily, after=NOON, limit=10)
    assert drafts() == times


def test_what_was_opened_skipped_or_has_passed_makes_room_for_the_next(daily, work_plan, lead):
    series.draft_due(now=NOON)
    first, second, *_others = Incident.objects.order_by("scheduled_for")
    incidents.open(incident=first, by=lead, now=NOON)
    series.skip(series=daily, starts_at=second.scheduled_for, by=lead)

    assert series.draft_due(now=NOON) == 2
    assert series.draft_due(now=second.scheduled_for + DAY) == 1


def test_a_skip_that_is_taken_back_comes_before_what_waits(daily, lead):
    series.draft_due(now=NOON)
    soon = series.next_times(series=daily, after=NOON, limit=1)[0]
    series.skip(series=daily, starts_at=soon, by=lead)
    series.draft_due(now=NOON)

    series.take_back(series=daily, starts_at=soon, now=NOON)

    assert drafts()[0] == soon


def test_what_fits_is_not_held_back(weekly):
    assert not series.is_held_back(series=weekly, now=NOON)


def test_what_has_passed_while_nothing_ran_is_not_drafted(weekly):
    series.draft_due(now=NOON + 21 * DAY)

    assert all(at > NOON + 21 * DAY for at in drafts())
    assert drafts()


def test_a_series_at_rest_drafts_nothing(weekly):
    weekly.is_active = False
    weekly.save()

    assert series.draft_due(now=NOON) == 0


def test_the_active_version_of_its_plan_is_taken(weekly):
    retired = PlanFactory(slug="work", version=1, status=Plan.Status.RETIRED, kind="maintenance")
    active = PlanFactory(slug="work", version=2, kind="maintenance")
    weekly.plan = retired
    weekly.save()

    series.draft_due(now=NOON)

    assert {draft.plan for draft in Incident.objects.all()} == {active}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=MONTHLY;BYDAY=1SU;COUNT=2", ["2026-04-05 02:30 CEST", "2026-05-03 02:30 CEST"]),
        ("rrule:FREQ=DAILY;UNTIL=20260309", ["2026-03-08 02:30 CET", "2026-03-09 02:30 CET"]),
        ("FREQ=DAILY;UNTIL=20260309T013000Z", ["2026-03-08 02:30 CET", "2026-03-09 02:30 CET"]),
        ("FREQ=DAILY;UNTIL=20260309T012959Z", ["2026-03-08 02:30 CET"]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24;COUNT=1", ["2026-12-24 02:30 CET"]),
    ],
)
def test_bounds_are_kept(weekly, rule, expected):
    weekly.rule = rule

    assert on_the_wall(series.next_times(series=weekly, after=NOON)) == expected


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("", "FREQ=YEARLY"),
        ("every Sunday", "does not belong"),
        ("FREQ=HOURLY", "how often"),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY is made of days like MO, 1SU"),
        ("FREQ=WEEKLY;BYDAY=SU;DTSTART=20260101", "does not belong"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "not both"),
        ("FREQ=WEEKLY;COUNT=none", "number"),
        ("FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL is a day"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no such day"),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "no such day"),
        ("FREQ=WEEKLY;INTERVAL=0", "number"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "number"),
        ("FREQ=DAILY;COUNT=" + "9" * 5000, "number"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "number"),
        ("FREQ=MONTHLY;BYDAY=99SU", "BYDAY is made of days"),
        ("FREQ=WEEKLY;BYDAY=1SU", "write BYDAY=SU for each of them, or FREQ=MONTHLY;BYDAY=1SU"),
        ("FREQ=DAILY;BYDAY=MO,-1FR", "write BYDAY=MO,FR for each of them, or FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=+1MO", "write BYDAY=MO for each"),
        ("FREQ=DAILY;FREQ=WEEKLY", "is there twice"),
        ("FREQ=DAILY;UNTIL=99991231T235959Z", "UNTIL is a day"),
        ("FREQ=DAILY;UNTIL=00010101T000000Z", "UNTIL is a day"),
        ("FREQ=DAILY;BYMONTH=13", "BYMONTH is a number from 1 to 12"),
        ("FREQ=DAILY;BYMONTHDAY=99", "BYMONTHDAY is a number from 1 to 31"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "no such day"),
        ("FREQ=YEARLY;BYWEEKNO=99999999999999999999", "BYWEEKNO is a number"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS is a number"),
        ("FREQ=WEEKLY\nEXDATE:20260308T023000", "how often"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_what_to_mend(weekly, rule, error):
    weekly.rule = rule

    with pytest.raises(BadRule, match=error):
        series.check(series=weekly)


def test_a_skip_is_taken_back_before_and_after_it_would_have_been_drafted(weekly, lead):
    first, second, third, *_later = series.next_times(series=weekly, after=NOON)
    series.draft_due(now=NOON)
    for skipped in (first, third):
        series.skip(series=weekly, starts_at=skipped, by=lead)
    assert series.left_out(series=weekly, now=NOON) == [first, third]

    series.take_back(series=weekly, starts_at=first, now=NOON)
    series.take_back(series=weekly, starts_at=third, now=NOON)

    # What is soon is drafted at once, the other like every one.
    assert drafts() == [first, second]
    series.draft_due(now=NOON + 10 * DAY)
    assert drafts() == [first, second, third]
    assert series.left_out(series=weekly, now=NOON) == []


def test_a_deleted_draft_can_come_back_too(weekly):
    series.draft_due(now=NOON)
    first = Incident.objects.order_by("scheduled_for").first()
    starts_at = first.scheduled_for
    first.delete()

    series.take_back(series=weekly, starts_at=starts_at, now=NOON)

    assert starts_at in drafts()


def test_what_comes_anyway_or_has_passed_is_not_taken_back(weekly, lead):
    first, second, *_later = series.next_times(series=weekly, after=NOON)
    series.draft_due(now=NOON)
    series.skip(series=weekly, starts_at=first, by=lead)

    for starts_at, now in ((second, NOON), (first, first)):
        with pytest.raises(series.NotSkipped):
            series.take_back(series=weekly, starts_at=starts_at, now=now)

    assert drafts() == [second]


def test_a_series_at_rest_drafts_nothing_that_is_taken_back(weekly, lead):
    first, *_later = series.next_times(series=weekly, after=NOON)
    series.skip(series=weekly, starts_at=first, by=lead)
    MaintenanceSeries.objects.update(is_active=False)

    series.take_back(series=weekly, starts_at=first, now=NOON)

    assert drafts() == []


def test_a_series_that_cannot_be_reckoned_with_stops_no_other(weekly, lead):
    absurd = {"first_at": weekly.first_at, "duration": weekly.duration, "lead": lead}
    MaintenanceSeries.objects.create(
        **absurd, title={"en": "Absurd"}, rule=weekly.rule, ahead=timedelta(days=99_999_999)
    )

    assert series.draft_due(now=NOON) == 2
