"""A maintenance gets other times: customers hear the old and the new ones, reminders move."""

from datetime import UTC, datetime, timedelta

import pytest

from incidents.models import PlanStep
from incidents.services import facts, incidents, maintenance, release, schedules
from incidents.services.shared import Shared
from tests.factories import NOON, maintenance_of

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
START = NOON + timedelta(days=1)
END = START + 2 * HOUR
REASON = {"en": "A part is missing.", "de": "Ein Teil fehlt."}


def move(incident, start, *, now=NOON, hours=2):
    until = start + hours * HOUR
    return schedules.move(
        incident=incident, new_for=start, new_until=until, reason=REASON, by=None, now=now
    )


def extend(incident, until, *, now):
    return schedules.extend(incident=incident, new_until=until, reason=REASON, by=None, now=now)


def tick(now):
    maintenance.start_due(now=now)
    release.release_due(now=now)


def said(incident, reason):
    entries = incident.timeline.filter(reason=reason, released_at__isnull=False)
    return [
        entry.update.public_text["en"].replace("\\", "")
        for entry in entries.order_by("released_at", "pk")
    ]


def reminders(incident):
    entries = incident.timeline.filter(step__trigger="starts").order_by("due_at")
    return [(entry.due_at, entry.state, entry.reason) for entry in entries]


def test_moving_it_tells_both_times_and_moves_its_reminder(announced, lead):
    tick(NOON)
    change = schedules.move(
        incident=announced,
        new_for=START + 24 * HOUR,
        new_until=END + 24 * HOUR,
        reason=REASON,
        by=lead,
        now=NOON + MINUTE,
    )
    tick(NOON + MINUTE)

    announced.refresh_from_db()
    assert announced.scheduled_for == START + 24 * HOUR
    assert (change.kind, change.old_for, change.old_until) == ("moved", START, END)
    assert change.changed_by == lead
    assert said(announced, "moved") == [
        "Moved from 3 March 2026, 13:00 CET to 4 March 2026, 13:00 CET: A part is missing."
    ]
    assert reminders(announced) == [
        (START - HOUR, "cancelled", "rescheduled"),
        (START + 23 * HOUR, "planned", "starts"),
    ]


def test_the_message_itself_knows_the_old_times(announced):
    tick(NOON)
    move(announced, START + HOUR, now=NOON + MINUTE)
    tick(NOON + MINUTE)

    known = announced.timeline.get(reason="moved").broadcast.facts["de"]
    assert known["old_for"] == "3. März 2026, 13:00 Uhr MEZ"
    assert known["old_until"] == "15:00 Uhr MEZ"
    assert known["scheduled_for"] == "3. März 2026, 14:00 Uhr MEZ"
    assert known["reason"] == "Ein Teil fehlt."


def test_it_begins_at_the_new_time(announced):
    move(announced, START + HOUR)

    tick(START)
    announced.refresh_from_db()
    assert announced.status == "scheduled"

    tick(START + HOUR)
    announced.refresh_from_db()
    assert announced.status == "in_progress"


def test_moved_twice_it_tells_each_move_that_was_heard_of(announced):
    tick(NOON)
    for days in (1, 2):
        now = NOON + days * MINUTE
        move(announced, START + days * 24 * HOUR, now=now)
        tick(now)

    assert [text.partition(":")[0] for text in said(announced, "moved")] == [
        "Moved from 3 March 2026, 13",
        "Moved from 4 March 2026, 13",
    ]
    assert [state for _at, state, _why in reminders(announced)] == [
        "cancelled",
        "cancelled",
        "planned",
    ]


def test_moved_again_before_anybody_heard_it_tells_once_from_where_customers_know_it(announced):
    tick(NOON)
    move(announced, START + 24 * HOUR, now=NOON + MINUTE)
    move(announced, START + 48 * HOUR, now=NOON + MINUTE)
    tick(NOON + 2 * MINUTE)

    assert said(announced, "moved") == [
        "Moved from 3 March 2026, 13:00 CET to 5 March 2026, 13:00 CET: A part is missing."
    ]
    skipped = announced.timeline.get(reason="rescheduled", step__trigger="moved")
    assert skipped.state == "cancelled"


def test_a_tick_that_read_its_clock_before_the_move_sends_no_old_reminder(announced):
    """It found the reminder due; the move came before it could claim it."""
    tick(NOON)
    due_at = START - HOUR
    reminder = announced.timeline.get(step__trigger="starts")

    move(announced, START + 24 * HOUR, now=due_at + MINUTE / 60)
    assert not release._release(reminder, due_at, Shared())
    tick(due_at + MINUTE)

    reminder.refresh_from_db()
    assert (reminder.state, reminder.broadcast) == ("cancelled", None)
    assert len(said(announced, "moved")) == 1


def test_a_tick_that_is_behind_the_move_forgets_nothing_of_it(announced, work_plan):
    """What it releases plans again by its own clock, which shows a time before the move."""
    tick(NOON)
    call = PlanStep(
        plan=work_plan, name="Later", trigger="opened", offset=HOUR, template=None, who="task"
    )
    call.template = work_plan.steps.first().template
    call.who, call.channels, call.statement = "automatic", ["email"], {"en": "By the way."}
    call.save_base(force_insert=True)
    move(announced, START + 24 * HOUR, now=NOON + 2 * HOUR)

    release.release_due(now=NOON + HOUR)
    tick(NOON + 2 * HOUR)

    assert len(said(announced, "moved")) == 1
    assert reminders(announced)[-1][:2] == (START + 23 * HOUR, "planned")


