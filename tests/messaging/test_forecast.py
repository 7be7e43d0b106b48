"""The dry run says exactly what a freeze would write, and what it would cost."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from audiences.models import Channel, Contact, Subscription, Suppression
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import forecast, recipients
from messaging.services.asking import Asking
from messaging.services.audience import Whom
from messaging.services.forecast import Dropped, Share
from tests.factories import (
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.messaging.crowds import Crowd

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
BOTH = ["email", "sms"]


@pytest.fixture
def customers():
    return SegmentFactory(slug="customers")


def frozen(*segments, **kwargs):
    broadcast = BroadcastFactory(channels=BOTH, frozen_at=None, **kwargs)
    broadcast.segments.set(segments)
    recipients.freeze(broadcast_id=broadcast.pk, now=NOW)
    return broadcast


def shares_of(broadcast):
    rows = broadcast.deliveries.values_list("channel", "segment", "language", "detail")
    return {row: list(rows).count(row) for row in rows}


def shares(found):
    return {
        (one.channel, one.segment, one.language, one.detail): one.people for one in found.shares
    }


@pytest.mark.slow(reason="counts a crowd in two ways")
@pytest.mark.parametrize("seed", range(4))
def test_it_says_what_the_freeze_then_writes(seed, monkeypatch):
    monkeypatch.setattr(forecast, "WIDTH", 11)
    crowd = Crowd(seed)

    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom(crowd.segments))

    assert shares(found) == shares_of(frozen(*crowd.segments))
    assert {
        channel: (one.unsubscribed, one.without_address, one.suppressed, one.duplicates)
        for channel, one in found.dropped.items()
    } == crowd.dropped()


def test_a_feedback_request_is_foreseen_for_who_heard_the_story_and_agreed(ana, bo):
    told = BroadcastFactory(thread="story")
    for person in (ana, bo):
        DeliveryFactory(broadcast=told, contact=person, state=Delivery.State.ACCEPTED)
    Contact.objects.filter(pk=ana.pk).update(feedback_consent_at=NOW)

    asked = Asking.about(thread="story", now=NOW)
    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom(purpose="feedback", asking=asked))

    assert found.shares == [Share("email", None, "de", "public", 1)]
    assert shares(found) == shares_of(frozen(thread="story", purpose=Broadcast.Purpose.FEEDBACK))


def test_it_sums_by_channel_segment_language_and_detail(ana, bo, customers):
    operations = SegmentFactory(kind="internal", detail="technical")
    for person in (ana, bo):
        SubscriptionFactory(contact=person, segment=customers)
    SubscriptionFactory(contact=bo, segment=operations)
    SubscriptionFactory(contact=ana, segment=customers, channel=Channel.SMS)

    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom([customers, operations]))

    assert found.by_channel == {"email": 2, "sms": 1}
    assert found.by_segment == {customers.pk: 2, operations.pk: 1}
    assert found.by_language == {"de": 2, "en": 1}
    assert sorted(share.detail for share in found.shares for _one in range(share.people)) == [
        *("public", "public", "technical")
    ]


def test_it_says_why_somebody_is_not_told(customers):
    left, silent, gone, first, second = ContactFactory.create_batch(5, phone="")
    Contact.objects.filter(pk__in=[first.pk, second.pk]).update(phone="+4917139200009")
    Contact.objects.filter(pk=gone.pk).update(phone="+4917139200008")
    for person in (silent, gone, first, second):
        SubscriptionFactory(contact=person, segment=customers, channel=Channel.SMS)
    SubscriptionFactory(
        contact=left,
        segment=customers,
        channel=Channel.SMS,
        state=Subscription.State.UNSUBSCRIBED,
    )
    Suppression.objects.create(channel="sms", address="+4917139200008", reason="stop")

    found = forecast.forecast(now=NOW, channels=["sms"], whom=Whom([customers]))

    assert found.by_channel == {"sms": 1}
    assert found.dropped == {
        "sms": Dropped(unsubscribed=1, without_address=1, suppressed=1, duplicates=1)
    }


def test_the_price_is_that_of_the_text_each_one_reads(ana, bo, customers, settings):
    settings.SMS_PRICE_PER_SEGMENT = Decimal("0.10")
    for person in (ana, bo):
        SubscriptionFactory(contact=person, segment=customers, channel=Channel.SMS)
        SubscriptionFactory(contact=person, segment=customers)
    contents = [
        BroadcastContent(language="de", detail="public", sms_text="ä" * 161),
        BroadcastContent(language="en", detail="public", sms_text="a" * 160),
        BroadcastContent(language="en", detail="technical", sms_text="a" * 1000),
    ]

    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom([customers]), contents=contents)

    assert found.sms_segments == 3
    assert found.cost == Decimal("0.30")


def test_a_link_is_charged_as_long_as_it_will_be(ana, customers, settings):
    settings.PUBLIC_BASE_URL = "https://" + "a" * 100 + ".example"
    SubscriptionFactory(contact=ana, segment=customers, channel=Channel.SMS)
    text = "Rate us, it takes a minute: https://merge.invalid/feedback"
    contents = [BroadcastContent(language="en", detail="public", sms_text=text)]

    found = forecast.forecast(now=NOW, channels=["sms"], whom=Whom([customers]), contents=contents)

    assert found.sms_segments == 2


def test_without_texts_nothing_is_said_about_a_price(ana, customers):
    SubscriptionFactory(contact=ana, segment=customers, channel=Channel.SMS)

    assert forecast.forecast(now=NOW, channels=BOTH, whom=Whom([customers])).cost == 0


def test_nobody_is_foreseen_for_no_segments(ana):
    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom())

    assert found.by_channel == {"email": 0, "sms": 0}
    assert found.dropped == {"email": Dropped(), "sms": Dropped()}


def test_an_empty_address_book_is_nobody(customers):
    assert forecast.forecast(now=NOW, channels=BOTH, whom=Whom([customers])).by_channel == {
        "email": 0,
        "sms": 0,
    }
