from datetime import UTC, datetime

import pytest

from audiences.models import Channel, Contact, Segment, Subscription
from messaging.models import Broadcast, Delivery
from messaging.services import recipients
from tests.factories import (
    AccountFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def customers():
    return SegmentFactory(slug="customers")


@pytest.fixture
def operations():
    return SegmentFactory(slug="operations", kind="internal", detail="technical")


def subscribe(contact, segment, channel=Channel.EMAIL, **kwargs):
    return SubscriptionFactory(contact=contact, segment=segment, channel=channel, **kwargs)


def freeze(*segments, channels=("email",), **kwargs):
    broadcast = BroadcastFactory(channels=list(channels), frozen_at=None, **kwargs)
    broadcast.segments.set(segments)
    recipients.freeze(broadcast_id=broadcast.pk, now=datetime.now(UTC))
    broadcast.refresh_from_db()
    return broadcast


def test_one_person_in_three_segments_gets_one_message(ana, customers, operations):
    partners = SegmentFactory(slug="partners")
    for segment in (customers, operations, partners):
        subscribe(ana, segment)

    broadcast = freeze(customers, operations, partners)

    delivery = broadcast.deliveries.get()
    assert delivery.contact == ana
    assert delivery.address == "ana@example.com"
    assert delivery.language == "de"
    assert broadcast.frozen_at


def test_the_most_detailed_entitlement_wins_whatever_the_order(ana, customers, operations):
    subscribe(ana, customers)
    subscribe(ana, operations)

    assert freeze(customers, operations).deliveries.get().detail == "technical"
    assert freeze(customers).deliveries.get().detail == "public"


def test_one_address_shared_by_two_people_hears_it_once(customers):
    for name in ("One", "Two"):
        person = ContactFactory(name=name, phone="+4917139200009")
        subscribe(person, customers, Channel.SMS)

    assert freeze(customers, channels=["sms"]).deliveries.count() == 1


def test_only_those_who_chose_sms_get_one(ana, bo, customers):
    for person in (ana, bo):
        subscribe(person, customers)
    subscribe(bo, customers, Channel.SMS)

    broadcast = freeze(customers, channels=["email", "sms"])

    assert set(broadcast.deliveries.values_list("channel", "contact__name")) == {
        ("email", "Ana Weber"),
        ("email", "Bo Larsen"),
        ("sms", "Bo Larsen"),
    }


@pytest.mark.parametrize("state", ["unconfirmed", "unsubscribed"])
def test_who_has_not_confirmed_or_has_left_is_not_told(ana, customers, state):
    subscribe(ana, customers, state=state)

    assert not freeze(customers).deliveries.exists()


def test_a_suppressed_address_is_not_told(opted_out, customers):
    subscribe(opted_out, customers)
    subscribe(opted_out, customers, Channel.SMS)

    assert not freeze(customers, channels=["email", "sms"]).deliveries.exists()


def test_a_rule_names_members_but_nobody_who_left(customers):
    key = AccountFactory(tier="key")
    stays, left = ContactFactory(account=key), ContactFactory(account=key)
    ContactFactory(account=AccountFactory())
    segment = SegmentFactory(rule={"all": [{"field": "account.tier", "equals": "key"}]})
    subscribe(left, segment, state=Subscription.State.UNSUBSCRIBED)

    assert [delivery.contact for delivery in freeze(segment).deliveries.all()] == [stays]


def test_freezing_goes_on_where_a_crash_left_it(customers, monkeypatch):
    monkeypatch.setattr(recipients, "CHUNK", 3)
    for person in ContactFactory.create_batch(10):
        subscribe(person, customers)
    broadcast = BroadcastFactory(frozen_at=None)
    broadcast.segments.set([customers])
    now = datetime.now(UTC)

    assert recipients.freeze_chunk(broadcast_id=broadcast.pk, now=now)
    assert broadcast.deliveries.count() == 3
    recipients.freeze(broadcast_id=broadcast.pk, now=now)
    recipients.freeze(broadcast_id=broadcast.pk, now=now)

    assert broadcast.deliveries.values("contact").distinct().count() == 10
    assert broadcast.deliveries.count() == 10


def test_each_delivery_has_a_key_of_its_own(customers):
    for person in ContactFactory.create_batch(5):
        subscribe(person, customers)

    keys = {delivery.key for delivery in freeze(customers).deliveries.all()}

    assert len(keys) == 5


def test_a_feedback_request_goes_to_who_heard_the_story_and_agreed(ana, bo):
    told = BroadcastFactory(thread="story")
    for person in (ana, bo):
        DeliveryFactory(broadcast=told, contact=person, state=Delivery.State.ACCEPTED)
    DeliveryFactory(broadcast=told, state=Delivery.State.FAILED)
    Contact.objects.exclude(pk=bo.pk).update(feedback_consent_at=datetime.now(UTC))

    broadcast = freeze(thread="story", purpose=Broadcast.Purpose.FEEDBACK)

    assert broadcast.deliveries.get().contact == ana


def test_counting_tells_beforehand_how_many_will_be_reached(ana, bo, customers, operations):
    for segment in (customers, operations):
        subscribe(ana, segment)
    subscribe(bo, customers)
    segments = list(Segment.objects.all())

    assert recipients.count(segments=segments, channel=Channel.EMAIL) == 2
    assert recipients.count(segments=[], channel=Channel.EMAIL) == 0
