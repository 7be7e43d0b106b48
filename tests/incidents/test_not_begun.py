"""Of a maintenance that nobody has begun, nobody hears that it goes on."""

from datetime import timedelta

import pytest

from audiences.models import Channel
from incidents.admin import opening_forecast
from incidents.models import PlanStep
from incidents.services import ladder, maintenance, release, schedules, update_checks, updates
from incidents.services.updates import UpdateDraft
from tests.factories import NOON, DutyFactory, PlanStepFactory
from tests.incidents.team import responder

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
START = NOON + timedelta(days=1)
END = START + timedelta(hours=2)


@pytest.fixture
def by_hand(work, work_plan, lead):
    """It waits for a person to begin, and the plan has words for when nobody does."""
    work.runs_by_clock = False
    work.save()
    words = {"en": "It has not begun yet."}
    notice = {
        "offset": 10 * MINUTE,
        "statement": words,
        "template": work_plan.steps.first().template,
    }
    step = PlanStepFactory(plan=work_plan, trigger="not_begun", **notice)
    step.segments.set(work_plan.steps.first().segments.all())
    PlanStepFactory(
        plan=work_plan,
        trigger="not_begun",
        who=PlanStep.Who.TASK,
        template=None,
        deadline=4 * MINUTE,
        channels=[Channel.EMAIL],
    )
    DutyFactory(plan=work_plan, user=lead)
    responder(lead, 1)
    return work


@pytest.fixture
def waiting(by_hand, announced):
    return announced


def tick(*times):
    for now in times:
        maintenance.start_due(now=now)
        release.release_due(now=now)
        ladder.climb(now=now)


def heard(incident):
    return [
        one.public_text["en"] for one in incident.updates.public().filter(published_at__gt=NOON)
    ]


@pytest.mark.slow(reason="tells a maintenance through its planned end")
def test_customers_hear_that_it_has_not_begun_and_the_lead_is_called(waiting, lead):
    tick(START, START + 4 * MINUTE, START + 10 * MINUTE, END + 10 * MINUTE)

    assert heard(waiting) == ["It has not begun yet."]
    assert not waiting.promises.exists()
    task = waiting.timeline.get(step__who="task")
    assert (task.state, task.assignee) == ("waiting", lead)
    assert waiting.duty_calls.filter(user=lead, about="entry").exists()
    overrun = waiting.timeline.filter(reason="not_begun", step__trigger="ends").first()
    assert overrun.state == "cancelled"


def test_what_was_to_be_done_because_nobody_began_ends_when_somebody_does(waiting):
    tick(START)
    begun = UpdateDraft(
        status="in_progress", public_text={"en": "Go."}, next_update_due_at=END - MINUTE
    )
    updates.publish(incident=waiting, draft=begun, by=None, now=START + 3 * MINUTE)
    tick(START + 3 * MINUTE, START + 10 * MINUTE, END + 10 * MINUTE)

    assert set(waiting.timeline.filter(step__trigger="not_begun").values_list("state")) == {
        ("cancelled",)
    }
    assert heard(waiting) == ["Go.", "It takes longer."]


def test_moving_it_ends_what_was_to_be_done_because_nobody_began(waiting):
    tick(START)
    times = {"new_for": START + timedelta(days=1), "new_until": END + timedelta(days=1)}
    schedules.move(incident=waiting, reason={"en": "Ill."}, by=None, now=START + MINUTE, **times)

    [task] = waiting.timeline.filter(step__who="task", due_at__lte=START)
    assert (task.state, task.reason) == ("cancelled", "rescheduled")


def test_every_reminder_before_it_is_foreseen_on_opening(work, work_plan):
    daily = {"repeat_every": timedelta(hours=6), "repeat_limit": 3}
    work_plan.steps.filter(trigger="starts").update(offset=-timedelta(hours=20), **daily)

    rows = opening_forecast.opening(incident=work, by="lead", now=NOON).rows

    [reminder] = [row for row in rows if row.entry.reason == "starts"]
    assert len(reminder.again) == 2


def test_before_it_begins_no_rhythm_is_promised(announced):
    draft = UpdateDraft(
        status="scheduled", public_text={"en": "News."}, next_update_due_at=NOON + 15 * MINUTE
    )

    with pytest.raises(update_checks.PromiseTooEarly, match="promise no other time"):
        updates.publish(incident=announced, draft=draft, by=None, now=NOON + MINUTE)
