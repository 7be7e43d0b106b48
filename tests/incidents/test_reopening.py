"""What an end makes pointless is not done, and what goes on again is told once per turn of it."""

from datetime import timedelta

import pytest

from incidents.models import PlanStep
from incidents.services import incidents, release
from tests.factories import NOON, PlanStepFactory
from tests.incidents.storm import publish

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def end(incident, minutes):
    return publish(incident, status="resolved", promise=0, minutes=minutes)


def go_on(incident, minutes):
    return publish(incident, "It is back.", status="investigating", minutes=minutes)


def tick(*minutes):
    for number in minutes:
        release.release_due(now=NOON + timedelta(minutes=number))


def states(incident, step):
    entries = incident.timeline.filter(step=step).order_by("due_at")
    return [(entry.state, entry.reason) for entry in entries]


def task(plan, trigger, **fields):
    return PlanStepFactory(
        plan=plan, trigger=trigger, who=PlanStep.Who.TASK, template=None, **fields
    )


@pytest.fixture
def hourly(plan, template, customers):
    """A message repeated every hour, six times in all."""
    step = PlanStepFactory(
        plan=plan,
        trigger="opened",
        template=template,
        statement={"en": "It goes on."},
        repeat_every=HOUR,
        repeat_limit=6,
    )
    step.segments.add(customers)
    return step


def test_an_open_task_of_the_opening_ends_with_it_and_one_of_the_end_stays(plan, draft, lead):
    phone, post = task(plan, "opened"), task(plan, "resolved")
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    end(incident, 10)
    tick(10)

    assert states(incident, phone) == [("cancelled", "no_longer_applies")]
    assert states(incident, post) == [("waiting", "resolved")]


def test_reopening_asks_again_for_what_was_open_and_every_end_brings_its_own(plan, draft, lead):
    phone, post = task(plan, "opened", deadline=HOUR), task(plan, "resolved")
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    end(incident, 10)
    tick(10)
    release.complete(entry=incident.timeline.get(step=post), by=lead, outcome="Done", now=NOON)
    go_on(incident, 60)
    tick(60)

    asked = incident.timeline.get(step=phone)
    assert (asked.state, asked.deadline_at) == ("waiting", NOON + 2 * HOUR)

    end(incident, 90)
    tick(90, 91)

    assert states(incident, post) == [("done", "resolved"), ("waiting", "resolved")]


def test_what_fell_between_the_end_and_the_reopening_is_not_made_up_for(hourly, draft, lead):
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    end(incident, 30)
    go_on(incident, 200)

    tick(200)

    assert [state for state, _ in states(incident, hourly)] == [
        *("done", "cancelled", "cancelled", "late", "planned", "planned"),
    ]
    assert states(incident, hourly)[1] == ("cancelled", "overtaken")


def test_hours_without_a_tick_are_made_up_for_by_one_message(hourly, draft, lead):
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0, 190)

    assert [state for state, _ in states(incident, hourly)] == [
        *("done", "cancelled", "cancelled", "late", "planned", "planned"),
    ]


def test_a_message_that_waits_does_not_outlive_the_end(plan, draft, lead):
    first = plan.steps.get(trigger="opened")
    PlanStep.objects.filter(pk=first.pk).update(who=PlanStep.Who.APPROVAL)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    end(incident, 10)
    tick(10, 11)

    assert states(incident, first) == [("cancelled", "no_longer_applies")]
