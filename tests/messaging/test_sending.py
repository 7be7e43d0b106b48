import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError
from django.db.models import F

from audiences.models import Channel, Contact, Subscription, Suppression
from messaging.channels import (
    Accepted,
    DeadAddress,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Broadcast, Delivery, Lease, RateLimit
from messaging.services import (
    barring,
    broadcasts,
    claiming,
    deliveries,
    leases,
    recording,
    recovery,
    throttling,
    wake,
)
from messaging.services.claiming import Claimer
from messaging.services.lines import Result
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
    broadcast = BroadcastFactory(channels=[Channel.EMAIL, Channel.SMS])
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


@pytest.fixture
def one_line(settings):
    settings.CONNECTIONS = 1


def dead_sender(channel="email"):
    """The lease of a sender that no longer renews it."""
    return Lease.objects.create(
        owner=uuid.uuid4(), channel=channel, until=datetime.now(UTC) - timedelta(minutes=1)
    )


def claim(channel="email"):
    return Claimer(channel, leases.take(channel=channel)).claim()


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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("stop", ["pause", "cancel", "suppress", "unsubscribe"])
def test_a_stop_in_the_middle_stops_what_is_claimed(broadcast, email, monkeypatch, one_line, stop):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0)
    people = [ContactFactory() for _number in range(150)]
    segment = SegmentFactory()
    for person in people:
        SubscriptionFactory(contact=person, segment=segment)
        queue(broadcast, person, segment=segment)

    def stop_after_three(message):
        if len(email.sent) == 3:
            STOPS[stop](broadcast, people[100:])

    email.before_send = stop_after_three

    deliveries.send_pending(channel="email")

    late = {person.email for person in people[100:]} & {message.to for message in email.sent}
    assert not late
    if stop in ("pause", "cancel"):
        # What was handed over already may still have gone out.
        assert len(email.sent) <= 3 + deliveries.WINDOW


def _suppress(broadcast, people):
    for person in people:
        Suppression.objects.create(channel="email", address=person.email, reason="complaint")


def _unsubscribe(broadcast, people):
    Subscription.objects.filter(contact__in=people).update(state="unsubscribed")


STOPS = {
    "pause": lambda broadcast, people: broadcasts.pause(broadcast=broadcast, because="stop"),
    "cancel": lambda broadcast, people: broadcasts.cancel(
        broadcast=broadcast, now=datetime.now(UTC)
    ),
    "suppress": _suppress,
    "unsubscribe": _unsubscribe,
}


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


@pytest.mark.django_db(transaction=True)
def test_an_sms_is_marked_before_its_call(broadcast, ana, sms):
    queue(broadcast, ana, Channel.SMS)
    seen = []
    sms.before_send = lambda message: seen.append(Delivery.objects.get().state)

    deliveries.send_pending(channel="sms")

    assert seen == [State.SENDING]
    assert Delivery.objects.get().provider_id == "id-1"


def test_a_dead_senders_emails_are_sent_again_but_its_sms_never(broadcast, ana, bo, email, sms):
    queue(broadcast, ana, state=State.CLAIMED, lease=dead_sender())
    queue(broadcast, bo, Channel.SMS, state=State.SENDING, lease=dead_sender("sms"))

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

    assert len(claim()) == claiming.CHUNK
    assert Delivery.objects.filter(state=State.CLAIMED).count() == claiming.CHUNK


def test_a_live_lease_is_left_alone(broadcast, email):
    queue(broadcast)
    claim()

    recovery.recover_lapsed()

    assert deliveries.send_pending(channel="email") == 0


def test_a_row_that_kills_its_senders_is_claimed_alone_and_then_stopped(broadcast, email):
    suspect = queue(broadcast, lapses=claiming.SUSPECT_LAPSES)
    others = [queue(broadcast).pk for _number in range(5)]

    assert [one.pk for one in claim()] == others
    for lapses in range(claiming.SUSPECT_LAPSES, recovery.POISON_LAPSES):
        assert Delivery.objects.get(pk=suspect.pk).lapses == lapses
        assert [one.pk for one in claim()] == [suspect.pk]
        Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
        Delivery.objects.filter(pk__in=others).update(state=State.ACCEPTED, lease=None)
        recovery.recover_lapsed()

    suspect.refresh_from_db()
    assert (suspect.state, suspect.error_code) == (State.UNKNOWN, "poison")


@pytest.mark.django_db(transaction=True)
def test_a_finish_that_lost_its_lease_never_overwrites(broadcast, ana, email):
    queue(broadcast, ana)
    other = leases.take(channel="email")
    email.before_send = lambda message: Delivery.objects.update(lease=other)

    assert deliveries.send_pending(channel="email") == 0
    assert Delivery.objects.get().state == State.CLAIMED


