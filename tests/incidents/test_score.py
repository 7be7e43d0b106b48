from datetime import UTC, datetime, timedelta

import pytest

from incidents.models import Approval, Incident, Postmortem, TimelineEntry
from incidents.models.plans import Kind
from incidents.services import incidents, promises, score, silences
from incidents.services.score import Verdict
from messaging.services import progress
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    RhythmFactory,
    UpdateFactory,
    maintenance_of,
)

MINUTE = timedelta(minutes=1)


def at(minutes):
    return NOON + minutes * MINUTE


def opened(plan, *words, until=120, **fields):
    """An incident with a word at each of these minutes, each promising the next in 30; the last
    one ends it."""
    incident = IncidentFactory(plan=plan, opened_at=NOON, **fields)
    for number, minute in enumerate(words):
        is_last = number == len(words) - 1 and until == minute
        UpdateFactory(
            incident=incident,
            status="resolved" if is_last else "investigating",
            published_at=at(minute),
            next_update_due_at=None if is_last else at(minute + 30),
        )
        if is_last:
            incident.status, incident.resolved_at = "resolved", at(minute)
            incident.save()
    return incident


@pytest.fixture
def plan(db):
    return PlanFactory(name="Outage", update_interval=30 * MINUTE, first_notice_within=5 * MINUTE)


def test_the_first_notice_counts_from_the_start_and_from_when_it_was_noticed(plan):
    incident = opened(plan, 4, 30, until=30, started_at=at(-20), detected_at=at(-2))

    found = score.of(incident=incident, now=at(200))

    assert found.first_notice_after_start == 24 * MINUTE
    assert found.first_notice.took == 6 * MINUTE
    assert found.first_notice.delay == MINUTE
    assert found.first_notice.verdict == Verdict.MISSED


def test_what_was_never_noted_is_not_judged(plan):
    found = score.of(incident=opened(plan, 4, 30, until=30), now=at(200))

    assert found.first_notice.took is None
    assert found.first_notice.verdict == Verdict.NONE


def told(incident, plan, *accepted):
    """Its first word, told by a step to a reader for each of these minutes; None got it not yet."""
    broadcast = BroadcastFactory(started_at=NOON, frozen_at=NOON)
    for minute in accepted:
        DeliveryFactory(broadcast=broadcast, accepted_at=None if minute is None else at(minute))
    progress.count(broadcast=broadcast, now=NOON)
    TimelineEntry.objects.create(
        incident=incident,
        step=PlanStepFactory(plan=plan, trigger="opened"),
        slot="notice",
        due_at=NOON,
        state="done",
        released_at=NOON,
        reason="opened",
        update=incident.updates.first(),
        broadcast=broadcast,
    )


@pytest.mark.parametrize(
    ("accepted", "took", "verdict"),
    [
        ((9, 8, None), 8 * MINUTE, Verdict.MISSED),
        ((None, None), None, Verdict.MISSED),
        ((), MINUTE, Verdict.MET),
    ],
    ids=["late", "nobody yet", "nobody to be written to"],
)
def test_published_is_not_heard(plan, accepted, took, verdict):
    incident = opened(plan, 1, 20, until=20, detected_at=NOON)
    incident.updates.last().delete()
    told(incident, plan, *accepted)

    found = score.of(incident=incident, now=at(10))

    assert (found.first_notice.took, found.first_notice.verdict) == (took, verdict)
    assert found.published_after_start == MINUTE


def test_a_word_that_was_told_as_corrected_is_heard_once_that_is_handed_over(plan):
    incident = opened(plan, 1, 20, until=20, detected_at=NOON)
    told(incident, plan, 9)
    right = UpdateFactory(incident=incident, corrects=incident.updates.first(), published_at=at(2))
    incident.timeline.update(update=right)
    incident.updates.filter(published_at=at(20)).delete()

    assert score.of(incident=incident, now=at(10)).first_notice.took == 9 * MINUTE


