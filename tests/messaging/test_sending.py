import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from audiences.models import Channel, Contact, Subscription, Suppression
from messaging.channels import (
    DeadAddress,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts, claiming, deliveries, recovery
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def broadcast():
    broadcast = BroadcastFactory()
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


def queue(broadcast, contact=None, channel=Channel.EMAIL, **kwargs):
    contact = contact or ContactFactory()
    address = contact.email if channel == Channel.EMAIL else contact.phone
    return DeliveryFactory(
        broadcast=broadcast, contact=contact, channel=channel, address=address, **kwargs
    )


def test_everything_pending_is_sent_once(broadcast, email):
    for _number in range(60):
        queue(broadcast)

    assert deliveries.send_pending(channel="email") == 60
    assert deliveries.send_pending(channel="email") == 0

    assert len({message.to for message in email.sent}) == len(email.sent) == 60
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.ACCEPTED, 1)}
    assert not Delivery.objects.filter(accepted_at=None).exists()


def test_an_unsubscribe_after_the_freeze_still_wins(broadcast, ana, email):
    segment = SegmentFactory()
    broadcast.segments.add(segment)
    subscription = SubscriptionFactory(contact=ana, segment=segment)
    delivery = queue(broadcast, ana, segment=segment)
    subscription.state = Subscription.State.UNSUBSCRIBED
    subscription.save()

    deliveries.send_pending(channel="email")

    assert email.sent == []
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.SKIPPED, "unsubscribed")


def test_who_left_one_list_but_is_on_another_of_the_audience_is_still_told(broadcast, ana, email):
    left, other = SegmentFactory(), SegmentFactory()
    broadcast.segments.set([left, other])
    SubscriptionFactory(contact=ana, segment=left, state=Subscription.State.UNSUBSCRIBED)
    SubscriptionFactory(contact=ana, segment=other)
    queue(broadcast, ana, segment=left)

    deliveries.send_pending(channel="email")

    assert [message.to for message in email.sent] == [ana.email]


def test_a_suppression_after_the_freeze_still_wins(broadcast, ana, email):
    delivery = queue(broadcast, ana)
    Suppression.objects.create(channel="email", address=ana.email, reason="complaint")

    deliveries.send_pending(channel="email")

    assert email.sent == []
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.SKIPPED, "suppressed")


def test_a_feedback_request_needs_its_consent_to_the_last_second(ana, email):
    request = BroadcastFactory(purpose=Broadcast.Purpose.FEEDBACK)
    BroadcastContentFactory(broadcast=request)
    queue(request, ana)

    deliveries.send_pending(channel="email")

    assert email.sent == []
    assert Delivery.objects.get().error_code == "no_consent"


@pytest.mark.parametrize("state", ["paused", "cancelled"])
def test_a_stopped_broadcast_sends_nothing(broadcast, email, state):
    queue(broadcast)
    Broadcast.objects.update(state=state)

    assert deliveries.send_pending(channel="email") == 0
    assert email.sent == []


def test_a_pause_in_the_middle_stops_what_is_claimed(broadcast, email, monkeypatch):
    monkeypatch.setattr(deliveries, "RENEW_SECONDS", 0)
    for _number in range(20):
        queue(broadcast)

    def pause_after_three(message):
        if len(email.sent) == 3:
            broadcasts.pause(broadcast=broadcast, because="kill switch")

    email.before_send = pause_after_three

    deliveries.send_pending(channel="email")

    assert len(email.sent) == 4
    assert Delivery.objects.filter(state=State.PENDING).count() == 16


def test_old_news_is_not_sent_but_expires(broadcast, email):
    queue(broadcast)
    Broadcast.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    assert deliveries.send_pending(channel="email") == 0
    recovery.sweep(now=datetime.now(UTC))

    assert Delivery.objects.get().state == State.EXPIRED


def test_a_temporary_failure_comes_back_later(broadcast, ana, email):
    queue(broadcast, ana)
    email.failures[ana.email] = TemporaryFailure(451, "4.7.1 later")

    deliveries.send_pending(channel="email")

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code) == (State.PENDING, "451")
    assert delivery.not_before > datetime.now(UTC)
    email.failures.clear()
    Delivery.objects.update(not_before=F("not_before") - timedelta(hours=1))
    assert deliveries.send_pending(channel="email") == 1


def test_a_permanent_failure_fails_without_stopping_the_others(broadcast, ana, bo, email):
    queue(broadcast, ana)
    queue(broadcast, bo)
    email.failures[ana.email] = PermanentFailure(554, "no")

    deliveries.send_pending(channel="email")

    assert Delivery.objects.get(contact=ana).state == State.FAILED
    assert Delivery.objects.get(contact=bo).state == State.ACCEPTED
    assert not Suppression.objects.exists()


def test_a_dead_address_is_suppressed(broadcast, ana, email):
    queue(broadcast, ana)
    email.failures[ana.email] = DeadAddress(550, "5.1.1 nobody here")

    deliveries.send_pending(channel="email")

    assert Suppression.objects.active().get().address == ana.email


def test_our_own_fault_pauses_the_broadcast_and_loses_nothing(broadcast, ana, bo, email):
    for person in (ana, bo):
        queue(broadcast, person)
        email.failures[person.email] = SenderFault(535, "bad credentials")

    deliveries.send_pending(channel="email")

    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.pause_reason) == ("paused", "535 bad credentials")
    assert Delivery.objects.filter(state=State.PENDING).count() == 2


def test_every_sender_may_meet_our_fault(broadcast, ana, email):
    queue(broadcast, ana)

    def somebody_else_paused_first(message):
        broadcasts.pause(broadcast=broadcast, because="535 bad credentials")
        raise SenderFault(535, "bad credentials")

    email.before_send = somebody_else_paused_first

    assert deliveries.send_pending(channel="email") == 0
    assert Delivery.objects.get().state == State.PENDING