def test_an_update_that_a_newer_one_replaces_is_not_sent_late(ana, bo, email):
    old = BroadcastFactory(thread="story")
    new = BroadcastFactory(thread="story")
    other = BroadcastFactory(thread="another story")
    for broadcast in (old, new, other):
        BroadcastContentFactory(broadcast=broadcast)
        queue(broadcast, ana)
    queue(old, bo)

    deliveries.send_pending(channel="email")

    superseded = Delivery.objects.get(broadcast=old, contact=ana)
    assert (superseded.state, superseded.error_code) == (State.CANCELLED, "superseded")
    assert Delivery.objects.filter(state=State.ACCEPTED).count() == 3


def test_what_starts_together_is_no_newer_word(ana, email):
    together = datetime.now(UTC)
    for _audience in range(2):
        broadcast = BroadcastFactory(thread="story", started_at=together)
        BroadcastContentFactory(broadcast=broadcast)
        queue(broadcast, ana)

    assert deliveries.send_pending(channel="email") == 2


def test_the_urgent_goes_first(ana, email, one_line):
    survey = BroadcastFactory(priority=Broadcast.Priority.BULK)
    notice = BroadcastFactory(priority=Broadcast.Priority.URGENT)
    call = BroadcastFactory(priority=Broadcast.Priority.CALL)
    for broadcast in (survey, notice, call):
        BroadcastContentFactory(broadcast=broadcast, subject=f"Priority {broadcast.priority}")
        queue(broadcast, ana)

    deliveries.send_pending(channel="email")

    assert [message.subject for message in email.sent] == [
        *("Priority 0", "Priority 1", "Priority 9")
    ]


@pytest.mark.django_db(transaction=True)
def test_what_is_urgent_does_not_wait_for_what_is_claimed(ana, email, one_line, monkeypatch):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0)
    survey = BroadcastFactory(priority=Broadcast.Priority.BULK)
    notice = BroadcastFactory(priority=Broadcast.Priority.URGENT)
    for broadcast in (survey, notice):
        BroadcastContentFactory(broadcast=broadcast, subject=f"Priority {broadcast.priority}")
    for _number in range(claiming.CHUNK):
        queue(survey)
    email.before_send = lambda message: len(email.sent) == 3 and queue(notice, ana)

    deliveries.send_pending(channel="email")

    position = [message.to for message in email.sent].index(ana.email)
    assert position <= 3 + deliveries.WINDOW + email.batch_size
    assert len(email.sent) == claiming.CHUNK + 1


def test_the_less_urgent_does_not_draw_what_the_urgent_waits_for(ana, bo, email, monkeypatch):
    RateLimit.objects.create(channel="email", per_second=1)
    queue(BroadcastFactory(priority=Broadcast.Priority.BULK), bo)
    queue(BroadcastFactory(priority=Broadcast.Priority.URGENT), ana)
    # The next token comes between two draws.
    tokens = iter([0, 1])
    monkeypatch.setattr(throttling, "draw", lambda **_wanted: next(tokens))
    sender = Claimer("email", leases.take(channel="email"))

    assert sender.claim() == []
    assert [one.contact_id for one in sender.claim()] == [ana.pk]


def test_a_slow_domain_gets_its_messages_as_fast_as_it_may(broadcast, email, one_line):
    now = datetime.now(UTC)
    RateLimit.objects.create(channel="email", domain="example.com", per_second=20, filled_at=now)
    for _number in range(12):
        queue(broadcast)

    assert deliveries.send_pending(channel="email") == 12

    assert timedelta(seconds=12 / 20 - 0.1) < datetime.now(UTC) - now < timedelta(seconds=12)


def test_a_rate_limit_holds_messages_back_and_loses_none(broadcast, email, one_line):
    # Not yet refilling: what is in the bucket is all there is.
    later = datetime.now(UTC) + timedelta(hours=1)
    limit = RateLimit.objects.create(channel="email", per_second=40, tokens=5, filled_at=later)
    for _number in range(15):
        queue(broadcast)

    assert len(claim()) == 5
    Lease.objects.all().delete()
    recovery.recover_lapsed()
    began = datetime.now(UTC)
    RateLimit.objects.filter(pk=limit.pk).update(tokens=0, filled_at=began)
    assert deliveries.send_pending(channel="email") == 15
    assert datetime.now(UTC) - began > timedelta(seconds=15 / 40 - 0.05)


def test_what_is_not_sent_uses_up_no_rate_limit(email, one_line):
    later = datetime.now(UTC) + timedelta(hours=1)
    RateLimit.objects.create(channel="email", per_second=40, tokens=5, filled_at=later)
    began = datetime.now(UTC)
    old = BroadcastFactory(thread="story", started_at=began - timedelta(hours=1))
    new = BroadcastFactory(thread="story", started_at=began)
    for broadcast in (old, new):
        BroadcastContentFactory(broadcast=broadcast)
    for _number in range(5):
        contact = ContactFactory()
        queue(old, contact)
        queue(new, contact)

    assert {one.broadcast.pk for one in claim()} == {new.pk}
    assert set(Delivery.objects.filter(broadcast=old).values_list("state", "lease")) == {
        (State.CANCELLED, None)
    }
    assert RateLimit.objects.get().tokens == 0


