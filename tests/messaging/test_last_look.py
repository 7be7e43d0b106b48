"""What people came to wish after the recipients were written is found at the last look."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from audiences.models import Contact, Severity
from messaging.channels import TemporaryFailure
from messaging.models import Broadcast, Delivery
from messaging.services import barring, deliveries
from messaging.services.claiming import Claimer
from messaging.states import State
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
HEEDING = [Broadcast.Purpose.NOTICE, Broadcast.Purpose.FEEDBACK]


def queued(contact, channel="email", **about):
    broadcast = BroadcastFactory(channels=[channel], **about)
    BroadcastContentFactory(broadcast=broadcast, sms_text="We are on it.")
    address = contact.email if channel == "email" else contact.phone
    return DeliveryFactory(broadcast=broadcast, contact=contact, channel=channel, address=address)


def pause(contact, until):
    agreed = {"paused_until": until, "feedback_consent_at": timezone.now()}
    Contact.objects.filter(pk=contact.pk).update(**agreed)


def fate(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.error_code


@pytest.mark.parametrize("purpose", HEEDING)
def test_a_pause_after_the_freeze_still_holds(ana, email, purpose):
    delivery = queued(ana, purpose=purpose, severity=Severity.CRITICAL)
    pause(ana, timezone.now() + HOUR)

    deliveries.send_pending(channel="email")

    assert email.sent == []
    assert fate(delivery) == (State.SKIPPED, "paused")


@pytest.mark.parametrize("purpose", HEEDING)
def test_a_pause_that_is_over_holds_nothing_back(ana, email, purpose):
    delivery = queued(ana, purpose=purpose)
    pause(ana, timezone.now() - HOUR)

    deliveries.send_pending(channel="email")

    assert fate(delivery)[0] == State.ACCEPTED


def test_what_somebody_asked_for_comes_during_a_pause(ana, email):
    delivery = queued(ana, purpose=Broadcast.Purpose.OPT_IN)
    pause(ana, timezone.now() + HOUR)

    deliveries.send_pending(channel="email")

    assert fate(delivery)[0] == State.ACCEPTED


def test_a_pause_between_claim_and_hand_over_holds(ana, email):
    delivery = queued(ana)
    claimer = Claimer("email", uuid.uuid4())
    claimed = [one.pk for one in claimer.claim(1)]
    pause(ana, timezone.now() + HOUR)

    assert claimed == [delivery.pk]
    assert claimer.look_again(claimed) == []
    assert fate(delivery) == (State.SKIPPED, "paused")


@pytest.fixture
def night(bo):
    """It is night where Bo lives; returns when it ends."""
    until = (datetime.now(UTC) + 2 * HOUR).replace(microsecond=0)
    wishes = {
        "quiet_from": (until - 4 * HOUR).time(),
        "quiet_until": until.time(),
        "time_zone": "UTC",
    }
    Contact.objects.filter(pk=bo.pk).update(**wishes)
    return until


def test_a_text_that_comes_late_does_not_break_the_night(bo, sms, night):
    delivery = queued(bo, "sms", severity=Severity.MAJOR)

    deliveries.send_pending(channel="sms")

    assert sms.sent == []
    assert fate(delivery) == (State.PENDING, "")
    assert (delivery.not_before, delivery.lease_id) == (night, None)


def test_neither_does_one_that_is_tried_again(bo, sms, night):
    Contact.objects.update(is_woken_by_critical=True)
    delivery = queued(bo, "sms", severity=Severity.CRITICAL)
    sms.failures[bo.phone] = TemporaryFailure("connect", "not reached")
    deliveries.send_pending(channel="sms")
    Contact.objects.update(is_woken_by_critical=False)
    Delivery.objects.update(not_before=timezone.now() - HOUR)
    sms.failures.clear()

    deliveries.send_pending(channel="sms")

    assert sms.sent == []
    delivery.refresh_from_db()
    assert delivery.not_before == night


@pytest.mark.parametrize("state", [State.SENDING, State.UNKNOWN])
def test_what_may_be_out_already_is_not_put_back_for_the_morning(bo, sms, night, state):
    delivery = queued(bo, "sms", severity=Severity.MAJOR)
    found = barring.look_at(Delivery.objects.all(), delivery.broadcast)
    Delivery.objects.update(state=state, lease=uuid.uuid4())

    assert barring.drop_barred(found, "sms") == []

    assert fate(delivery)[0] == state


@pytest.mark.parametrize("is_woken", [True, False])
def test_the_worst_wakes_who_allowed_it(bo, sms, night, is_woken):
    Contact.objects.update(is_woken_by_critical=is_woken)
    queued(bo, "sms", severity=Severity.CRITICAL)

    deliveries.send_pending(channel="sms")

    assert bool(sms.sent) is is_woken


def test_a_mail_does_not_wait_and_asks_the_database_nothing_more(
    bo, night, django_assert_num_queries
):
    queued(bo)
    claimer = Claimer("email", uuid.uuid4())
    claimer.read_orders()

    # A savepoint and its release, what is due, and its lease.
    with django_assert_num_queries(4):
        assert claimer.claim(1)