def test_a_bug_in_a_channel_costs_one_message_only(broadcast, ana, bo, email, sms):
    for person in (ana, bo):
        queue(broadcast, person)
    queue(broadcast, ana, Channel.SMS)
    email.failures[ana.email] = sms.failures[ana.phone] = ZeroDivisionError("a bug")

    deliveries.send_pending(channel="email")
    deliveries.send_pending(channel="sms")

    assert Delivery.objects.get(contact=ana, channel="email").state == State.FAILED
    assert Delivery.objects.get(contact=ana, channel="sms").state == State.UNKNOWN
    assert Delivery.objects.get(contact=bo).state == State.ACCEPTED


def test_who_left_the_technical_list_reads_the_public_words(broadcast, ana, email):
    BroadcastContentFactory(broadcast=broadcast, detail="technical", text="lbl-7 is down")
    technical = SegmentFactory(kind="internal", detail="technical")
    public = SegmentFactory()
    broadcast.segments.set([technical, public])
    SubscriptionFactory(contact=ana, segment=technical, state=Subscription.State.UNSUBSCRIBED)
    SubscriptionFactory(contact=ana, segment=public)
    queue(broadcast, ana, segment=technical, detail="technical")

    deliveries.send_pending(channel="email")

    assert [message.text for message in email.sent] == ["Some text\n"]


def test_an_unknown_outcome_waits_for_a_person(broadcast, ana, sms):
    queue(broadcast, ana, Channel.SMS)
    sms.failures[ana.phone] = UnknownOutcome("timeout", "read timed out")

    deliveries.send_pending(channel="sms")
    deliveries.send_pending(channel="sms")

    assert Delivery.objects.get().state == State.UNKNOWN


def test_an_sms_is_marked_before_its_call(broadcast, ana, sms):
    queue(broadcast, ana, Channel.SMS)
    seen = []
    sms.before_send = lambda message: seen.append(Delivery.objects.get().state)

    deliveries.send_pending(channel="sms")

    assert seen == [State.SENDING]
    assert Delivery.objects.get().provider_id == "id-1"


def test_a_dead_senders_emails_are_sent_again_but_its_sms_never(broadcast, ana, bo, email, sms):
    past = datetime.now(UTC) - timedelta(minutes=1)
    gone = {"lease_owner": uuid.uuid4(), "lease_until": past, "attempts": 1}
    queue(broadcast, ana, state=State.CLAIMED, **gone)
    queue(broadcast, bo, Channel.SMS, state=State.SENDING, **gone)

    recovery.recover_lapsed()
    deliveries.send_pending(channel="email")
    deliveries.send_pending(channel="sms")

    assert len(email.sent) == 1
    assert sms.sent == []
    assert Delivery.objects.get(channel="sms").state == State.UNKNOWN


def test_a_sender_never_holds_more_than_a_chunk(broadcast):
    people = Contact.objects.bulk_create(ContactFactory.build() for _number in range(300))
    Delivery.objects.bulk_create(
        DeliveryFactory.build(broadcast=broadcast, contact=person, address=person.email)
        for person in people
    )

    claimed = claiming.claim(channel="email", owner=uuid.uuid4())

    assert len(claimed) == claiming.CHUNK["email"]
    assert Delivery.objects.filter(state=State.CLAIMED).count() == claiming.CHUNK["email"]


def test_a_live_lease_is_left_alone(broadcast, email):
    queue(broadcast)
    claiming.claim(channel="email", owner=uuid.uuid4())

    recovery.recover_lapsed()

    assert deliveries.send_pending(channel="email") == 0


def test_a_row_that_kills_its_senders_is_stopped(broadcast):
    past = datetime.now(UTC) - timedelta(minutes=1)
    queue(broadcast, state=State.CLAIMED, attempts=10, lease_owner=uuid.uuid4(), lease_until=past)

    recovery.recover_lapsed()

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error_code) == (State.FAILED, "poison")


def test_a_finish_that_lost_its_lease_never_overwrites(broadcast, ana, email):
    queue(broadcast, ana)

    def somebody_else_takes_over(message):
        Delivery.objects.update(lease_owner=uuid.uuid4(), state=State.CLAIMED)

    email.before_send = somebody_else_takes_over

    assert deliveries.send_pending(channel="email") == 0
    assert Delivery.objects.get().state == State.CLAIMED


def test_a_drained_broadcast_is_finished(broadcast, email):
    queue(broadcast)
    now = datetime.now(UTC)

    broadcasts.finish_drained(now=now)
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.SENDING
    deliveries.send_pending(channel="email")
    broadcasts.finish_drained(now=now)

    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.finished_at) == (Broadcast.State.FINISHED, now)


def test_cancelling_stops_what_has_not_gone_out(broadcast, email):
    queue(broadcast)

    assert broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC)) == 1

    assert deliveries.send_pending(channel="email") == 0
    with pytest.raises(broadcasts.WrongState):
        broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC))


def test_an_erased_person_gets_nothing(broadcast, ana, email):
    queue(broadcast, ana)
    Contact.objects.all().delete()

    deliveries.send_pending(channel="email")

    assert email.sent == []
    assert Delivery.objects.get().error_code == "erased"


def test_a_paused_broadcast_ends_when_its_news_is_old(broadcast, email):
    queue(broadcast)
    broadcasts.pause(broadcast=broadcast, because="kill switch")
    Broadcast.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    recovery.sweep(now=datetime.now(UTC))

    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.FINISHED
    assert Delivery.objects.get().state == State.EXPIRED
