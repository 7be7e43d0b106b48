"""A maintenance begins by the clock or by hand, and is told at each turn of it."""

from datetime import timedelta

import pytest

from incidents.models import PlanStep, Status
from incidents.services import (
    incidents,
    maintenance,
    promises,
    release,
    schedules,
    update_checks,
    updates,
)
from incidents.services.updates import UpdateDraft
from tests.factories import NOON, PlanStepFactory

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
START = NOON + timedelta(days=1)
END = START + 2 * HOUR


def tick(now):
    maintenance.start_due(now=now)
    release.release_due(now=now)


def told(incident):
    """The reasons of what went out, in order."""
    done = incident.timeline.filter(state__in=["done", "late"]).order_by("released_at", "pk")
    return list(done.values_list("reason", flat=True))


def say(incident, status, now):
    promise = now + HOUR if status in promises.UNDER_WAY else None
    draft = UpdateDraft(
        status=status, public_text={"en": "Some words."}, next_update_due_at=promise
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=now)


def test_it_begins_at_its_time_and_not_before(announced):
    tick(START - MINUTE)
    announced.refresh_from_db()
    assert announced.status == "scheduled"

    tick(START)

    announced.refresh_from_db()
    assert announced.status == "in_progress"
    begun = announced.updates.get(changes_status=True)
    assert begun.origin == "plan"
    assert begun.public_text["en"] == (
        "The planned maintenance of Login has begun. It is planned to last until 15:00 CET."
    )


def test_that_it_began_by_the_clock_is_told_once_by_the_step_for_it(announced):
    for now in (NOON, START, START, START + MINUTE):
        tick(now)

    assert told(announced) == ["opened", "status_reached"]


def test_a_fact_that_says_too_much_does_not_keep_it_from_beginning(announced):
    announced.effect, announced.systems = {"en": "Hydra is away."}, {"en": "Hydra"}
    announced.save()

    assert maintenance.start_due(now=START) == 1


def test_doubled_ticks_begin_it_once(announced):
    assert [maintenance.start_due(now=START) for _tick in range(3)] == [1, 0, 0]


def test_it_does_not_begin_before_it_was_announced(work, lead):
    incidents.open(incident=work, by=lead, now=START + MINUTE)

    begun = [maintenance.start_due(now=START + MINUTE)]
    release.release_due(now=START + MINUTE)
    begun.append(maintenance.start_due(now=START + MINUTE))

    assert begun == [0, 1]


def test_a_late_tick_promises_no_end_that_has_passed(announced):
    tick(END + MINUTE)

    said = announced.updates.filter(changes_status=True).get()
    assert said.public_text["en"] == "The planned maintenance of Login has begun."


def test_the_words_of_the_plan_are_said_where_it_has_some(announced, work_plan):
    PlanStep.objects.filter(plan=work_plan, status="in_progress").update(
        statement={"en": "We work on {% if components %}{{ components }}{% endif %}.", "de": ""}
    )

    tick(START)

    said = announced.updates.get(changes_status=True).public_text
    assert said == {"en": "We work on Login.", "de": "We work on Login."}


def test_what_waits_for_a_person_does_not_begin_by_itself(announced):
    announced.runs_by_clock = False
    announced.save()

    tick(START)

    announced.refresh_from_db()
    assert announced.status == "scheduled"


def test_its_components_are_under_maintenance_while_it_runs(announced, login):
    shown = []
    for now, status in [(START, ""), (START + HOUR, "verifying"), (END, "completed")]:
        tick(now)
        if status:
            say(announced, status, now)
        login.refresh_from_db()
        shown.append(login.status)

    assert shown == ["under_maintenance", "under_maintenance", "operational"]


def test_a_component_named_with_another_status_is_under_maintenance_too(announced, login):
    announced.affected.update(status="partial_outage")

    tick(START)

    login.refresh_from_db()
    announced.refresh_from_db()
    assert (login.status, announced.impact) == ("under_maintenance", "maintenance")


