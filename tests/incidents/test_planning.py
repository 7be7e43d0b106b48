from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidents.planning import Change, Said, Step, Story, plan_timeline
from tests.factories import NOON

MINUTE = timedelta(minutes=1)
OPENED = Step(1, "opened")
ANY_UPDATE = Step(2, "update_published")
IDENTIFIED = Step(3, "status_reached", status="identified")
HOLDING = Step(4, "promise_due", repeat_limit=2)
SURVEY = Step(5, "resolved", offset=60 * MINUTE)
CALLS = Step(6, "opened", offset=15 * MINUTE, speaks=False)
PLAN = [OPENED, ANY_UPDATE, IDENTIFIED, HOLDING, SURVEY, CALLS]


def said(id, minutes, *, status="investigating", promise=30, changes=False, by_plan=False):
    at = NOON + minutes * MINUTE
    next_due_at = at + promise * MINUTE if promise else None
    return Said(id, status, at, next_due_at, changes_status=changes, by_plan=by_plan)


def planned(*updates, ended=None, now=1_000):
    story = Story(NOON, updates, ended and NOON + ended * MINUTE)
    return {entry.slot: entry for entry in plan_timeline(story, PLAN, NOON + now * MINUTE)}


def test_opening_plans_the_first_notice_and_the_calls():
    entries = planned()

    assert set(entries) == {"1:opened", "6:opened"}
    assert entries["1:opened"].due_at == NOON
    assert entries["6:opened"].due_at == NOON + 15 * MINUTE


def test_words_written_on_opening_are_the_first_notice_and_not_told_twice():
    entries = planned(said(7, 0))

    assert entries["1:opened"].update_id == 7
    assert "2:update:7" not in entries


def test_a_status_with_a_step_of_its_own_uses_that_step_alone():
    entries = planned(said(7, 10, status="identified", changes=True))

    assert "3:update:7" in entries
    assert "2:update:7" not in entries


def test_a_status_without_a_step_is_told_as_a_plain_update():
    entries = planned(said(7, 10, status="monitoring", changes=True))

    assert entries["2:update:7"].due_at == NOON + 10 * MINUTE


def test_a_promise_brings_a_holding_statement_until_the_bound():
    first = said(7, 10)
    once = said(8, 40, by_plan=True)
    twice = said(9, 70, by_plan=True)

    assert planned(first)["4:promise:7"].due_at == NOON + 40 * MINUTE
    assert "4:promise:8" in planned(first, once)
    assert not any(":promise:" in slot for slot in planned(first, once, twice))


def test_the_first_notice_of_the_plan_is_no_holding_statement():
    notice = said(7, 0, by_plan=True)
    once = said(8, 30, by_plan=True)

    assert "4:promise:8" in planned(notice, once)


def test_a_person_who_writes_starts_the_count_again():
    entries = planned(
        said(7, 0), said(8, 30, by_plan=True), said(9, 60, by_plan=True), said(10, 61)
    )

    assert "4:promise:10" in entries


def test_the_end_stops_the_rhythm_and_starts_the_survey():
    entries = planned(said(7, 10), said(8, 50, status="resolved", promise=None), ended=50)

    assert not any(":promise:" in slot for slot in entries)
    assert entries["5:resolved"].due_at == NOON + 110 * MINUTE


def test_what_is_said_later_does_not_count_yet():
    assert "2:update:7" not in planned(said(7, 10), now=9)


UPDATES = st.lists(
    st.tuples(st.integers(0, 600), st.booleans(), st.sampled_from([0, 15, 30]), st.booleans()),
    max_size=12,
)


@given(UPDATES, st.integers(0, 700), st.one_of(st.none(), st.integers(0, 600)))
def test_planning_is_repeatable_and_names_each_entry_once(rows, now, ended):
    updates = [
        said(id, minutes, promise=promise, changes=changes, by_plan=by_plan)
        for id, (minutes, changes, promise, by_plan) in enumerate(sorted(rows))
    ]
    story = Story(NOON, updates, ended and NOON + ended * MINUTE)

    entries = plan_timeline(story, PLAN, NOON + now * MINUTE)

    assert entries == plan_timeline(story, PLAN, NOON + now * MINUTE)
    assert len({entry.slot for entry in entries}) == len(entries)
    promises = [entry for entry in entries if entry.reason == "promise_due"]
    assert len(promises) <= 1
    assert not (promises and story.ended_at)