def test_what_is_barred_is_settled_while_a_limit_allows_nothing(broadcast, ana, bo, email):
    later = datetime.now(UTC) + timedelta(hours=1)
    RateLimit.objects.create(channel="email", per_second=1, tokens=0, filled_at=later)
    queue(broadcast, ana)
    queue(broadcast, bo)
    Suppression.objects.create(
        channel="email", address=ana.email, reason="stop", created_at=datetime.now(UTC)
    )
    sender = Claimer("email", leases.take(channel="email"))

    assert sender.claim() == []

    assert sender.is_held_back
    states = dict(Delivery.objects.values_list("contact", "state"))
    assert states == {ana.pk: State.SKIPPED, bo.pk: State.PENDING}
    RateLimit.objects.update(tokens=1)
    assert [one.contact_id for one in sender.claim()] == [bo.pk]


def test_what_a_domain_puts_off_leaves_the_channels_limit_to_others(broadcast, ana, bo, email):
    later = datetime.now(UTC) + timedelta(hours=1)
    RateLimit.objects.create(channel="email", per_second=9, tokens=2, filled_at=later)
    RateLimit.objects.create(
        channel="email", domain="example.com", per_second=5, tokens=0, filled_at=later
    )
    queue(broadcast, ana)
    queue(broadcast, bo)

    assert [one.address for one in claim()] == [bo.email]

    assert RateLimit.objects.get(domain="").tokens == 1


def test_a_slow_domain_does_not_hold_up_the_others(broadcast, ana, bo, email, one_line):
    RateLimit.objects.create(channel="email", domain="example.com", per_second=5, tokens=0)
    queue(broadcast, ana)
    queue(broadcast, bo)

    assert deliveries.send_pending(channel="email") == 2

    assert [message.to for message in email.sent] == [bo.email, ana.email]


def test_a_second_call_in_a_process_that_is_sending_returns_at_once(broadcast, ana, bo, email):
    queue(broadcast, ana)
    calls = []
    email.before_send = lambda message: calls.append(deliveries.send_pending(channel="email"))

    assert deliveries.send_pending(channel="email") == 1
    assert calls == [0]


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

    now = datetime.now(UTC)
    broadcasts.cancel(broadcast=broadcast, now=now)
    recovery.settle_stopped(now=now)

    assert deliveries.send_pending(channel="email") == 0
    assert Delivery.objects.get().state == State.CANCELLED
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


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
def test_what_waits_behind_a_provider_that_hangs_can_still_be_recalled(
    broadcast, email, sms, monkeypatch, one_line, channel
):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0.05)
    for number in range(6):
        queue(broadcast, ContactFactory(phone=f"+44770090010{number}"), channel)
    fake = {"email": email, "sms": sms}[channel]

    def hang(message):
        if not fake.sent:
            broadcasts.pause(broadcast=broadcast, because="stop")
            time.sleep(0.5)

    fake.before_send = hang

    deliveries.send_pending(channel=channel)

    assert len(fake.sent) == 1
    assert Delivery.objects.filter(state=State.PENDING).count() == 5


def test_a_channel_that_cannot_be_opened_costs_no_message(broadcast, email, monkeypatch):
    queue(broadcast)
    queue(broadcast)

    @contextmanager
    def broken():
        raise RuntimeError("no such library")
        yield

    monkeypatch.setattr(email, "open", broken)

    assert deliveries.send_pending(channel="email") == 0
    assert set(Delivery.objects.values_list("state", "error_code")) == {
        (State.PENDING, "RuntimeError")
    }


def test_a_newer_word_that_never_reached_somebody_replaces_nothing(ana, sms):
    old, new = BroadcastFactory(thread="story"), BroadcastFactory(thread="story")
    Broadcast.objects.update(channels=["sms"])
    BroadcastContentFactory(broadcast=old)
    queue(old, ana, Channel.SMS)
    queue(new, ana, Channel.SMS, state=State.FAILED, error_code="no_content")

    assert deliveries.send_pending(channel="sms") == 1


@pytest.mark.django_db(transaction=True)
def test_a_sender_whose_lease_lapsed_still_records_what_was_accepted(
    broadcast, email, monkeypatch, one_line
):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0)
    for _number in range(100):
        queue(broadcast)
    past = datetime.now(UTC) - timedelta(seconds=1)
    email.before_send = lambda message: Lease.objects.update(until=past)

    accepted = deliveries.send_pending(channel="email")

    assert accepted == len(email.sent) == Delivery.objects.filter(state=State.ACCEPTED).count()
    assert accepted < 100
    assert not Delivery.objects.filter(state=State.CLAIMED).exists()