def test_it_never_completes_by_itself_but_says_that_it_takes_longer(announced):
    for minutes in range(0, 240, 10):
        tick(START + minutes * MINUTE)

    announced.refresh_from_db()
    assert announced.status == "in_progress"
    overdue = announced.timeline.filter(reason="ends").order_by("due_at")
    due = [(entry.due_at - END) // MINUTE for entry in overdue]
    assert due == [10, 40, 70]
    assert told(announced)[-3:] == ["ends"] * 3
    assert announced.updates.last().public_text["en"] == "It takes longer."


def test_completing_it_ends_what_was_to_be_said_of_the_overrun(announced):
    tick(START)
    tick(END + 10 * MINUTE)

    say(announced, "completed", END + 20 * MINUTE)
    tick(END + HOUR)

    assert told(announced).count("ends") == 1


def test_a_drill_begins_by_its_own_clock(work, lead):
    work.mode = "drill"
    work.set_clock(story=NOON, now=START, speed=60)
    work.save()
    incidents.open(incident=work, by=lead, now=START)
    release.release_due(now=START)

    assert maintenance.start_due(now=START + 23 * MINUTE) == 0
    assert maintenance.start_due(now=START + 24 * MINUTE) == 1


def test_what_has_begun_is_not_scheduled_again_for_the_clock_to_begin_it_twice(announced):
    tick(START)

    for status in (Status.IN_PROGRESS, Status.COMPLETED):
        say(announced, status, START + MINUTE)
        with pytest.raises(update_checks.WrongStatus, match="roll it back or complete it"):
            say(announced, Status.SCHEDULED, START + 2 * MINUTE)

    announced.refresh_from_db()
    assert update_checks.statuses_for(announced) == ("in_progress", "verifying", "completed")


def test_cancelling_what_has_begun_is_refused_with_advice(announced):
    tick(START)

    with pytest.raises(update_checks.WrongStatus, match="roll it back or complete it"):
        say(announced, Status.CANCELLED, START + MINUTE)
    with pytest.raises(schedules.HasBegun, match="roll it back or complete it"):
        schedules.cancel(incident=announced, reason={"en": "No."}, by=None, now=START + MINUTE)


def test_a_cancelled_maintenance_is_neither_reminded_of_nor_begun(announced):
    tick(NOON)
    schedules.cancel(incident=announced, reason={"en": "No need."}, by=None, now=NOON + MINUTE)

    tick(START)

    assert told(announced) == ["opened", "update_published"]
    announced.refresh_from_db()
    assert announced.status == "cancelled"


def test_what_was_written_on_rolling_back_is_told_once(announced):
    tick(NOON)
    tick(START)
    draft = UpdateDraft(
        status="verifying", public_text={"en": "Undone."}, next_update_due_at=END + HOUR
    )

    schedules.roll_back(incident=announced, draft=draft, by=None, now=START + HOUR)
    tick(START + HOUR)

    announced.refresh_from_db()
    assert announced.rolled_back_at == START + HOUR
    assert told(announced) == ["opened", "status_reached", "rolled_back"]
    assert announced.timeline.get(reason="rolled_back").update.public_text == {"en": "Undone."}
    with pytest.raises(schedules.RolledBackBefore):
        schedules.roll_back(incident=announced, draft=draft, by=None, now=END)


def test_a_maintenance_that_has_not_begun_is_not_rolled_back(announced):
    draft = UpdateDraft(status="verifying", public_text={"en": "Undone."})

    with pytest.raises(schedules.NotBegun, match="cancel it, or move it"):
        schedules.roll_back(incident=announced, draft=draft, by=None, now=NOON)


@pytest.mark.parametrize("status", ["in_progress", "verifying"])
def test_while_the_work_goes_on_every_update_says_when_the_next_comes(announced, status):
    tick(START)
    draft = UpdateDraft(status=status, public_text={"en": "Some words."})

    with pytest.raises(update_checks.PromiseMissing):
        updates.publish(incident=announced, draft=draft, by=None, now=START + MINUTE)


def test_what_begins_by_the_clock_promises_the_next_word_in_the_rhythm_of_the_plan(announced):
    tick(START)

    promised = announced.promises.get(settled_at=None)
    assert promised.due_at == START + 30 * MINUTE


def test_a_word_promised_during_the_work_is_given_by_the_plan_again_and_again(announced, work_plan):
    """Each says when the next comes, so that the ledger, the ladder and the next tick know."""
    statement = {"en": "We are still at work."}
    step = PlanStepFactory(
        plan=work_plan,
        trigger="promise_due",
        template=work_plan.steps.first().template,
        statement=statement,
        repeat_limit=3,
    )
    step.segments.set(work_plan.steps.first().segments.all())
    tick(START)
    draft = UpdateDraft(
        status="in_progress", public_text={"en": "Go."}, next_update_due_at=START + 20 * MINUTE
    )
    updates.publish(incident=announced, draft=draft, by=None, now=START + MINUTE)

    for minutes in range(1, 116):
        tick(START + minutes * MINUTE)

    spoke = announced.updates.filter(public_text__en=statement["en"])
    assert [(one.published_at - START) / MINUTE for one in spoke] == [20, 50, 80]
    assert {one.outcome for one in announced.promises.exclude(settled_at=None)} == {"kept"}


def test_what_takes_longer_than_planned_says_when_the_next_word_comes(announced):
    tick(START)

    tick(END + 10 * MINUTE)

    overrun = announced.updates.public().last()
    assert overrun.public_text == {"en": "It takes longer.", "de": "It takes longer."}
    assert overrun.next_update_due_at == END + 40 * MINUTE
    assert announced.promises.get(settled_at=None).due_at == END + 40 * MINUTE