def test_nobody_told_in_time_is_a_miss_before_the_first_word(plan):
    incident = IncidentFactory(plan=plan, opened_at=NOON, detected_at=NOON)

    early = score.of(incident=incident, now=at(4))
    late = score.of(incident=incident, now=at(6))

    assert early.first_notice.verdict == Verdict.COMING
    assert late.first_notice.verdict == Verdict.MISSED


def test_the_longest_silence_is_that_of_customers_and_stands_beside_the_rhythm(plan):
    incident = opened(plan, 0, 25, 70, until=70)
    UpdateFactory(incident=incident, audience="internal", published_at=at(50))

    found = score.of(incident=incident, now=at(200))

    assert (found.silence.took, found.silence.target) == (45 * MINUTE, 30 * MINUTE)
    assert found.silence.verdict == Verdict.MISSED


def test_each_silence_is_held_against_the_rhythm_of_its_hour(plan):
    plan.slower_after, plan.slower_interval = 60 * MINUTE, 90 * MINUTE
    plan.save()
    RhythmFactory(plan=plan, audience="customer", interval=20 * MINUTE)
    incident = opened(plan, 0, 20, 40, 60, 150, until=150)

    found = score.of(incident=incident, now=at(200))

    assert (found.silence.took, found.silence.target) == (90 * MINUTE, 90 * MINUTE)
    assert found.silence.verdict == Verdict.MET


def test_a_shorter_silence_that_was_too_long_is_a_miss_as_well(plan):
    plan.slower_after, plan.slower_interval = 60 * MINUTE, 90 * MINUTE
    plan.save()
    incident = opened(plan, 0, 60, 145, until=145)

    assert score.of(incident=incident, now=at(200)).silence.verdict == Verdict.MISSED


def test_a_silence_of_an_open_incident_lasts_until_now(plan):
    found = score.of(incident=opened(plan, 0, until=None), now=at(50))

    assert found.silence.took == 50 * MINUTE


def test_a_maintenance_is_silent_only_while_work_is_done(plan):
    incident = IncidentFactory(
        plan=plan, kind=Kind.MAINTENANCE, status="completed", opened_at=NOON, resolved_at=at(600)
    )
    for status, minute in (("scheduled", 0), ("in_progress", 500), ("completed", 600)):
        UpdateFactory(incident=incident, status=status, published_at=at(minute))

    found = score.of(incident=incident, now=at(1_000))

    assert found.silence.took == 100 * MINUTE
    assert found.first_notice.verdict == Verdict.NONE
    assert found.next_named.total == 0


def test_promises_are_counted_as_the_ledger_counts_them(plan):
    incident = opened(plan, 0, 25, 75, 200, until=200)

    found = score.of(incident=incident, now=at(300)).promises

    assert (found.made, found.kept, found.late, found.broken) == (3, 1, 1, 1)
    assert promises.tally(incident=incident, until=at(300)) == {
        "made": 3,
        "kept": 1,
        "late": 1,
        "broken": 1,
    }


def test_updates_that_name_no_next_time_are_counted_but_for_the_last(plan):
    incident = opened(plan, 0, 30, until=30)
    UpdateFactory(incident=incident, published_at=at(10))

    assert score.of(incident=incident, now=at(200)).next_named == score.Count(1, 2)


@pytest.mark.parametrize(
    ("published", "now", "verdict"),
    [
        (at(60 + 60), at(500), Verdict.MET),
        (at(60 + 200), at(500), Verdict.MISSED),
        (None, at(60 + 100), Verdict.COMING),
        (None, at(60 + 121), Verdict.MISSED),
    ],
)
def test_the_postmortem_is_held_against_its_deadline(plan, published, now, verdict):
    incident = opened(plan, 0, 60, until=60)
    Postmortem.objects.create(
        incident=incident,
        due_at=at(60 + 120),
        published_at=published,
        state="published" if published else "draft",
    )

    found = score.of(incident=incident, now=now).postmortem

    assert found.target == 120 * MINUTE
    assert found.verdict == verdict


