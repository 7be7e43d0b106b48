"""The rules of the ladder, for whatever happens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from incidents.planning import ladder
from incidents.planning.ladder import Call, Team, Why
from tests.factories import NOON

MINUTE = timedelta(minutes=1)
LEAD, FIRST, SECOND, OWNER = 1, 2, 3, 9
TEAM = Team(LEAD, [LEAD, FIRST, SECOND], OWNER)
DUE = NOON + 30 * MINUTE
PROMISE = ladder.owed(made_at=NOON, due_at=DUE, remind_before=10 * MINUTE, patience=5 * MINUTE)


def nobody_away(user: int, at: datetime) -> str:
    return ""


def climb(team=TEAM, away=nobody_away, until=240, owed=PROMISE, calls=(), since=None):
    """What is called when a tick comes every minute and nobody answers."""
    calls = list(calls)
    for minutes in range(until):
        calls += tick(NOON + minutes * MINUTE, team, away, owed, calls, since)
    return calls


def tick(now, team, away, owed, calls, since=None):
    made = []
    while True:
        known = [*calls, *made]
        rung = ladder.next_rung(owed, team, known, away, now=now, since=since)
        if rung is None or rung.at > now:
            return made
        made.append(Call(rung.user, now, rung.problem))


def shown(calls):
    return [(call.user, int((call.at - DUE) / MINUTE)) for call in calls]


def test_the_lead_is_reminded_then_everybody_is_called_in_order():
    assert shown(climb()) == [(LEAD, -10), (FIRST, -5), (SECOND, 0), (OWNER, 5)]


def test_whoever_is_absent_is_passed_over_and_the_next_one_called_at_once():
    calls = climb(away=lambda user, at: "absent" if user == LEAD else "")

    assert shown(calls) == [(LEAD, -10), (FIRST, -10), (SECOND, -5), (OWNER, 5)]
    assert [call.problem for call in calls] == ["absent", "", "", ""]


def test_the_owner_is_called_last_whatever_their_hours():
    calls = climb(away=lambda user, at: "off_call")

    assert [call.problem for call in calls] == ["off_call", "off_call", "off_call", ""]
    assert {call.at for call in calls} == {DUE - 10 * MINUTE}


def test_where_everybody_was_passed_over_it_begins_anew_with_whoever_can_be_called():
    alone = replace(TEAM, unreachable=dict.fromkeys((LEAD, FIRST, SECOND, OWNER), "no_responder"))
    in_vain = climb(alone)
    assert [call.user for call in in_vain] == [LEAD, FIRST, SECOND, OWNER]

    mended = replace(TEAM, unreachable={LEAD: "absent", OWNER: "suppressed"})
    anew = climb(mended, calls=in_vain)[4:]

    assert [(call.user, call.problem) for call in anew] == [
        (FIRST, ""),
        (SECOND, ""),
        (LEAD, "absent"),
        (OWNER, "suppressed"),
    ]


def test_whoever_is_off_call_stays_passed_over_until_their_hours_begin():
    alone = replace(TEAM, unreachable={OWNER: "no_responder"})
    hours = DUE + 60 * MINUTE

    calls = climb(alone, away=lambda user, at: "" if at >= hours else "off_call")

    assert shown(calls)[4] == (LEAD, 60)
    assert [call.problem for call in calls[4:7]] == ["", "", ""]


def test_an_owner_who_leads_is_called_first_and_told_at_the_end():
    team = Team(LEAD, [LEAD, FIRST], LEAD)

    assert shown(climb(team)) == [(LEAD, -10), (FIRST, -5), (LEAD, 5)]


def test_what_nothing_settles_by_itself_is_asked_for_again_and_again():
    owed = replace(PROMISE, again=60 * MINUTE)

    assert shown(climb(owed=owed))[3:] == [(OWNER, 5), (OWNER, 65), (OWNER, 125), (OWNER, 185)]
    assert shown(climb(Team(OWNER, [], OWNER), owed=owed, until=120))[1:] == [
        (OWNER, 5),
        (OWNER, 65),
    ]


def test_a_late_tick_skips_nobody_and_rushes_nobody():
    late = tick(DUE + 2 * MINUTE, TEAM, nobody_away, PROMISE, [])

    assert shown(late) == [(LEAD, 2)]
    assert tick(DUE + 6 * MINUTE, TEAM, nobody_away, PROMISE, late) == []


def test_taking_over_begins_the_ladder_anew_with_that_person():
    taken_at = DUE - 4 * MINUTE
    calls = [Call(LEAD, DUE - 10 * MINUTE), Call(FIRST, DUE - 5 * MINUTE)]
    team = Team(FIRST, [LEAD, FIRST, SECOND], OWNER)

    rung = ladder.next_rung(PROMISE, team, calls, nobody_away, now=taken_at, since=taken_at)

    assert (rung.user, rung.at, rung.why) == (FIRST, DUE + MINUTE, Why.TOOK_OVER)
    after = climb(team, calls=calls, since=taken_at)[2:]
    assert shown(after) == [(FIRST, 1), (SECOND, 6), (LEAD, 11), (OWNER, 16)]


def test_snoozing_moves_the_next_call_and_it_comes_to_the_same_person():
    snoozed = Call(LEAD, DUE - 10 * MINUTE, snoozed_until=DUE - 2 * MINUTE)

    rung = ladder.next_rung(PROMISE, TEAM, [snoozed], nobody_away, now=DUE - 9 * MINUTE)

    assert (rung.user, rung.at, rung.why) == (LEAD, DUE - 2 * MINUTE, Why.SNOOZED)
    calls = climb(calls=[snoozed])
    assert shown(calls)[1:] == [(LEAD, -2), (FIRST, 3), (SECOND, 8), (OWNER, 13)]


def test_whoever_has_just_promised_is_not_reminded_at_once():
    soon = ladder.owed(
        made_at=NOON, due_at=NOON + 12 * MINUTE, remind_before=10 * MINUTE, patience=MINUTE
    )

    assert soon.starts_at == NOON + 6 * MINUTE


def test_deputies_follow_the_one_who_leads():
    team = Team(2, [1, 2, 3], 9)
    assert team.in_order(2) == [2, 3, 1, 9]
    assert team.in_order(7) == [7, 1, 2, 3, 9]
    assert Team(2, [1, 2, 3], 9, is_round=False).in_order(2) == [2, 1, 3, 9]
    assert Team(None, [1, 2], 1).in_order(None) == [2, 1]
    assert Team(9, [9, 1], 9).in_order(9) == [9, 1, 9]


persons = st.lists(st.integers(1, 6), min_size=1, max_size=6, unique=True)
minutes = st.integers(0, 400)


@st.composite
def stories(draw):
    """People of whom some are away at times, ticks at any moments, some of them twice."""
    ids = draw(persons)
    first = draw(st.sampled_from(ids))
    owner = draw(st.sampled_from(ids))
    unreachable = dict.fromkeys(draw(st.sets(st.sampled_from(ids))), "no_address")
    team = Team(first, ids, owner, unreachable)
    gone = draw(st.dictionaries(st.sampled_from(ids), st.tuples(minutes, minutes)))
    ticks = sorted(draw(st.lists(minutes, max_size=40)))
    return team, gone, ticks


def away_by(gone, zero=NOON):
    def away(user, at):
        begin, end = gone.get(user, (1, 0))
        return "absent" if begin <= (at - zero) / MINUTE <= end else ""

    return away


@settings(max_examples=40)
@given(stories())
def test_whatever_happens_it_ends_and_keeps_the_order(story):
    team, gone, ticks = story
    away, calls = away_by(gone), []
    for minute in [*ticks, *range(400, 440, 5)]:
        calls += tick(NOON + minute * MINUTE, team, away, PROMISE, calls)

    assert [call.user for call in calls] == team.in_order(team.responsible)
    assert ladder.next_rung(PROMISE, team, calls, away, now=calls[-1].at) is None
    assert calls[-1].problem in ("", "no_address")


@settings(max_examples=40)
@given(stories())
def test_whoever_is_called_has_their_time_to_react(story):
    team, gone, ticks = story
    calls = []
    for minute in ticks:
        calls += tick(NOON + minute * MINUTE, team, away_by(gone), PROMISE, calls)

    assert all(call.at >= PROMISE.starts_at for call in calls)
    for before, after in pairwise(calls):
        waited = after.at - before.at
        assert waited == timedelta(0) if before.problem else waited >= PROMISE.patience


@settings(max_examples=40)
@given(stories(), st.lists(st.integers(0, 40), max_size=10))
def test_doubled_ticks_and_restarts_call_nobody_twice(story, repeated):
    """A tick knows nothing but the calls that are stored: a restart changes nothing."""
    team, gone, ticks = story
    away = away_by(gone)
    once, twice = [], []
    for number, minute in enumerate(ticks):
        now = NOON + minute * MINUTE
        once += tick(now, team, away, PROMISE, once)
        for _time in range(1 + repeated.count(number)):
            twice += tick(now, team, away, PROMISE, list(twice))

    assert once == twice


@settings(max_examples=40)
@given(
    st.sampled_from(["2026-03-29T00:30", "2026-10-25T00:30", "2026-10-25T02:45"]),
    st.integers(0, 180),
)
def test_nights_on_which_clocks_change_are_as_long_as_any(start, later):
    zone = ZoneInfo("Europe/Berlin")
    made_at = datetime.fromisoformat(start).replace(tzinfo=zone).astimezone(UTC) + later * MINUTE
    owed = ladder.owed(
        made_at=made_at,
        due_at=(made_at + 30 * MINUTE).astimezone(zone),
        remind_before=10 * MINUTE,
        patience=5 * MINUTE,
    )
    calls = []
    for minute in range(60):
        calls += tick(made_at + minute * MINUTE, TEAM, nobody_away, owed, calls)

    assert [(call.at - made_at) / MINUTE for call in calls] == [20, 25, 30, 35]


@settings(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([LEAD, FIRST, SECOND]), minutes), max_size=8))
def test_however_often_people_take_over_somebody_is_always_responsible(takeovers):
    """Each taking over begins a ladder that ends; between them nothing is called twice."""
    calls, since, lead = [], None, LEAD
    taken = {minute: user for user, minute in takeovers}
    for minute in sorted({*taken, *range(0, 460, 3)}):
        now = NOON + minute * MINUTE
        if minute in taken:
            lead, since = taken[minute], now
        team = Team(lead, [LEAD, FIRST, SECOND], OWNER)
        for call in tick(now, team, nobody_away, PROMISE, calls, since):
            calls.append(call)
            lead = call.user
    assert len(calls) <= 4 * (1 + len(taken))
    assert calls[-1].user == OWNER
    assert lead is not None


def test_only_the_owner_is_called_whatever_their_hours():
    """Of those who were called about something else, one is left here: no owner, and away."""
    calls = [
        Call(FIRST, DUE - 5 * MINUTE, is_own=False),
        Call(OWNER, DUE - 4 * MINUTE, is_own=False),
    ]
    team = Team(LEAD, [LEAD, FIRST], OWNER)

    rung = ladder.next_rung(PROMISE, team, calls, lambda _user, _at: "absent", now=DUE)

    assert (rung.user, rung.problem, rung.is_last) == (LEAD, "absent", False)