@given(UPDATES)
def test_every_update_that_no_step_has_made_is_told_by_exactly_one_speaking_step(rows):
    updates = [
        said(id, minutes, changes=changes, by_plan=by_plan)
        for id, (minutes, changes, _promise, by_plan) in enumerate(sorted(rows))
    ]

    entries = plan_timeline(Story(NOON, updates), PLAN, NOON + 700 * MINUTE)

    told = sorted(entry.update_id for entry in entries if entry.update_id is not None)
    # A step says its words without changing the status; the clock changes it.
    untold = [said for said in updates if not said.by_plan or said.changes_status]
    assert told == [update.id for update in untold]


def test_what_the_clock_has_begun_is_told_once_by_the_step_for_its_status():
    begun = said(7, 10, status="identified", changes=True, by_plan=True, promise=None)

    assert [slot for slot in planned(begun) if ":update:" in slot] == ["3:update:7"]


REMINDER = Step(11, "starts", offset=-60 * MINUTE)
OVERRUN = Step(12, "ends", offset=10 * MINUTE, repeat_every=30 * MINUTE, repeat_limit=3)
MOVED = Step(13, "moved")
CALLED_OFF = Step(14, "rolled_back")
MAINTENANCE = [REMINDER, OVERRUN, MOVED, CALLED_OFF]


