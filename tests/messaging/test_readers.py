"""The list of people behind a forecast is the people whom a freeze would write to."""

from datetime import UTC, datetime, time, timedelta

import pytest

from audiences.models import Contact, Subscription
from messaging.models import Delivery
from messaging.services import forecast, readers, recipients
from messaging.services.audience import Whom
from tests.factories import BroadcastFactory, ContactFactory, SegmentFactory, SubscriptionFactory
from tests.messaging.crowds import Crowd

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
BOTH = ["email", "sms"]


def walked(limit, **question):
    """All of a list, page by page."""
    found, after = [], 0
    while some := readers.listed(after=after, limit=limit, **question):
        found += some
        after = some[-1].contact.pk
    return found


@pytest.mark.slow(reason="walks through a crowd in small steps")
def test_the_lists_are_who_the_freeze_writes_to_and_who_the_forecast_counts(monkeypatch):
    monkeypatch.setattr(readers, "WIDTH", 11)
    segments = Crowd(1).segments
    counted = forecast.forecast(now=NOW, channels=BOTH, whom=Whom(segments))
    broadcast = BroadcastFactory(channels=BOTH, frozen_at=None)
    broadcast.segments.set(segments)
    recipients.freeze(broadcast_id=broadcast.pk, now=NOW)

    for channel in BOTH:
        question = {"channel": channel, "now": NOW, "whom": Whom(segments)}
        told = walked(3, fate=readers.TOLD, **question)
        written = Delivery.objects.filter(channel=channel).order_by("contact")
        assert [(one.contact.pk, one.address, one.segment, one.detail) for one in told] == list(
            written.values_list("contact", "address", "segment", "detail")
        )
        for fate in ("unsubscribed", "without_address", "suppressed", "duplicates"):
            left_out = walked(3, fate=fate, **question)
            assert len(left_out) == getattr(counted.dropped[channel], fate)


def test_it_says_until_when_somebody_is_left_in_peace():
    night = datetime(2026, 3, 2, 23, tzinfo=UTC)
    sleeper = ContactFactory(
        phone="+4917139200001", time_zone="UTC", quiet_from=time(22), quiet_until=time(6)
    )
    segment = SubscriptionFactory(contact=sleeper, segment=SegmentFactory(), channel="sms").segment
    question = {"channel": "sms", "fate": readers.TOLD, "whom": Whom([segment], severity=1)}

    [asleep] = readers.listed(now=night, **question)
    [awake] = readers.listed(now=night + timedelta(hours=8), **question)

    assert asleep.quiet_until == datetime(2026, 3, 3, 6, tzinfo=UTC)
    assert awake.quiet_until is None


def test_whoever_has_left_is_listed_as_that(ana):
    left = SubscriptionFactory(contact=ana, state=Subscription.State.UNSUBSCRIBED)

    question = {"channel": "email", "now": NOW, "whom": Whom([left.segment])}

    assert readers.listed(fate=readers.TOLD, **question) == []
    [gone] = readers.listed(fate="unsubscribed", **question)
    assert (gone.contact, gone.segment) == (ana, None)


def test_where_there_is_nobody_nobody_is_listed():
    assert not Contact.objects.exists()
    assert readers.listed(channel="email", fate=readers.TOLD, whom=Whom(), now=NOW) == []
