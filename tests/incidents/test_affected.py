"""Who is affected by an incident, and who hears of it because of that."""

import pytest

from audiences.models import ComponentUse, Contact, Segment
from audiences.services import topics
from audiences.services.counting import Count
from incidents.models import Component, Incident, IncidentComponent, PlanStep
from incidents.services import affected, telling
from messaging.models import Broadcast
from messaging.services import recipients
from tests.factories import (
    NOON,
    AccountFactory,
    BroadcastFactory,
    ComponentFactory,
    ContactFactory,
    IncidentFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkout() -> Component:
    return ComponentFactory(slug="checkout", name="Checkout")


@pytest.fixture
def outage(checkout: Component) -> Incident:
    incident = IncidentFactory(mode=Incident.Mode.REAL)
    IncidentComponent.objects.create(incident=incident, component=checkout)
    return incident


@pytest.fixture
def kim() -> Contact:
    """Somebody of an account that uses the checkout, and of nothing else."""
    account = AccountFactory(name="Muster AG")
    ComponentUse.objects.create(account=account, component="checkout")
    ComponentUse.objects.create(account=account, component="search")
    return ContactFactory(name="Kim", account=account)


@pytest.fixture
def step() -> PlanStep:
    return PlanStepFactory(tells_affected=True)


def people(step: PlanStep, incident: Incident) -> dict[str, str]:
    """Who is told, and at which detail level."""
    broadcast: Broadcast = BroadcastFactory(frozen_at=None)
    broadcast.segments.set(telling.audience(step, incident))
    recipients.freeze(broadcast_id=broadcast.pk, now=NOON)
    return dict(broadcast.deliveries.values_list("contact__name", "detail"))


def test_everybody_affected_counts_once(
    outage: Incident, checkout: Component, ana: Contact, kim: Contact
) -> None:
    customers = SegmentFactory()
    for contact in (ana, kim):
        SubscriptionFactory(segment=customers, contact=contact)
    SubscriptionFactory(segment=customers, contact=ana, channel="sms")
    checkout.dependents.add(customers)
    ComponentUse.objects.create(account=AccountFactory(), component="search")

    found = affected.of_incident(incident=outage)

    assert found.segments == [customers]
    assert [account.name for account in found.accounts] == ["Muster AG"]
    assert (found.account_count, found.people) == (1, Count(2))


def test_nobody_is_affected_by_what_nobody_uses(outage: Incident, ana: Contact) -> None:
    found = affected.of_incident(incident=outage)

    assert (found.account_count, found.people) == (0, Count(0))


def test_the_affected_are_told_with_their_followers_each_once(
    outage: Incident, step: PlanStep, ana: Contact, bo: Contact, kim: Contact
) -> None:
    of_checkout = topics.segment_for(topic="component:checkout", name="Checkout")
    of_outage = topics.segment_for(topic=f"incident:{outage.key}", name="The outage")
    of_search = topics.segment_for(topic="component:search", name="Search")
    for segment, contact in [(of_checkout, ana), (of_outage, ana), (of_outage, kim)]:
        SubscriptionFactory(segment=segment, contact=contact)
    SubscriptionFactory(segment=of_search, contact=bo)

    assert people(step, outage) == {"Ana Weber": "public", "Kim": "public"}


def test_followers_get_technical_detail_only_through_an_internal_segment(
    outage: Incident, step: PlanStep, checkout: Component, ana: Contact, bo: Contact
) -> None:
    followers = topics.segment_for(topic="component:checkout", name="Checkout")
    team = SegmentFactory(kind="internal", detail="technical")
    checkout.dependents.add(team)
    SubscriptionFactory(segment=followers, contact=ana)
    SubscriptionFactory(segment=followers, contact=bo)
    SubscriptionFactory(segment=team, contact=bo)

    assert people(step, outage) == {"Ana Weber": "public", "Bo Larsen": "technical"}


def test_a_step_for_some_tells_no_followers(
    outage: Incident, step: PlanStep, ana: Contact, kim: Contact
) -> None:
    followers = topics.segment_for(topic="component:checkout", name="Checkout")
    SubscriptionFactory(segment=followers, contact=ana)
    step.tells_affected = False

    assert people(step, outage) == {}


def test_who_left_the_users_of_a_component_stays_out(
    outage: Incident, step: PlanStep, kim: Contact
) -> None:
    assert people(step, outage) == {"Kim": "public"}

    users = Segment.objects.get(topic="users:checkout")
    SubscriptionFactory(segment=users, contact=kim, state="unsubscribed")

    assert people(step, outage) == {}


def test_a_drill_reaches_no_follower(outage: Incident, step: PlanStep, kim: Contact) -> None:
    outage.mode = Incident.Mode.DRILL

    assert people(step, outage) == {}