def scheduled(*, starts=600, ends=720, now=0, **story):
    times = {"starts_at": NOON + starts * MINUTE, "ends_at": NOON + ends * MINUTE}
    entries = plan_timeline(Story(NOON, **times, **story), MAINTENANCE, NOON + now * MINUTE)
    return {entry.slot: (entry.due_at - NOON) // MINUTE for entry in entries}


def test_a_maintenance_is_reminded_of_before_it_and_missed_when_it_takes_longer():
    assert scheduled() == {
        "11:starts:0": 540,
        "12:ends:0": 730,
        "12:ends:0:1": 760,
        "12:ends:0:2": 790,
    }


def test_moving_it_moves_its_reminders_and_tells_so():
    change = Change(5, "moved", NOON + 30 * MINUTE)

    entries = scheduled(starts=900, ends=1_000, changes=[change], now=30)

    assert entries["13:moved:5"] == 30
    assert entries["11:starts:5"] == 840
    assert "11:starts:0" not in entries


def test_a_reminder_whose_moment_had_passed_when_the_times_became_known_is_not_sent():
    assert "11:starts:0" not in scheduled(starts=30)


def test_what_began_early_is_not_reminded_of():
    assert "11:starts:0" not in scheduled(started_at=NOON + 500 * MINUTE)
    assert "11:starts:0" in scheduled(started_at=NOON + 600 * MINUTE)


def test_what_never_began_takes_no_longer_and_does_not_go_on():
    promised = said(7, 0, status="scheduled")
    story = Story(
        NOON, [promised], starts_at=NOON + 600 * MINUTE, ends_at=NOON + 720 * MINUTE
    )  # fmt: skip

    entries = plan_timeline(story, [OVERRUN, HOLDING], NOON + 735 * MINUTE)

    assert [entry.slot for entry in entries] == ["12:ends:0:1", "12:ends:0:2"]


def test_that_it_has_not_begun_is_said_until_it_has():
    step = Step(16, "not_begun", offset=10 * MINUTE, repeat_every=60 * MINUTE, repeat_limit=2)
    waits = Story(NOON, starts_at=NOON + 600 * MINUTE, ends_at=NOON + 720 * MINUTE)
    began_late = replace(waits, started_at=NOON + 640 * MINUTE)

    def minutes(story):
        return [(e.due_at - NOON) // MINUTE for e in plan_timeline(story, [step], NOON)]

    assert minutes(waits) == [610, 670]
    assert minutes(began_late) == []


def test_reminders_that_lie_ahead_stay_though_the_first_has_passed():
    daily = Step(17, "starts", offset=-60 * MINUTE, repeat_every=20 * MINUTE, repeat_limit=9)
    story = Story(NOON, starts_at=NOON + 30 * MINUTE)

    entries = plan_timeline(story, [daily], NOON)

    # And nobody is reminded after the start.
    assert [(e.due_at - NOON) // MINUTE for e in entries] == [10, 30]


def test_what_the_planned_start_brings_comes_although_work_has_begun_by_then():
    bridge = Step(18, "starts", speaks=False, repeat_every=10 * MINUTE, repeat_limit=2)
    starts = NOON + 30 * MINUTE

    def number(*, begun):
        story = Story(NOON, starts_at=starts, started_at=begun)
        return len(plan_timeline(story, [bridge], NOON))

    assert number(begun=starts) == 2
    assert number(begun=starts + MINUTE) == 2
    assert number(begun=starts - MINUTE) == 1


def test_what_is_finished_takes_no_longer():
    begun = {"started_at": NOON + 600 * MINUTE}
    assert "12:ends:0:1" in scheduled(ended_at=NOON + 765 * MINUTE, **begun)
    assert "12:ends:0:2" not in scheduled(ended_at=NOON + 765 * MINUTE, **begun)


def test_what_was_undone_takes_no_longer_but_what_is_to_be_done_then_stays():
    task = replace(OVERRUN, id=21, speaks=False)
    begun = Said(1, "in_progress", NOON + 600 * MINUTE)
    story = Story(
        NOON,
        [begun],
        starts_at=NOON + 600 * MINUTE,
        ends_at=NOON + 720 * MINUTE,
        started_at=begun.at,
        rolled_back_at=NOON + 700 * MINUTE,
    )

    entries = plan_timeline(story, [OVERRUN, task], NOON + 710 * MINUTE)

    assert {entry.step_id for entry in entries} == {21}


def test_a_change_made_later_does_not_count_yet():
    change = Change(5, "moved", NOON + 30 * MINUTE)

    assert "13:moved:5" not in scheduled(changes=[change], now=29)


def test_going_back_is_told_even_though_it_is_the_end():
    at = NOON + 700 * MINUTE

    assert scheduled(rolled_back_at=at, ended_at=at)["14:rolled_back"] == 700


def test_a_step_repeats_until_its_bound():
    step = Step(20, "opened", repeat_every=10 * MINUTE, repeat_limit=3)

    entries = plan_timeline(Story(NOON), [step], NOON)

    assert [(entry.due_at - NOON) // MINUTE for entry in entries] == [0, 10, 20]
    assert len({entry.slot for entry in entries}) == 3


def test_of_what_is_repeated_the_latest_that_is_due_stands_for_those_before_it():
    step = Step(20, "opened", repeat_every=10 * MINUTE, repeat_limit=5)

    entries = plan_timeline(Story(NOON), [step], NOON + 25 * MINUTE)

    assert [entry.slot for entry in entries] == ["20:opened:2", "20:opened:3", "20:opened:4"]
    assert entries[0].overtakes == ("20:opened", "20:opened:1")


def test_what_was_to_be_done_while_it_went_on_ends_with_it():
    end = said(8, 50, status="resolved", promise=None, changes=True)
    at_the_end = Step(26, "status_reached", status="resolved", speaks=False)
    with_updates = replace(ANY_UPDATE, id=27, speaks=False)
    posts = Step(28, "resolved", speaks=False)
    plan = [CALLS, at_the_end, with_updates, posts]

    entries = plan_timeline(Story(NOON, [said(7, 10), end], end.at), plan, end.at)

    assert {entry.slot for entry in entries} == {"26:update:8", "27:update:8", "28:resolved"}


def test_another_end_brings_everything_anew():
    again = Story(NOON, ended_at=NOON + 50 * MINUTE, reopened=1)

    [entry] = plan_timeline(again, [SURVEY], NOON + 50 * MINUTE)

    assert entry.slot == "5:resolved-2"


def within(story_updates, *, since, ended=None, **story):
    told = Story(
        NOON, story_updates, ended and NOON + ended * MINUTE,
        told_within_since=NOON + since * MINUTE, **story,
    )  # fmt: skip
    return {entry.slot: entry for entry in plan_timeline(told, PLAN, NOON + 1_000 * MINUTE)}


def test_told_within_another_it_keeps_its_tasks_and_what_was_written_before():
    entries = within([said(7, 10), said(8, 20, by_plan=True)], since=15)

    assert set(entries) == {"2:update:7", "6:opened"}


def test_told_within_another_it_leaves_a_first_notice_of_the_plan_to_that_one():
    assert set(within([], since=0)) == {"6:opened"}
    assert set(within([said(7, 0)], since=0)) == {"1:opened", "6:opened"}


def test_told_within_another_nothing_of_it_is_posted():
    posts = Step(29, "opened", speaks=False, is_post=True)
    story = Story(NOON, told_within_since=NOON + MINUTE)

    assert plan_timeline(story, [posts], NOON + 2 * MINUTE) == []


def test_told_within_another_a_delivered_commitment_is_still_told():
    story = Story(NOON, delivered={5: NOON}, told_within_since=NOON)

    (entry,) = plan_timeline(story, [Step(9, "delivered")], NOON)

    assert entry.commitment_id == 5


def test_each_audience_is_owed_its_own_word():
    inside, outside = frozenset({"internal"}), frozenset({"customer"})
    steps = [
        Step(21, "promise_due", kinds=inside),
        Step(22, "promise_due", kinds=outside),
    ]
    first = Said(
        1, "investigating", NOON, NOON + 30 * MINUTE, promised={"internal": NOON + 15 * MINUTE}
    )
    only_inside = Said(
        2,
        "investigating",
        NOON + 10 * MINUTE,
        promised={"internal": NOON + 25 * MINUTE},
        audience="internal",
    )

    both = plan_timeline(Story(NOON, [first]), steps, NOON)
    later = plan_timeline(Story(NOON, [first, only_inside]), steps, NOON + 10 * MINUTE)

    assert {e.slot: (e.due_at - NOON) // MINUTE for e in both} == {
        "21:promise:1": 15,
        "22:promise:1": 30,
    }
    assert {e.slot: (e.due_at - NOON) // MINUTE for e in later} == {
        "21:promise:2": 25,
        "22:promise:1": 30,
    }


def test_what_is_said_to_some_is_not_told_to_others():
    steps = [
        Step(23, "update_published", kinds=frozenset({"internal"})),
        Step(24, "update_published", kinds=frozenset({"customer"})),
    ]
    inside = Said(7, "investigating", NOON, audience="internal")

    assert [e.step_id for e in plan_timeline(Story(NOON, [inside]), steps, NOON)] == [23]


def test_a_delivered_commitment_is_told_once():
    step = Step(25, "delivered")
    story = Story(NOON, ended_at=NOON, delivered={3: NOON + 60 * MINUTE})

    (entry,) = plan_timeline(story, [step], NOON + 60 * MINUTE)

    assert (entry.slot, entry.commitment_id) == ("25:delivered:3", 3)


def test_only_the_latest_of_two_moves_is_still_told():
    changes = [Change(id, "moved", NOON + id * MINUTE) for id in (5, 6)]

    entries = scheduled(changes=changes, now=6)

    assert "13:moved:6" in entries
    assert "13:moved:5" not in entries


def test_what_is_written_on_rolling_back_is_told_by_the_step_for_that_alone():
    written = said(7, 650, status="verifying", changes=True, promise=None)
    story = Story(NOON, [written], rolled_back_at=written.at)
    verifying = Step(15, "status_reached", status="verifying")

    entries = plan_timeline(story, [ANY_UPDATE, verifying, CALLED_OFF], NOON + 700 * MINUTE)

    assert [(entry.slot, entry.update_id) for entry in entries] == [("14:rolled_back", 7)]


def test_words_for_some_readers_do_not_move_what_others_were_promised():
    holding = Step(9, "promise_due", repeat_limit=2, kinds=frozenset({"customer", "internal"}))
    internal = replace(said(8, 5, promise=50), audience="internal")
    story = Story(NOON, (said(7, 0), internal))

    [entry] = plan_timeline(story, [holding], NOON + 10 * MINUTE)

    assert (entry.slot, entry.due_at) == ("9:promise:7", NOON + 30 * MINUTE)
