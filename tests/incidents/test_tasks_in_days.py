"""A task that has days is asked for in days: nobody is woken for it."""

from datetime import timedelta

import pytest

from audiences.models import Channel
from incidents.models import DutyCall, PlanStep, Postmortem
from incidents.services import duty_answers, ladder, owed, release
from messaging.models import Delivery
from tests.factories import NOON
from tests.incidents.team import MINUTE

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
GIVEN = NOON + 15 * MINUTE


@pytest.fixture
def task(phone_step, incident, team):
    """Given to the lead at a quarter past noon, with two days for it."""
    PlanStep.objects.filter(pk=phone_step.pk).update(role="lead", deadline=2 * DAY)
    release.release_due(now=GIVEN)
    return incident.timeline.get(step=phone_step)


def asked(about="task"):
    calls = DutyCall.objects.filter(about=about).order_by("rung")
    return [(call.user.username, call.called_at - GIVEN) for call in calls]


def climb_until(end, *, about, every=DAY):
    now = GIVEN
    while now <= end:
        ladder.climb(now=now, about=about)
        now += every


def test_it_is_asked_for_one_day_before_and_of_one_more_person_each_day(task, lead, owner):
    climb_until(GIVEN + 12 * DAY, about=owed.IN_DAYS)

    assert asked() == [
        ("lead", DAY),
        ("deputy", 2 * DAY),
        ("second", 3 * DAY),
        (owner.username, 4 * DAY),
        (owner.username, 11 * DAY),
    ]
    task.refresh_from_db()
    assert task.assignee == lead


def test_no_minute_ladder_asks_for_it(task):
    climb_until(GIVEN + 3 * DAY, about=owed.IN_MINUTES)

    assert asked("entry") == asked() == []


def test_nobody_gets_a_text_message_for_it(task):
    climb_until(GIVEN + 3 * DAY, about=owed.IN_DAYS)

    told = Delivery.objects.filter(broadcast__purpose="duty")
    assert {one.channel for one in told} == {Channel.EMAIL}


def test_its_letter_names_the_day(task):
    told = Delivery.objects.filter(broadcast__purpose="duty")
    assert "do it by 4 March 2026" in told.get().broadcast.contents.get().text


def test_whoever_is_asked_can_take_it_over_or_put_it_off_for_a_day(task, lead, deputy):
    climb_until(GIVEN + 2 * DAY, about=owed.IN_DAYS)
    first, second = DutyCall.objects.order_by("rung")
    now = GIVEN + 2 * DAY + MINUTE

    duty_answers.take_over(call=second, by=deputy, through="link", now=now)

    task.refresh_from_db()
    assert task.assignee == deputy
    assert duty_answers.shortest(first) == DAY


def test_doing_it_ends_it(task, lead):
    release.complete(entry=task, by=lead, outcome="Done", now=GIVEN + MINUTE)

    climb_until(GIVEN + 3 * DAY, about=owed.IN_DAYS)

    assert asked() == []


def test_a_task_of_hours_stays_with_the_minutes(phone_step, incident, team):
    PlanStep.objects.filter(pk=phone_step.pk).update(role="lead", deadline=DAY - MINUTE)
    release.release_due(now=GIVEN)

    climb_until(GIVEN + DAY, about=owed.IN_DAYS)
    assert asked() == []
    ladder.climb(now=GIVEN + DAY, about=owed.IN_MINUTES)

    assert [name for name, _when in asked("entry")] == ["lead"]


def test_a_postmortem_that_is_to_be_written_sooner_is_asked_for_by_its_task(task, incident):
    PlanStep.objects.filter(pk=task.step_id).update(done_when=PlanStep.DoneWhen.POSTMORTEM)
    Postmortem.objects.create(incident=incident, due_at=GIVEN + 10 * DAY)

    climb_until(GIVEN + DAY, about=owed.IN_DAYS)

    assert asked() == [("lead", DAY)]