def test_what_was_given_up_for_lost_and_accepted_after_all_is_known(broadcast, ana):
    lost = queue(broadcast, ana, Channel.SMS, state=State.UNKNOWN)
    accepted = [Result(lost.pk, Accepted("SM1"))]

    assert recording.record(results=accepted, owner=uuid.uuid4()) == 1

    lost.refresh_from_db()
    assert (lost.state, lost.provider_id) == (State.ACCEPTED, "SM1")


def test_what_the_database_does_not_take_costs_one_message(broadcast, email, monkeypatch):
    addresses = [queue(broadcast).address for _number in range(5)]
    record = recording.record

    def choke(*, results, owner):
        if any(result.id == odd for result in results):
            raise DataError("no such text")
        return record(results=results, owner=owner)

    odd = Delivery.objects.get(address=addresses[2]).pk
    monkeypatch.setattr(recording, "record", choke)

    assert deliveries.send_pending(channel="email") == 4


def test_words_that_no_database_takes_are_cleaned():
    failure = PermanentFailure("5\0", "a\0b\ud800")

    assert (failure.code, failure.text) == ("5", "ab?")


def test_settling_what_is_barred_does_not_keep_a_sender_from_the_rest(
    broadcast, email, monkeypatch
):
    monkeypatch.setattr(claiming, "SETTLE_SECONDS", -1)
    queue(broadcast)

    claimer = Claimer("email", leases.take(channel="email"))

    assert claimer.claim() == []
    assert claimer.has_more


def test_a_sender_that_has_more_to_settle_does_not_end(email, monkeypatch):
    much, little = BroadcastFactory(), BroadcastFactory()
    for broadcast in (much, much, much, little):
        address = queue(broadcast).address
        Suppression.objects.create(channel="email", address=address, reason="stop")
    drop_barred = barring.drop_barred

    def slowly(claimed, channel):
        time.sleep(0.1 if any(one.broadcast == much for one in claimed) else 0)
        return drop_barred(claimed, channel)

    monkeypatch.setattr(barring, "drop_barred", slowly)
    monkeypatch.setattr(claiming, "SETTLE_SECONDS", 0.09)
    claimer = Claimer("email", leases.take(channel="email"))

    assert claimer.claim(1) == []
    assert claimer.has_more


def test_what_was_claimed_while_the_lease_lapsed_is_left_to_others(broadcast, email, monkeypatch):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0)
    queue(broadcast)
    claim = Claimer.claim

    def claim_late(self, limit):
        claimed = claim(self, limit)
        Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
        recovery.recover_lapsed()
        return claimed

    monkeypatch.setattr(Claimer, "claim", claim_late)

    assert deliveries.send_pending(channel="email") == 0

    assert email.sent == []
    assert Delivery.objects.get().state == State.PENDING


def test_who_left_one_list_is_not_called_back_from_a_slow_provider(
    broadcast, ana, email, monkeypatch
):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(deliveries, "WAIT_SECONDS", 0.01)
    left, other = SegmentFactory(), SegmentFactory()
    broadcast.segments.set([left, other])
    SubscriptionFactory(contact=ana, segment=left, state=Subscription.State.UNSUBSCRIBED)
    SubscriptionFactory(contact=ana, segment=other)
    queue(broadcast, ana, segment=left)
    recalled = []

    def take_long(message):
        time.sleep(0.3)
        recalled.append(message.is_recalled)

    email.before_send = take_long

    deliveries.send_pending(channel="email")

    assert recalled == [False]


@pytest.mark.parametrize(("seconds", "wakes"), [(55, 0), (30, 1)])
def test_a_sender_that_is_silent_does_not_keep_another_from_starting(
    broadcast, settings, monkeypatch, seconds, wakes
):
    settings.SENDERS, settings.LEASE_SECONDS = 1, 60
    queue(broadcast)
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    Lease.objects.create(owner=uuid.uuid4(), channel="email", until=until)
    woken = []
    monkeypatch.setattr(wake, "senders", lambda *, channels: woken.extend(channels))

    recovery.sweep(now=datetime.now(UTC))

    assert woken == ["email"] * wakes


def test_who_was_erased_while_the_recipients_were_written_gets_nothing(broadcast, email):
    delivery = queue(broadcast)
    Delivery.objects.update(contact=delivery.contact_id + 1)

    deliveries.send_pending(channel="email")

    assert email.sent == []
    assert Delivery.objects.get().error_code == "erased"


def test_a_sweep_with_nothing_to_do_asks_little(django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        recovery.sweep(now=datetime.now(UTC))
