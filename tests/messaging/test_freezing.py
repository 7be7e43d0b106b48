from datetime import UTC, datetime

import pytest

from audiences.models import Channel, Contact, Subscription
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


@pytest.fixture
def shared_phone():
    return [ContactFactory(name=name, phone="+4917139200009") for name in ("One", "Two")]


def test_one_address_shared_by_two_people_hears_it_once(customers, shared_phone):
    for person in shared_phone:
        subscribe(person, customers, Channel.SMS)

    assert freeze(customers, channels=["sms"]).deliveries.get().contact == shared_phone[0]


def test_who_reads_over_a_shared_phone_sees_no_technical_detail(
    customers, operations, shared_phone
):
    insider, other = shared_phone
    subscribe(insider, operations, Channel.SMS)
    subscribe(other, customers, Channel.SMS)

    delivery = freeze(customers, operations, channels=["sms"]).deliveries.get()

    assert (delivery.contact, delivery.detail) == (insider, "public")


def test_somebody_who_is_not_told_may_still_read_a_shared_phone(operations, shared_phone):
    subscribe(shared_phone[1], operations, Channel.SMS)

    assert freeze(operations, channels=["sms"]).deliveries.get().detail == "public"


def test_colleagues_who_share_a_phone_get_the_technical_detail(customers, operations, shared_phone):
    for person in shared_phone:
        subscribe(person, operations, Channel.SMS)

    broadcast = freeze(customers, operations, channels=["sms"])

    assert broadcast.deliveries.get().detail == "technical"


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


def test_who_left_a_list_is_told_through_the_rule_of_another(customers, ana):
    everyone = SegmentFactory(rule={"all": [{"field": "language", "equals": "de"}]})
    subscribe(ana, customers, state=Subscription.State.UNSUBSCRIBED)

    assert freeze(customers, everyone).deliveries.get().segment == everyone


def test_an_audience_without_segments_is_nobody(ana):
    assert freeze(channels=["email", "sms"]).frozen_at
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("state", ["draft", "paused", "cancelled", "finished"])
def test_nothing_is_written_while_a_broadcast_is_not_being_sent(ana, customers, state):
    subscribe(ana, customers)

    broadcast = freeze(customers, state=state)

    assert not broadcast.deliveries.exists()
    assert broadcast.frozen_at is None


def test_a_feedback_request_goes_to_who_heard_the_story_and_agreed(ana, bo):
    told = BroadcastFactory(thread="story")
    for person in (ana, bo):
        DeliveryFactory(broadcast=told, contact=person, state=Delivery.State.ACCEPTED)
    DeliveryFactory(broadcast=told, state=Delivery.State.FAILED)
    Contact.objects.exclude(pk=bo.pk).update(feedback_consent_at=datetime.now(UTC))

    broadcast = freeze(thread="story", purpose=Broadcast.Purpose.FEEDBACK)

    assert broadcast.deliveries.get().contact == ana