def test_moved_after_its_reminder_it_reminds_again(announced):
    for now in (NOON, START - HOUR):
        tick(now)
    move(announced, START + 24 * HOUR, now=START - HOUR / 2)

    tick(START + 23 * HOUR)

    assert [state for _at, state, _why in reminders(announced)] == ["done", "done"]


def test_moved_to_soon_it_sends_no_reminder_that_is_late_already(announced):
    move(announced, NOON + HOUR / 2, now=NOON + MINUTE)

    tick(NOON + 2 * MINUTE)

    assert [state for _at, state, _why in reminders(announced)] == ["cancelled"]


@pytest.mark.parametrize(
    ("start", "hours", "error"),
    [
        (START + HOUR, 0, "choose a later end"),
        (START + HOUR, -1, "choose a later end"),
        (NOON - HOUR, 2, "start it now"),
        (START, 2, "choose others"),
        (datetime(9999, 12, 31, 21, tzinfo=UTC), 2, "check the date"),
    ],
)
def test_times_that_cannot_be_are_refused_with_what_to_do(announced, start, hours, error):
    with pytest.raises(schedules.WrongTimes, match=error):
        move(announced, start, hours=hours)

    announced.refresh_from_db()
    assert announced.scheduled_for == START
    assert not announced.schedule_changes.exists()


def test_what_has_begun_is_extended_and_not_moved(announced):
    tick(START)

    with pytest.raises(schedules.HasBegun, match="extend it, or roll it back"):
        move(announced, START + 24 * HOUR, now=START + MINUTE)


def test_a_draft_an_incident_and_what_is_over_are_not_moved(work, incident, lead):
    with pytest.raises(schedules.NotAnnounced, match="in its form"):
        move(work, START + HOUR)
    with pytest.raises(schedules.NotAnnounced, match="an update"):
        move(incident, START + HOUR)
    opened = incidents.open(incident=work, by=lead, now=NOON)
    schedules.cancel(incident=opened, reason={"en": "No."}, by=lead, now=NOON)
    with pytest.raises(schedules.IsOver, match="new one"):
        move(opened, START + HOUR)


def test_extending_it_tells_both_ends_and_moves_the_overrun(announced):
    for now in (NOON, START):
        tick(now)
    extend(announced, END + 2 * HOUR, now=START + HOUR)
    tick(START + HOUR)
    tick(END + HOUR)

    assert said(announced, "extended") == ["15:00 CET, now 17:00 CET"]
    assert said(announced, "ends") == []

    tick(END + 2 * HOUR + 10 * MINUTE)
    assert said(announced, "ends") == ["It takes longer."]


def test_extended_after_the_overrun_was_told_it_starts_again_from_the_new_end(announced):
    for now in (NOON, START, END + 10 * MINUTE):
        tick(now)
    extend(announced, END + 2 * HOUR, now=END + 20 * MINUTE)

    for minutes in (20, 40, 70, 130):
        tick(END + minutes * MINUTE)

    assert len(said(announced, "ends")) == 2
    assert said(announced, "extended") == ["15:00 CET, now 17:00 CET"]


def test_only_what_runs_is_extended_and_only_to_a_later_end(announced):
    with pytest.raises(schedules.NotBegun, match="move it"):
        extend(announced, END + HOUR, now=NOON)
    tick(START)
    with pytest.raises(schedules.WrongTimes, match="complete it"):
        extend(announced, END - HOUR, now=START + MINUTE)
    with pytest.raises(schedules.WrongTimes, match="has passed"):
        extend(announced, END + HOUR, now=END + 2 * HOUR)
    with pytest.raises(schedules.WrongTimes, match="check the date"):
        extend(announced, datetime(9999, 12, 31, 23, tzinfo=UTC), now=START + MINUTE)


def test_a_drill_is_moved_on_its_own_clock(work, lead):
    work.mode = "drill"
    work.set_clock(story=NOON, now=START, speed=60)
    work.save()
    drill = incidents.open(incident=work, by=lead, now=START)

    change = move(drill, START - HOUR, now=START + MINUTE)

    assert change.changed_at == NOON + HOUR
    assert reminders(drill)[0][:2] == (START - 2 * HOUR, "planned")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # Berlin: two o'clock is followed by three on the first, and by two again on the second.
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), "29 March 2026, 01:30 CET"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "29 March 2026, 03:30 CEST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026, 02:30 CEST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026, 02:30 CET"),
    ],
)
def test_a_night_that_changes_the_clocks_says_which_hour_is_meant(
    login, work_plan, lead, start, expected
):
    work = incidents.open(incident=maintenance_of(login), by=lead, now=NOON)

    move(work, start)

    work.refresh_from_db()
    assert facts.build(incident=work, update=None).texts["en"]["scheduled_for"] == expected
    assert reminders(work)[-1][0] == start - HOUR
