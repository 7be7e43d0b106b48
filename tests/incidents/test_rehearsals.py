from dataclasses import replace
from datetime import timedelta

import pytest

from incidents import planning
from incidents.models import DutyCall, Incident, Plan, PlanStep, TimelineEntry
from incidents.recordings import Words
from incidents.services import comparisons, duty_calls, plans, release, replay_reports, replays
from messaging.models import Broadcast, Delivery
from tests.factories import NOON, IncidentFactory, PlanFactory, PlanStepFactory
from tests.incidents.invented import histories

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.django_db


def rehearse(recording, plan, *, counts_people=False):
    return replays.rehearse(recording=recording, plan=plan, counts_people=counts_people)


@pytest.fixture
def recording():
    """Twice somebody wrote; once the plan had to speak in between."""
    said = ((0, "investigating"), (35, "investigating"), (40, "resolved"))
    return replace(
        histories(1, seed=1)[0],
        started_at=NOON,
        updates=tuple(Words(NOON + at * MINUTE, status, "Words.") for at, status in said),
    )


@pytest.fixture
def newer(plan, template, customers):
    """Half the rhythm, and no word about an update before a quarter of an hour has gone by."""
    newer = PlanFactory(
        slug=plan.slug, version=2, status="draft", update_interval=15 * MINUTE, owner=plan.owner
    )
    for step in plan.steps.all():
        copy = PlanStepFactory(
            plan=newer,
            name=step.name,
            trigger=step.trigger,
            template=template,
            statement=step.statement,
            repeat_limit=step.repeat_limit,
            offset=15 * MINUTE if step.trigger == "update_published" else step.offset,
        )
        copy.segments.add(customers)
    return newer


def test_nothing_is_left_of_a_rehearsal_and_nobody_is_woken(
    plan, login, recording, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as woken:
        report = rehearse(recording, plan, counts_people=True)

    assert report.messages > 0
    assert woken == []
    for model in (Incident, TimelineEntry, Broadcast, Delivery):
        assert not model.objects.exists()


def test_it_says_what_a_replay_does(plan, login, recording):
    rehearsed = rehearse(recording, plan)

    incident = replays.play(
        recording=recording, plan=plan, speed=None, on_release=lambda entry: None
    )

    played = replay_reports.report(recording=recording, incident=incident)
    assert played == replace(rehearsed, calls=None, uncalled=None)


def test_the_ladder_is_rehearsed_up_to_the_statement_of_the_plan(plan, team, login, recording):
    report = rehearse(recording, plan)

    # The lead and both deputies before the one promise that nobody kept; nobody before the others.
    assert (report.calls, report.uncalled) == (3, 0)
    assert report.overrun_seconds == 0
    assert not DutyCall.objects.exists()


def test_a_broken_ladder_is_noticed(plan, team, login, recording, monkeypatch):
    monkeypatch.setattr(planning.ladder, "next_rung", lambda *_args, **_named: None)

    assert rehearse(recording, plan).uncalled == 1


def test_a_ladder_that_cannot_be_climbed_is_noticed(plan, team, login, recording, monkeypatch):
    def fail(**_named):
        raise ValueError("no words")

    monkeypatch.setattr(duty_calls, "make", fail)

    assert rehearse(recording, plan).uncalled == 1


def test_it_counts_who_would_get_how_much(plan, login, recording):
    report = rehearse(recording, plan, counts_people=True)

    told = [entry for entry in report.entries if entry["released_at"]]
    assert report.people == 2
    assert report.messages == 2 * len(told)


def test_what_else_is_due_stays_due(plan, login, recording, incident):
    rehearse(recording, plan)

    assert incident.timeline.get().state == TimelineEntry.State.PLANNED


class TestWhereMessagesLeave:
    @pytest.fixture(autouse=True)
    def production(self, settings):
        settings.EMBEDDED = False

    def test_no_recording_is_played(self, plan, login, recording):
        with pytest.raises(replays.WouldReachCustomers):
            replays.play(recording=recording, plan=plan, speed=None, on_release=print)

        assert not Incident.objects.exists()

    def test_what_is_left_of_a_replay_is_never_released(self, plan, login):
        replay = IncidentFactory(mode="replay", plan=plan, opened_at=NOON)
        real = IncidentFactory(plan=plan, opened_at=NOON)
        for one in (replay, real):
            TimelineEntry.objects.create(
                incident=one, step=plan.steps.first(), slot="x", due_at=NOON, reason="opened"
            )

        assert release.release_due(now=NOON) == 1

        assert replay.timeline.get().state == TimelineEntry.State.PLANNED
        assert real.timeline.get(slot="x").state == TimelineEntry.State.DONE

    def test_a_rehearsal_is_the_same(self, plan, login, recording):
        assert rehearse(recording, plan, counts_people=True).messages > 0


def test_two_versions_are_told_apart(plan, newer, login, recording):
    found = comparisons.compare(recording=recording, before=plan, after=newer, counts_people=True)

    assert (found.before.plan, found.after.plan) == (f"{plan.slug}:1", f"{plan.slug}:2")
    assert found.after.longest_silence_seconds <= found.before.longest_silence_seconds
    updates = [moved for moved in found.moved if moved.step == "update published"]
    assert updates
    assert {moved.by for moved in updates} == {15 * MINUTE}
    holding = [step for step, _at in found.added]
    assert set(holding) == {"promised update due"}
    assert found.removed == []


def test_a_version_compared_with_itself_changes_nothing(plan, login, recording):
    found = comparisons.compare(recording=recording, before=plan, after=plan, counts_people=False)

    assert (found.added, found.removed, found.moved) == ([], [], [])


class TestFindingAVersion:
    def test_without_a_number_it_is_the_active_one(self, plan, newer):
        assert plans.find(slug=plan.slug) == plan
        assert plans.find(slug=plan.slug, version=2) == newer

    @pytest.mark.parametrize(("version", "said"), [(7, "there are: 2, 1"), (None, "active are")])
    def test_what_is_not_there_names_what_is(self, plan, newer, version, said):
        Plan.objects.filter(pk=plan.pk).update(status="retired")

        with pytest.raises(plans.UnknownPlan, match=said):
            plans.find(slug=plan.slug, version=version)


@pytest.mark.slow(reason="plays a few invented incidents from beginning to end")
def test_nobody_waits_longer_than_rhythm_and_last_rung_while_the_plan_may_speak(plan, login):
    PlanStep.objects.filter(plan=plan, trigger="promise_due").update(offset=2 * MINUTE)

    reports = [rehearse(one, plan) for one in histories(6, seed=1)]

    grace = 30
    assert max(report.guarded_seconds for report in reports) <= 32 * 60 + grace
    assert [report.overrun_seconds for report in reports] == [0] * 6
    # Its two statements in a row are used up in some of them, and only there it is longer.
    longer = [report for report in reports if report.longest_silence_seconds > 32 * 60 + grace]
    assert longer
    assert all(report.unguarded_seconds for report in longer)


@pytest.mark.slow(reason="plays a few invented incidents from beginning to end")
def test_a_plan_without_such_a_bound_lets_nobody_wait(plan, login):
    PlanStep.objects.filter(plan=plan, trigger="promise_due").update(repeat_limit=1_000)

    reports = [rehearse(one, plan) for one in histories(6, seed=1)]

    assert max(report.longest_silence_seconds for report in reports) <= 30 * 60 + 30
    assert {report.unguarded_seconds for report in reports} == {None}
    assert all(report.promises["kept"] == report.promises["made"] for report in reports)
