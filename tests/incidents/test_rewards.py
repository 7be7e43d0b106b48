"""What customers reward: their marks beside how each incident was told."""

from datetime import timedelta

import pytest

from feedback.models import Answer, Response
from feedback.services import results
from feedback.services.results import Slice
from incidents.services import ranks
from incidents.services.rewards import Deed, rewards
from tests.factories import (
    NOON,
    BroadcastFactory,
    IncidentFactory,
    InvitationFactory,
    PlanStepFactory,
    QuestionFactory,
    UpdateFactory,
)


@pytest.fixture
def step(db):
    return PlanStepFactory()


@pytest.fixture
def question(db):
    return QuestionFactory(position=0)


@pytest.fixture
def told(settings, step, question):
    """An incident of which the first word came after some minutes, and one answer about it."""
    settings.FEEDBACK_SMALLEST_GROUP = 1

    def told(*, minutes, score, **fields):
        incident = IncidentFactory(plan=step.plan, opened_at=NOON, clock_origin_at=NOON, **fields)
        UpdateFactory(incident=incident, published_at=NOON + timedelta(minutes=minutes))
        broadcast = BroadcastFactory(purpose="feedback", thread=incident.key)
        incident.timeline.create(
            step=step, slot="asked", due_at=NOON, reason="resolved", broadcast=broadcast
        )
        response = Response.objects.create(
            invitation=InvitationFactory(broadcast=broadcast, version=question.version),
            language="en",
            submitted_at=NOON,
        )
        Answer.objects.create(response=response, question=question, score=score)
        return incident

    return told


def test_quick_words_go_with_good_marks_once_there_are_enough_incidents(told, question):
    scores = [5, 5, 4, 4, 3, 3, 2]
    for minutes, score in enumerate(scores, 1):
        told(minutes=minutes, score=score)
    told(minutes=90, score=5, mode="drill")
    survey, key = question.version.survey, (Deed.FIRST_NOTICE, question.pk)

    few = rewards(survey=survey, now=NOON)
    told(minutes=60, score=1)
    enough = rewards(survey=survey, now=NOON + timedelta(hours=2))

    assert (len(few.rows), few.correlations[key]) == (7, None)
    assert enough.correlations[key].count == 8
    assert enough.correlations[key].value < -0.8
    assert enough.correlations[key].is_clear
    assert enough.correlations[Deed.UPDATES, question.pk] is None


def test_incidents_and_plan_versions_stand_side_by_side(told, question, step):
    first, second = told(minutes=1, score=5), told(minutes=9, score=1)
    of = Slice(question.version.survey)

    by_incident = results.grouped(of=of, by="occasion").groups
    (plan,) = results.grouped(of=of, by="plan").groups

    assert {one.group.key: one.turnout.answered for one in by_incident} == {
        first.key: 1,
        second.key: 1,
    }
    assert (plan.group.name, plan.turnout.answered) == (str(step.plan), 2)


def test_ranks_of_a_textbook_are_right():
    """The example of IQ and hours of television, ρ = −29/165."""
    hours = (7, 27, 2, 50, 28, 29, 20, 12, 6, 17)
    wits = (106, 100, 86, 101, 99, 103, 97, 113, 112, 110)

    found = ranks.correlation(list(zip(wits, hours, strict=True)))

    assert found.value == pytest.approx(-29 / 165)
    assert not found.is_clear


def test_equal_values_share_their_rank():
    pairs = [(1, 5), (1, 5), (2, 4), (2, 3), (3, 3), (3, 2), (4, 1), (4, 1)]

    assert ranks.correlation(pairs).value == pytest.approx(-0.96896, abs=1e-5)


@pytest.mark.parametrize("sign", [1, -1])
def test_eight_incidents_in_perfect_order_are_no_certainty(sign):
    found = ranks.correlation([(number, sign * number) for number in range(8)])

    nearer, end = sorted([found.low, found.high], key=abs)
    assert (found.value, end) == (sign, sign)
    assert 0.7 < sign * nearer < 0.9


def test_the_page_tells_each_incident_and_says_that_it_is_no_proof(told, lead_client):
    told(minutes=1, score=5)

    page = lead_client.get("/admin/incidents/incident/rewards/").content.decode()

    assert "Slow logins" in page
    assert "It is not a proof" in page
    assert "by chance alone" in page
    assert "too few incidents, or all alike" in page