def test_the_slowest_approval_counts_and_one_that_was_voided_does_not(plan):
    incident = opened(plan, 0, 60, until=60)
    first, last = incident.updates.order_by("pk")
    ask = {"requested_at": NOON, "expires_at": at(15)}
    Approval.objects.create(update=first, decision="approved", decided_at=at(3), **ask)
    Approval.objects.create(update=last, decision="published", decided_at=at(16), **ask)
    Approval.objects.create(update=last, decision="void", decided_at=at(40), **ask)

    found = score.of(incident=incident, now=at(200)).approvals

    assert (found.took, found.target) == (16 * MINUTE, 15 * MINUTE)
    assert found.verdict == Verdict.MISSED


@pytest.mark.parametrize(("decision", "took"), [("published", 9), ("held", 30)])
def test_what_was_left_to_the_plan_was_not_decided_in_time(plan, decision, took):
    """Where a promise is due first, the plan does not wait for as long as it allows."""
    incident = opened(plan, 0)
    Approval.objects.create(
        update=incident.updates.get(),
        decision=decision,
        requested_at=NOON,
        expires_at=at(9),
        decided_at=at(9),
    )

    found = score.of(incident=incident, now=at(30)).approvals

    assert (found.took, found.verdict) == (took * MINUTE, Verdict.MISSED)


def test_tasks_count_when_they_are_done_or_should_be(plan):
    incident = opened(plan, 0, 60, until=60)
    step = PlanStepFactory(plan=plan, trigger="opened", who="task", template=None)
    for slot, state, released, deadline in (
        ("in time", "done", at(10), at(15)),
        ("too late", "done", at(20), at(15)),
        ("no deadline", "done", at(20), None),
        ("never", "waiting", None, at(15)),
        ("still time", "waiting", None, at(900)),
        ("the end came late", "cancelled", None, at(50)),
        ("the end came first", "cancelled", None, at(70)),
    ):
        TimelineEntry.objects.create(
            incident=incident,
            step=step,
            slot=slot,
            due_at=NOON,
            state=state,
            reason="opened",
            released_at=released,
            deadline_at=deadline,
        )

    assert score.of(incident=incident, now=at(200)).tasks == score.Count(2, 5)


def test_holding_statements_are_counted_once_for_all_who_heard_them(plan):
    incident = opened(plan, 0, 30, 60, until=60)
    said = incident.updates.order_by("pk")[1]
    for audience in ("customers", "partners"):
        step = PlanStepFactory(plan=plan, name=audience, trigger="promise_due")
        TimelineEntry.objects.create(
            incident=incident,
            step=step,
            slot=audience,
            due_at=at(30),
            state="done",
            reason="promise_due",
            released_at=at(30),
            update=said,
        )

    assert score.of(incident=incident, now=at(200)).holding_statements == 1


def test_the_percentage_is_of_the_targets_that_can_be_judged(plan):
    kept = score.of(incident=opened(plan, 0, 20, until=20, detected_at=NOON), now=at(200))
    broken = score.of(incident=opened(plan, 9, 99, until=99, detected_at=NOON), now=at(200))

    assert kept.percent == 100
    # Only that the next word was named is left: the notice, the silence, the promise are not.
    assert broken.percent == 25


def test_a_draft_has_no_score(plan):
    with pytest.raises(Incident.DoesNotExist):
        score.of(incident=IncidentFactory(plan=plan), now=NOON)


class TestSilences:
    def holding(self, plan, **fields):
        return PlanStepFactory(plan=plan, trigger="promise_due", **fields)

    def test_the_plan_guards_it_until_its_bound_is_used_up(self, plan):
        self.holding(plan, offset=2 * MINUTE, repeat_limit=1)
        incident = opened(plan, 0, until=None)
        UpdateFactory(incident=incident, origin="plan", published_at=at(32))

        first, second = silences.of(incident=incident, until=at(200))

        assert (first.rung, first.overrun) == (2 * MINUTE, timedelta(0))
        assert second.is_unguarded
        assert second.is_too_long
        assert not second.overrun

    def test_one_that_the_plan_should_have_ended_is_named(self, plan):
        self.holding(plan, offset=2 * MINUTE)

        (silence,) = silences.of(incident=opened(plan, 0, until=None), until=at(33))

        assert silence.overrun == 30 * timedelta(seconds=1)

    def test_what_waits_for_a_person_guards_nobody(self, plan):
        self.holding(plan, who="approval")

        (silence,) = silences.of(incident=opened(plan, 0, until=None), until=at(33))

        assert silence.is_unguarded


