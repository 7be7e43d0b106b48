"""Whether people react when they are called is part of how an incident went."""

import pytest

from incidents.models import DutyCall
from incidents.services import duty_answers, release, score
from incidents.services.score import Count
from tests.factories import NOON
from tests.incidents.team import MINUTE, run, said

pytestmark = pytest.mark.django_db


def calls_of(incident, minutes=60):
    return score.of(incident=incident, now=NOON + minutes * MINUTE).calls


@pytest.fixture
def called(incident, team):
    """The lead was reminded at 20 of what is due at 30; five minutes later the deputy is."""
    release.release_due(now=NOON)
    said(incident)
    run(18, 20)
    return incident


def test_an_answer_in_time_counts(called, lead):
    duty_answers.take_over(
        call=DutyCall.objects.get(), by=lead, through="link", now=NOON + 23 * MINUTE
    )

    assert calls_of(called) == Count(1, 1)


def test_writing_the_update_is_an_answer(called):
    said(called, minutes=24)

    assert calls_of(called) == Count(1, 1)


def test_whoever_lets_the_next_be_called_has_not_answered_in_time(called):
    run(21, 25)
    said(called, minutes=27)

    assert calls_of(called) == Count(1, 2)


def test_what_the_plan_says_in_their_place_is_no_answer_and_its_owner_is_asked_nothing(called):
    run(21, 31)

    information = DutyCall.objects.get(is_information=True)
    assert information.user == called.plan.owner
    # The lead, both deputies.
    assert calls_of(called, 45) == Count(0, 3)


def test_nobody_is_judged_before_their_time_is_up(called):
    assert calls_of(called, 24) == Count()


def test_the_owner_who_leads_is_asked_like_everybody(called, team, owner):
    DutyCall.objects.update(user=owner)

    assert calls_of(called) == Count(0, 1)


def test_whoever_could_not_be_called_is_not_judged(called):
    DutyCall.objects.update(problem="absent")

    assert calls_of(called) == Count()
