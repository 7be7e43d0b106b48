"""Thresholds, pauses and quiet hours count when recipients are frozen and when foreseen."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from audiences.models import Channel, Contact, Severity
from messaging.models import Broadcast, Delivery
from messaging.services import deliveries, forecast, recipients, wishes
from messaging.services.audience import Whom
from messaging.services.forecast import Held
from tests.factories import (
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.messaging.crowds import Crowd

pytestmark = pytest.mark.django_db
BOTH = ["email", "sms"]
HOUR = timedelta(hours=1)
# Half past eleven in the evening in Berlin, six in the morning in Kolkata's next day.
NOW = datetime(2026, 7, 1, 21, 30, tzinfo=UTC)
NIGHT = {"quiet_from": time(22), "quiet_until": time(7), "time_zone": "Europe/Berlin"}
MORNING = datetime(2026, 7, 2, 5, 0, tzinfo=UTC)


@pytest.fixture
def customers():
    return SegmentFactory(slug="customers")


@pytest.fixture
def person(customers):
    made = ContactFactory(phone="+4917139200001")
    for channel in BOTH:
        SubscriptionFactory(contact=made, segment=customers, channel=channel)
    return made


def wish(person, **wishes):
    Contact.objects.filter(pk=person.pk).update(**wishes)


def freeze(*segments, now=NOW, **kwargs):
    broadcast = BroadcastFactory(channels=BOTH, frozen_at=None, **kwargs)
    broadcast.segments.set(segments)
    recipients.freeze(broadcast_id=broadcast.pk, now=now)
    return broadcast


def channels(broadcast):
    return sorted(broadcast.deliveries.values_list("channel", flat=True))


def text(broadcast):
    return broadcast.deliveries.get(channel=Channel.SMS)


@pytest.mark.parametrize("severity", [0, 1, 2, 3])
@pytest.mark.parametrize("threshold", Severity.values)
def test_a_channel_is_used_from_its_severity_on(person, customers, severity, threshold):
    wish(person, email_from=threshold)

    told = channels(freeze(customers, severity=severity))

    assert told == (BOTH if severity >= threshold else ["sms"])


def test_each_channel_has_a_threshold_of_its_own(person, customers):
    wish(person, email_from=Severity.NEVER, sms_from=Severity.MAJOR)

    assert channels(freeze(customers, severity=Severity.MINOR)) == []
    assert channels(freeze(customers, severity=Severity.MAJOR)) == ["sms"]


@pytest.mark.parametrize("severity", [Severity.MINOR, Severity.CRITICAL])
def test_during_a_pause_nothing_comes_and_after_it_everything(person, customers, severity):
    wish(person, paused_until=NOW + HOUR)

    assert channels(freeze(customers, severity=severity)) == []
    assert channels(freeze(customers, severity=severity, now=NOW + HOUR)) == BOTH


def test_at_night_a_text_waits_for_the_morning_and_a_mail_does_not(person, customers):
    wish(person, **NIGHT)

    broadcast = freeze(customers, severity=Severity.MAJOR)

    assert text(broadcast).not_before == MORNING
    assert broadcast.deliveries.get(channel="email").not_before < datetime.now(UTC) + HOUR


def test_a_day_is_as_if_there_were_no_quiet_hours(person, customers):
    wish(person, **NIGHT)

    assert text(freeze(customers, now=MORNING, severity=2)).not_before != MORNING


@pytest.mark.parametrize("is_woken", [True, False])
def test_the_worst_wakes_who_allowed_it(person, customers, is_woken):
    wish(person, is_woken_by_critical=is_woken, **NIGHT)

    found = text(freeze(customers, severity=Severity.CRITICAL)).not_before

    assert (found == MORNING) is not is_woken


def test_nobody_is_woken_to_be_asked_for_feedback(person):
    told = BroadcastFactory(thread="story")
    DeliveryFactory(broadcast=told, contact=person, channel="sms", state=Delivery.State.ACCEPTED)
    wish(person, feedback_consent_at=NOW, **NIGHT)

    broadcast = freeze(thread="story", purpose=Broadcast.Purpose.FEEDBACK)

    assert text(broadcast).not_before == MORNING


def test_a_request_to_confirm_comes_before_all_wishes(person, customers):
    wish(person, email_from=9, sms_from=9, paused_until=NOW + HOUR, **NIGHT)

    broadcast = freeze(customers, purpose=Broadcast.Purpose.OPT_IN)

    assert channels(broadcast) == BOTH
    assert text(broadcast).not_before != MORNING


def test_each_zone_has_a_night_of_its_own(customers):
    ends = {
        "Europe/Berlin": MORNING,
        "Asia/Kolkata": datetime(2026, 7, 2, 1, 30, tzinfo=UTC),
        "America/Los_Angeles": None,
    }
    for number, zone in enumerate(ends):
        one = ContactFactory(phone=f"+491713920000{number}", name=zone)
        SubscriptionFactory(contact=one, segment=customers, channel="sms")
        wish(one, **{**NIGHT, "time_zone": zone})

    broadcast = freeze(customers, severity=2)

    found = dict(broadcast.deliveries.values_list("contact__name", "not_before"))
    assert {zone: end if end in ends.values() else None for zone, end in found.items()} == ends


def test_who_shares_a_phone_with_somebody_who_wants_nothing_is_told(person, customers):
    other = ContactFactory(phone=person.phone)
    SubscriptionFactory(contact=other, segment=customers, channel="sms")
    wish(person, sms_from=Severity.NEVER)

    assert text(freeze(customers)).contact == other
    found = forecast.forecast(now=NOW, channels=["sms"], whom=Whom([customers]))
    assert (found.by_channel, found.dropped["sms"].duplicates) == ({"sms": 1}, 0)


def test_more_different_nights_than_one_statement_can_tell_apart(customers, monkeypatch):
    monkeypatch.setattr(wishes, "DIFFERENT", 7)
    people = [
        Contact(
            email=f"p{n}@example.com",
            phone=f"+4917139201{n:03}",
            quiet_from=time(20 + n % 3, n % 60),
            quiet_until=time(6, n % 60),
            time_zone="Europe/Berlin",
        )
        for n in range(60)
    ]
    Contact.objects.bulk_create(people)
    for one in Contact.objects.exclude(quiet_from=None):
        SubscriptionFactory(contact=one, segment=customers, channel="sms")

    broadcast = freeze(customers, severity=2)

    assert broadcast.deliveries.count() == len(people)
    for sent in broadcast.deliveries.select_related("contact"):
        assert sent.not_before == MORNING - HOUR + timedelta(
            minutes=sent.contact.quiet_until.minute
        )
    found = forecast.forecast(now=NOW, channels=["sms"], whom=Whom([customers], severity=2))
    assert found.held["sms"] == Held(until_awake=0, too_long=60)


@pytest.mark.slow(reason="many windows, each looked at twice")
@pytest.mark.parametrize("seed", range(2))
def test_it_is_foreseen_as_it_is_frozen(seed, monkeypatch):
    monkeypatch.setattr(forecast, "WIDTH", 20)
    monkeypatch.setattr(wishes, "DIFFERENT", 5)
    crowd, random = Crowd(seed), Random(seed)
    for one in crowd.people:
        _make_a_wish(one, random)
        one.save()
    severity = random.randrange(4)

    found = forecast.forecast(now=NOW, channels=BOTH, whom=Whom(crowd.segments, severity=severity))

    broadcast = freeze(*crowd.segments, severity=severity)
    frozen = Counter(broadcast.deliveries.values_list("channel", "segment", "language", "detail"))
    assert frozen == Counter(
        {(one.channel, one.segment, one.language, one.detail): one.people for one in found.shares}
    )
    assert found.held == {name: _held(broadcast, name) for name in BOTH}
    everybody = freeze(*crowd.segments, purpose=Broadcast.Purpose.OPT_IN)
    against = {one.pk for one in crowd.people if one.paused_until or one.email_from > severity}
    assert _mailed(broadcast) == _mailed(everybody) - against


def _mailed(broadcast):
    return set(broadcast.deliveries.filter(channel="email").values_list("contact", flat=True))


def _make_a_wish(one, random):
    one.email_from = random.choice(Severity.values)
    one.sms_from = random.choice(Severity.values)
    one.paused_until = random.choice([None, None, NOW + HOUR])
    one.is_woken_by_critical = random.choice([True, False])
    if random.random() < 0.7:
        one.quiet_from, one.quiet_until = time(22, random.randrange(4)), time(random.choice([1, 6]))
        one.time_zone = random.choice(["", "Europe/Berlin", "Asia/Kolkata"])


def _held(broadcast, channel):
    limit = datetime.now(UTC) - HOUR
    there = broadcast.deliveries.filter(channel=channel)
    # Everything that goes at once has the database's time, years away from this summer night.
    held = there.filter(not_before__gt=NOW, not_before__lt=NOW + 24 * HOUR)
    assert there.exclude(pk__in=held).filter(not_before__lt=limit).count() == 0
    too_long = held.filter(not_before__gte=NOW + 4 * HOUR).count()
    return Held(held.count() - too_long, too_long)


def test_what_is_replaced_before_the_morning_is_not_sent(person, customers, sms):
    """And what is still news then is."""
    now = datetime.now(UTC)
    away = now.astimezone(UTC)
    wish(
        person,
        quiet_from=(away - HOUR).time(),
        quiet_until=(away + HOUR).time(),
        time_zone="UTC",
    )
    first = freeze(customers, severity=2, thread="s", now=now, started_at=now - HOUR)
    second = freeze(customers, severity=2, thread="s", now=now, started_at=now)
    for one in (first, second):
        assert text(one).not_before > now
    Delivery.objects.update(not_before=now)

    deliveries.send_pending(channel="sms")

    first.refresh_from_db()
    assert (text(first).state, text(first).error_code) == ("cancelled", "superseded")
    assert text(second).state != "cancelled"


def test_of_two_with_the_same_night_only_one_is_woken(person, customers):
    other = ContactFactory(phone="+4917139200002")
    SubscriptionFactory(contact=other, segment=customers, channel="sms")
    wish(person, **NIGHT)
    wish(other, is_woken_by_critical=False, **NIGHT)

    broadcast = freeze(customers, severity=Severity.CRITICAL)

    waiting = broadcast.deliveries.filter(not_before=MORNING)
    assert [one.contact for one in waiting] == [other]
    found = forecast.forecast(now=NOW, channels=["sms"], whom=Whom([customers]))
    assert found.held["sms"] == Held(until_awake=0, too_long=1)
