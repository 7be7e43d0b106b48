"""Words for some readers reach nobody else, whatever the step names."""

from datetime import timedelta

import pytest

from audiences.models import AudienceKind
from incidents.models import PlanStep, Update
from incidents.services import drills, incidents, release, telling, updates
from incidents.services.drills import Script
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery
from messaging.services import recipients
from tests.factories import (
    NOON,
    ContactFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.incidents.team import responder

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def operations(login):
    segment = SegmentFactory(slug="operations", kind=AudienceKind.INTERNAL)
    SubscriptionFactory(segment=segment, contact=ContactFactory(email="ops@example.com"))
    login.dependents.add(segment)
    return segment


def say(incident, audience, minutes=1):
    now = NOON + minutes * MINUTE
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "Between us."},
        next_update_due_at=now + 20 * MINUTE,
        audience=audience,
    )
    updates.publish(incident=incident, draft=draft, by=None, now=now)
    release.release_due(now=now)


def heard(words="Between us."):
    """Who got a message that says this."""
    for broadcast in Broadcast.objects.filter(frozen_at=None):
        recipients.freeze(broadcast_id=broadcast.pk, now=NOON)
    said = [one.pk for one in Broadcast.objects.all() if one.facts["en"]["update"] == words]
    return set(Delivery.objects.filter(broadcast__in=said).values_list("address", flat=True))


@pytest.mark.parametrize("names_segments", [True, False])
def test_internal_words_reach_no_customer_where_a_step_tells_the_affected(
    plan, incident, login, customers, operations, names_segments
):
    login.dependents.add(customers)
    step = plan.steps.get(trigger="update_published")
    plan.steps.filter(pk=step.pk).update(tells_affected=True)
    if not names_segments:
        step.segments.clear()

    say(incident, "internal")

    # A step for customers is not for these words; one for the affected is for those inside.
    assert heard() == (set() if names_segments else {"ops@example.com"})


def test_a_step_that_names_nobody_reaches_nobody(plan, incident, operations):
    step = plan.steps.get(trigger="update_published")
    step.segments.clear()

    say(incident, "internal")
    say(incident, "", minutes=2)

    assert heard() == set()
    unsaid = Update(incident=incident, audience="internal")
    assert telling.readers(step, incident, unsaid) == []


def test_in_a_drill_words_for_some_readers_reach_those_who_take_part(
    plan, lead, deputy, customers, operations
):
    inside = PlanStepFactory(
        plan=plan,
        name="Inside",
        trigger=PlanStep.Trigger.UPDATE_PUBLISHED,
        template=plan.steps.first().template,
    )
    inside.segments.add(operations)
    people = [responder(user, number) for number, user in enumerate([lead, deputy])]
    drill = drills.prepare(script=Script(plan=plan, title={"en": "Fire"}, people=people), by=lead)
    incident = incidents.open(incident=drill.incident, by=lead, now=NOON)
    now = NOON + MINUTE
    due_at = incident.story_time(now) + 20 * MINUTE

    for audience, words in (("customer", "To customers."), ("internal", "Between us.")):
        draft = UpdateDraft(
            status="investigating",
            public_text={"en": words},
            next_update_due_at=due_at,
            audience=audience,
        )
        updates.publish(incident=incident, draft=draft, by=lead, now=now)
    release.release_due(now=now)

    team = {"lead@example.org", "deputy@example.org"}
    assert heard("To customers.") & team == team
    assert heard("Between us.") & team == team
