from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import Suppression
from audiences.services import suppressions
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts, decisions, deliveries
from messaging.services.decisions import Decided
from tests.factories import NOON, BroadcastContentFactory, BroadcastFactory, DeliveryFactory

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def lost(bo):
    """A text whose call got no answer; everything else of its broadcast is done."""
    broadcast = BroadcastFactory(channels=["sms"], state="finished", finished_at=timezone.now())
    BroadcastContentFactory(broadcast=broadcast)
    return DeliveryFactory(
        broadcast=broadcast,
        contact=bo,
        channel="sms",
        address=bo.phone,
        state=State.UNKNOWN,
        sending_at=timezone.now() - timedelta(minutes=9),
        lapses=4,
        error_code="lease_lapsed",
    )


def resend(*rows):
    return decisions.resend(ids=[row.pk for row in rows], now=timezone.now())


def treat_as_sent(*rows):
    return decisions.treat_as_sent(ids=[row.pk for row in rows], now=timezone.now())


def test_a_resent_text_goes_out_once_and_its_broadcast_finishes_again(lost, sms):
    assert resend(lost) == Decided([lost.pk])
    waiting = Broadcast.objects.get()

    deliveries.send_pending(channel="sms")
    broadcasts.finish_drained(now=timezone.now())

    assert (waiting.state, waiting.finished_at) == ("sending", None)
    assert [message.id for message in sms.sent] == [lost.pk]
    lost.refresh_from_db()
    assert (lost.state, lost.lapses, lost.error_code) == (State.ACCEPTED, 0, "")
    assert Broadcast.objects.get().state == "finished"


def test_who_has_said_stop_meanwhile_is_not_written_to_again(lost, sms, bo):
    suppressions.suppress(
        channel="sms", address=bo.phone, reason=Suppression.Reason.STOP, now=timezone.now()
    )
    resend(lost)

    deliveries.send_pending(channel="sms")

    assert sms.sent == []
    lost.refresh_from_db()
    assert lost.state == State.SKIPPED


def test_a_paused_broadcast_stays_paused(lost, sms):
    Broadcast.objects.update(state="paused", finished_at=None)

    resend(lost)
    deliveries.send_pending(channel="sms")

    lost.refresh_from_db()
    assert (Broadcast.objects.get().state, lost.state) == ("paused", State.PENDING)


@pytest.mark.parametrize(
    "change",
    [{"state": "cancelled"}, {"expires_at": NOON}],
    ids=["cancelled", "expired"],
)
def test_what_is_no_news_any_more_is_not_sent_again(lost, change):
    Broadcast.objects.update(**change)
    before = Broadcast.objects.values().get()

    assert resend(lost) == Decided([], too_late=1)

    lost.refresh_from_db()
    assert lost.state == State.UNKNOWN
    assert Broadcast.objects.values().get() == before


@pytest.mark.parametrize("verb", [resend, treat_as_sent])
def test_what_has_become_known_is_left_alone(lost, verb):
    Delivery.objects.update(state=State.DELIVERED)

    assert verb(lost) == Decided([], settled=1)

    lost.refresh_from_db()
    assert lost.state == State.DELIVERED


def test_what_is_treated_as_sent_counts_from_when_it_was_tried(lost, sms):
    Broadcast.objects.update(state="cancelled")

    assert treat_as_sent(lost) == Decided([lost.pk])
    deliveries.send_pending(channel="sms")

    lost.refresh_from_db()
    assert (lost.state, lost.accepted_at) == (State.ACCEPTED, lost.sending_at)
    assert (lost.error_code, sms.sent) == ("", [])