class TestOverTime:
    SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    def history(self, **fields):
        return score.over_time(since=self.SINCE, until=self.UNTIL, **fields)

    def test_nothing_is_nothing(self, db):
        total = self.history().total

        assert (total.incidents, total.first_notice, total.over_an_hour.percent) == (0, None, None)

    def test_it_tells_medians_and_shares(self, plan):
        opened(plan, 1, 21, until=21, detected_at=NOON)
        opened(plan, 3, 33, until=33, detected_at=NOON)
        opened(plan, 20, 120, until=120, detected_at=NOON)

        total = self.history().total

        assert total.incidents == 3
        assert total.first_notice == 3 * MINUTE
        assert total.first_notice_in_time == score.Count(2, 3)
        assert total.between == 30 * MINUTE
        assert total.over_an_hour == score.Count(1, 3)
        assert total.promises_kept == score.Count(2, 3)
        assert total.next_named.percent == 100
        assert total.duration == 33 * MINUTE

    @pytest.mark.parametrize("mode", ["drill", "replay"])
    def test_what_is_not_real_never_counts(self, plan, mode):
        opened(plan, 1, 21, until=21, mode=mode)

        assert self.history().total.incidents == 0
        assert self.history(mode=mode).total.incidents == 1

    def test_months_are_those_of_the_clock_on_the_wall(self, plan):
        in_february_here = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)
        IncidentFactory(plan=plan, opened_at=in_february_here)
        IncidentFactory(plan=plan, opened_at=NOON)

        assert [group.name for group in self.history().months] == ["2026-02", "2026-03"]

    def test_versions_of_a_plan_stand_side_by_side(self, plan):
        newer = PlanFactory(name="Outage", slug=plan.slug, version=2, status="draft")
        opened(plan, 1, 21, until=21)
        opened(newer, 1, 21, until=21)

        assert [group.name for group in self.history().plans] == ["Outage v1", "Outage v2"]

    def test_more_incidents_ask_no_more_queries(self, plan, django_assert_num_queries):
        PlanStepFactory(plan=plan, trigger="promise_due")
        for number in range(12):
            incident = opened(plan, 1, 21, until=21)
            Postmortem.objects.create(incident=incident, due_at=at(900))
            Approval.objects.create(
                update=incident.updates.first(), requested_at=NOON, expires_at=at(number + 1)
            )

        with django_assert_num_queries(10):
            total = self.history().total

        assert total.incidents == 12


@pytest.mark.parametrize(
    ("typed", "kept"),
    [(None, NOON), (at(-5), at(-5)), (at(5), NOON)],
    ids=["none", "before", "after"],
)
def test_it_is_noticed_when_it_is_opened_at_the_latest(typed, kept, plan):
    draft = IncidentFactory(plan=plan, started_at=at(-10), detected_at=typed)

    incident = incidents.open(incident=draft, by=None, now=NOON)

    incident.refresh_from_db()
    assert incident.detected_at == kept


def test_a_maintenance_is_not_noticed_but_planned(plan):
    work = maintenance_of(plan=PlanFactory(kind=Kind.MAINTENANCE))

    assert incidents.open(incident=work, by=None, now=NOON).detected_at is None


def test_what_lies_between_an_all_clear_and_its_return_is_no_silence(plan):
    incident = opened(plan, 2, 20, until=20)
    UpdateFactory(incident=incident, status="investigating", published_at=at(600))
    UpdateFactory(incident=incident, status="resolved", published_at=at(610))
    incident.resolved_at = at(610)
    incident.save()

    found = score.of(incident=incident, now=at(900))

    assert found.silence.took == 18 * MINUTE
    assert found.silence.verdict == Verdict.MET
