"""Following one thing."""

import pytest

from audiences.models import ComponentUse, Contact, Segment
from audiences.services import topics
from tests.factories import AccountFactory, ContactFactory, SegmentFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def test_a_topic_has_one_segment() -> None:
    first = topics.segment_for(topic="component:checkout", name="Checkout")
    again = topics.segment_for(topic="component:checkout", name="Renamed")

    assert again == first
    assert (first.slug, first.name, first.rule) == ("component-checkout", "Checkout", {})
    assert (first.kind, first.detail, first.is_listed) == ("customer", "public", False)


def test_a_list_with_that_slug_is_another_one() -> None:
    SegmentFactory(slug="component-checkout")
    SegmentFactory(slug="component-checkout-2")

    segment = topics.segment_for(topic="component:checkout", name="Checkout")

    assert segment.slug == "component-checkout-3"


def test_names_and_topics_may_be_long() -> None:
    segment = topics.segment_for(topic="component:" + "x" * 80, name="y" * 300)

    segment.full_clean()


def test_followers_are_those_who_subscribed(ana: Contact, bo: Contact) -> None:
    checkout = topics.segment_for(topic=topics.component("checkout"), name="Checkout")
    topics.segment_for(topic=topics.incident("abc"), name="An incident")
    SubscriptionFactory(segment=checkout, contact=ana)

    found = topics.followers(topics=["component:checkout", "component:never-followed"])

    assert list(found) == [checkout]
    assert list(checkout.members("email")) == [ana]


def test_users_of_a_component_are_those_of_its_accounts(ana: Contact) -> None:
    account = AccountFactory()
    ComponentUse.objects.create(account=account, component="checkout")
    kim = ContactFactory(account=account)

    segment = topics.users_of(component="checkout", name="Uses Checkout")

    assert list(segment.members("email")) == [kim]
    assert Segment.objects.get(topic="users:checkout") == segment
