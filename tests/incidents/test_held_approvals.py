"""What is held back because nobody approved it is never forgotten: people are called."""

from datetime import timedelta

import pytest

from incidents.models import Approval, DutyCall, PlanStep
from incidents.services import approvals, incidents, ladder, release, updates
from incidents.services.updates import UpdateDraft
from messaging.models import BroadcastContent
from tests.factories import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def held(plan, draft, team, lead):
    """The lead wrote at five past, nobody approved: since 12:20 it is held back by the plan."""
    plan.steps.filter(trigger="update_published").update(who=PlanStep.Who.APPROVAL)
    plan.publishes_unapproved = []
    plan.save()
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    draft = UpdateDraft(
        status="identified",
        public_text={"en": "We found it."},
        next_update_due_at=NOON + 120 * MINUTE,
    )
    updates.publish(incident=incident, draft=draft, by=lead, now=NOON + 5 * MINUTE)
    tick(20)
    return Approval.objects.get(decision="held")


def tick(minutes):
    now = NOON + minutes * MINUTE
    release.release_due(now=now)
    approvals.settle(now=now)
    ladder.climb(now=now)


def called(minutes):
    tick(minutes)
    calls = DutyCall.objects.filter(about="held").order_by("rung")
    return list(calls.values_list("user__username", flat=True))


def test_the_plans_owner_is_called_at_once_and_then_whoever_may_decide(held, owner, deputy, second):
    names = [one.username for one in (owner, deputy, second)]

    assert called(20) == names[:1]
    assert called(24) == names[:1]
    assert called(25) == names[:2]
    assert called(30) == names
    # At the end the owner once more, and then nobody is left; its author is never asked.
    assert called(35) == [*names, owner.username]
    assert called(60) == [*names, owner.username]


def test_the_lead_is_called_after_the_owner_where_another_person_wrote(held, owner, lead, deputy):
    Approval.objects.update(requested_by=deputy)

    called(20)

    assert called(25)[:2] == [owner.username, lead.username]


def test_an_owner_who_wrote_it_is_not_asked_first(held, owner, lead):
    DutyCall.objects.all().delete()
    Approval.objects.update(requested_by=owner)

    assert called(20) == [lead.username]


def test_the_message_says_what_is_held_back(held, owner):
    tick(20)

    call = DutyCall.objects.get(about="held", user=owner)
    said = BroadcastContent.objects.filter(broadcast__facts__call=call.pk).first()
    assert "Decision about an update that is held back" in said.subject
    assert "nobody approved it in time" in said.text


def test_a_decision_ends_the_calls(held, deputy, owner):
    called(20)

    approvals.approve(approval=held, by=deputy, now=NOON + 21 * MINUTE)

    assert called(60) == [owner.username]


def test_a_held_step_is_called_about_once_not_twice(plan, draft, team, lead, owner):
    plan.steps.filter(trigger="opened").update(who=PlanStep.Who.APPROVAL)
    plan.publishes_unapproved = []
    plan.save()
    incidents.open(incident=draft, by=lead, now=NOON)
    for minutes in range(0, 31, 5):
        tick(minutes)

    assert Approval.objects.get().decision == "held"
    after = DutyCall.objects.filter(called_at__gte=NOON + 15 * MINUTE)
    assert {one.about for one in after.exclude(about="approval")} == {"held"}
    assert after.filter(about="held").first().user == owner
