"""A maintenance whose turns a second person approves: asked once, and begun when it is decided."""

from datetime import timedelta

import pytest

from incidents.models import Approval, PlanStep
from incidents.services import approvals, maintenance, release, schedules
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
START = NOON + timedelta(days=1)
Decision = Approval.Decision


def tick(now):
    maintenance.start_due(now=now)
    approvals.settle(now=now)
    release.release_due(now=now)


def decisions():
    return list(Approval.objects.order_by("pk").values_list("decision", flat=True))


def status(incident):
    incident.refresh_from_db()
    return incident.status


@pytest.fixture
def careful(announced, work_plan):
    steps = work_plan.steps.filter(trigger=PlanStep.Trigger.STATUS_REACHED)
    steps.update(who=PlanStep.Who.APPROVAL)
    return announced


def test_that_it_begins_by_the_clock_is_asked_about_once(careful):
    for seconds in range(3):
        tick(START + timedelta(seconds=seconds))

    assert decisions() == [Decision.OPEN]
    assert status(careful) == "scheduled"


def test_it_begins_when_that_is_approved(careful, deputy):
    tick(START)

    approvals.approve(approval=Approval.objects.get(), by=deputy, now=START + MINUTE)
    tick(START + 2 * MINUTE)

    assert status(careful) == "in_progress"
    assert decisions() == [Decision.APPROVED]
    assert careful.timeline.filter(reason="status_reached", broadcast__isnull=False).count() == 1


def test_it_begins_by_the_rule_of_its_plan_when_nobody_decides(careful, work_plan):
    for now in (START, START + MINUTE, START + work_plan.approval_within):
        tick(now)

    assert status(careful) == "in_progress"
    assert decisions() == [Decision.PUBLISHED]


def test_what_was_refused_is_not_asked_again_but_at_another_start(careful, deputy, lead):
    tick(START)
    approvals.refuse(approval=Approval.objects.get(), by=deputy, reason="Not yet", now=START)
    tick(START + MINUTE)
    assert (status(careful), decisions()) == ("scheduled", [Decision.REFUSED])

    _move(careful, START + HOUR, by=lead, now=START + 2 * MINUTE)
    tick(START + HOUR)

    assert decisions() == [Decision.REFUSED, Decision.OPEN]


def test_moving_it_takes_back_what_would_have_begun_it(careful, lead, work_plan):
    tick(START)

    _move(careful, START + timedelta(days=1), by=lead, now=START + MINUTE)
    tick(START + work_plan.approval_within)

    assert (status(careful), decisions()) == ("scheduled", [Decision.VOID])


def test_it_does_not_begin_while_its_calling_off_waits_for_approval(announced, work_plan, lead):
    steps = work_plan.steps.filter(trigger=PlanStep.Trigger.UPDATE_PUBLISHED)
    steps.update(who=PlanStep.Who.APPROVAL)
    reason = {"en": "We need more time."}
    schedules.cancel(incident=announced, reason=reason, by=lead, now=START - MINUTE)

    tick(START)

    assert (status(announced), decisions()) == ("scheduled", [Decision.OPEN])


def _move(incident, start, *, by, now):
    schedules.move(
        incident=incident,
        new_for=start,
        new_until=start + 2 * HOUR,
        reason={"en": "Later."},
        by=by,
        now=now,
    )
