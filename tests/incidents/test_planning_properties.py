"""What holds of every story and every plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incidents.models import Plan, PlanStep
from incidents.planning import Change, Said, Step, Story, plan_timeline
from incidents.services import timeline
from tests.factories import NOON, IncidentFactory, PlanFactory, PlanStepFactory, UpdateFactory

MINUTE = timedelta(minutes=1)
BERLIN = ZoneInfo("Europe/Berlin")
STATUSES = st.sampled_from(["investigating", "identified", "monitoring"])
AT_THE_END = {"resolved", "delivered", "rolled_back"}
minutes = st.integers(0, 600).map(lambda number: number * MINUTE)


@st.composite
def steps(draw):
    """A plan of any make; only what is foreseen has a time before it."""
    made = []
    for number in range(1, draw(st.integers(1, 8)) + 1):
        trigger = draw(st.sampled_from(PlanStep.Trigger.values))
        before = trigger in ("starts", "ends") and draw(st.booleans())
        offset = draw(minutes)
        made.append(
            Step(
                number,
                trigger,
                status=draw(STATUSES) if trigger == "status_reached" else "",
                offset=-offset if before else offset,
                repeat_limit=draw(st.integers(1, 4)),
                repeat_every=draw(st.none() | st.integers(1, 90).map(lambda n: n * MINUTE)),
                speaks=draw(st.booleans()),
                kinds=draw(st.sampled_from([(), ("customer",), ("internal",)]).map(frozenset)),
            )
        )
    return made


@st.composite
def words(draw, *, number, at):
    promise = draw(st.none() | st.integers(1, 90).map(lambda n: n * MINUTE))
    return Said(
        number,
        draw(STATUSES),
        at,
        at + promise if promise else None,
        changes_status=draw(st.booleans()),
        by_plan=draw(st.booleans()),
        audience=draw(st.sampled_from(["", "", "internal"])),
    )


@st.composite
def stories(draw, *, opened=NOON):
    times = sorted(draw(st.lists(minutes, max_size=8)))
    said = [draw(words(number=number, at=opened + after)) for number, after in enumerate(times, 1)]
    last = said[-1].at if said else opened
    ended = draw(st.none() | minutes.map(lambda after: last + after))
    starts = draw(st.none() | minutes.map(lambda after: opened + after))
    return Story(
        opened,
        said,
        ended_at=ended,
        starts_at=starts,
        ends_at=starts + 60 * MINUTE if starts else None,
        rolled_back_at=ended if ended and draw(st.booleans()) else None,
        delivered={7: ended + MINUTE} if ended and draw(st.booleans()) else {},
    )


def planned(story, plan, now):
    return {entry.slot: entry for entry in plan_timeline(story, plan, now)}


@given(stories(), steps(), minutes)
def test_planning_again_is_planning_the_same(story, plan, later):
    now = NOON + later

    entries = plan_timeline(story, plan, now)

    assert plan_timeline(story, plan, now) == entries
    assert len({entry.slot for entry in entries}) == len(entries)
    assert entries == sorted(entries, key=lambda entry: (entry.due_at, entry.slot))


@given(stories(), steps(), minutes)
def test_hours_without_a_tick_are_made_up_for_by_one_of_each(story, plan, later):
    now = NOON + later

    entries = plan_timeline(story, plan, now)

    due = [entry.occasion for entry in entries if entry.occasion and entry.due_at <= now]
    assert len(set(due)) == len(due)
    slots = {entry.slot for entry in entries}
    assert not slots & {slot for entry in entries for slot in entry.overtakes}


@given(stories(), steps())
def test_while_a_maintenance_has_not_begun_nothing_says_that_it_goes_on(story, plan):
    story = replace(story, ended_at=None, started_at=None, starts_at=NOON, ends_at=NOON + MINUTE)
    now = NOON + 601 * MINUTE
    plan = [replace(step, offset=abs(step.offset)) for step in plan]

    due = [entry for entry in plan_timeline(story, plan, now) if entry.due_at <= now]

    assert not {"promise_due", "ends"} & {entry.reason for entry in due}


@given(stories(), steps(), st.data())
def test_a_new_word_brings_nothing_back_from_before_it(story, plan, data):
    story = replace(story, ended_at=None, rolled_back_at=None, delivered={})
    last = max([NOON, *(said.at for said in story.updates)])
    at = last + data.draw(minutes.filter(bool))
    new = data.draw(words(number=99, at=at))

    before = planned(story, plan, at)
    after = planned(replace(story, updates=[*story.updates, new]), plan, at)

    # What was due before it keeps its name, or is gone for good; what is new comes after it.
    for slot in after.keys() - before.keys():
        assert after[slot].due_at >= at
    for slot in after.keys() & before.keys():
        assert after[slot].due_at == before[slot].due_at


@given(stories(), steps(), minutes)
def test_after_the_end_only_what_the_end_brings_is_left(story, plan, after):
    last = max([NOON, *(said.at for said in story.updates)])
    story = replace(story, ended_at=last + after)
    plan = [
        # What is told of an update or a change is told once, when it is made, and not afterwards.
        replace(step, offset=timedelta(0), repeat_every=None)
        if step.trigger in ("update_published", "status_reached", "moved", "extended")
        else step
        for step in plan
    ]
    triggers = {step.id: step.trigger for step in plan}

    entries = plan_timeline(story, plan, story.ended_at)

    late = [entry for entry in entries if entry.due_at > story.ended_at]
    assert {triggers[entry.step_id] for entry in late} <= AT_THE_END
    assert "promise_due" not in {entry.reason for entry in entries}


@given(stories(), steps())
def test_what_was_called_off_asks_nobody_afterwards(story, plan):
    ended = max([NOON, *(said.at for said in story.updates)])
    story = replace(story, ended_at=ended, is_called_off=True)

    assert "resolved" not in {entry.reason for entry in plan_timeline(story, plan, ended)}


@given(
    steps(),
    st.lists(st.tuples(minutes.filter(bool), st.integers(0, 3)), min_size=1, max_size=6),
    st.integers(0, 3),
)
def test_a_maintenance_moved_to_and_fro_reminds_once_of_the_same_times(plan, moves, first):
    plan = [step for step in plan if step.trigger in ("starts", "ends")]
    windows = [NOON + (300 + 200 * place) * MINUTE for place in range(4)]
    reminded = []
    now, changes, start = NOON, [], windows[first]
    for wait, place in [*moves, (timedelta(days=3), 0)]:
        until = now + wait
        story = Story(NOON, starts_at=start, ends_at=start + 60 * MINUTE, changes=changes)
        reminded += [
            (entry.step_id, entry.slot.split(":", 3)[3:], start, entry.due_at)
            for entry in plan_timeline(story, plan, now)
            if now <= entry.due_at < until
        ]
        now, start = until, windows[place]
        changes = [*changes, Change(len(changes) + 1, "moved", now)]

    assert len({repr(each) for each in reminded}) == len(reminded)


NIGHTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 23, tzinfo=UTC),  # an hour is missing
        datetime(2026, 10, 24, 22, tzinfo=UTC),  # an hour comes twice
    ]
)


@given(NIGHTS, st.integers(0, 240).map(lambda number: number * MINUTE), st.data())
def test_the_night_in_which_the_clocks_change_is_as_long_as_any_other(night, later, data):
    opened = night + later
    story, plan = data.draw(stories(opened=opened)), data.draw(steps())
    quiet = opened.replace(month=6, day=1)

    entries = plan_timeline(story, plan, opened + 600 * MINUTE)
    local = plan_timeline(_in(BERLIN, story), plan, (opened + 600 * MINUTE).astimezone(BERLIN))
    usual = plan_timeline(
        _moved(story, quiet - opened), plan, opened + 600 * MINUTE + (quiet - opened)
    )

    assert local == entries
    assert [entry.due_at - quiet for entry in usual] == [entry.due_at - opened for entry in entries]


def _in(zone, story):
    return _changed(story, lambda at: at.astimezone(zone))


def _moved(story, by):
    return _changed(story, lambda at: at + by)


def _changed(story, change):
    def maybe(at):
        return change(at) if at else None

    return replace(
        story,
        opened_at=change(story.opened_at),
        updates=[
            replace(said, at=change(said.at), next_due_at=maybe(said.next_due_at))
            for said in story.updates
        ],
        ended_at=maybe(story.ended_at),
        starts_at=maybe(story.starts_at),
        ends_at=maybe(story.ends_at),
        rolled_back_at=maybe(story.rolled_back_at),
        delivered={number: change(at) for number, at in story.delivered.items()},
    )


@pytest.mark.django_db
class TestOnRows:
    @pytest.fixture
    def plan(self) -> Plan:
        plan = PlanFactory()
        for trigger, extra in (
            ("opened", {}),
            ("update_published", {}),
            ("status_reached", {"status": "identified"}),
            ("promise_due", {"repeat_limit": 2}),
            ("resolved", {"offset": 60 * MINUTE}),
        ):
            PlanStepFactory(plan=plan, name=trigger, trigger=trigger, **extra)
        return plan

    @pytest.mark.slow(reason="tells some thirty stories to the database")
    @settings(
        max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
    )
    @given(story=stories(), released=st.integers(0, 600))
    def test_replanning_changes_nothing_and_revives_nothing(self, plan, story, released):
        """Whatever was released before a new word stays as it was after it."""
        with transaction.atomic():
            self._retell(plan, story, released)
            transaction.set_rollback(True)

    def _retell(self, plan, story, released):
        incident = IncidentFactory(plan=plan, opened_at=NOON)
        timeline.replan(incident=incident, now=NOON)
        for said in story.updates:
            done = incident.timeline.planned().filter(due_at__lte=NOON + released * MINUTE)
            done.update(state="done", released_at=NOON)
            known = {entry.pk: entry.state for entry in incident.timeline.exclude(state="planned")}
            UpdateFactory(
                incident=incident,
                status=said.status,
                changes_status=said.changes_status,
                origin="plan" if said.by_plan else "person",
                published_at=said.at,
                next_update_due_at=said.next_due_at,
            )
            timeline.replan(incident=incident, now=said.at)
            first = list(incident.timeline.order_by("pk").values())
            timeline.replan(incident=incident, now=said.at)

            assert list(incident.timeline.order_by("pk").values()) == first
            for entry in first:
                if known.get(entry["id"]) == "done":
                    assert entry["state"] == "done"
