import json
import uuid
from datetime import timedelta
from itertools import permutations

import pytest

from audiences.models import Channel, Contact, Subscription, Suppression
from messaging.channels import twilio_words
from messaging.models import Delivery, DeliveryEvent
from messaging.services import events, shared_addresses, unsubscribes
from messaging.services.events import Report
from messaging.services.unsubscribes import Way
from tests.factories import NOON, DeliveryFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
State = Delivery.State
SID = "SM" + "1" * 32
OWNER = uuid.uuid4()


@pytest.fixture
def delivery(bo):
    return DeliveryFactory(contact=bo, channel="sms", address=bo.phone, state=State.ACCEPTED)


def report(word="delivered", **changes):
    known = {
        "source": "twilio",
        "key": f"{SID}:{word}",
        "kind": word,
        "raw": {"MessageStatus": word},
        "state": twilio_words.STATES.get(word),
        "provider_id": SID,
    }
    return Report(**known | changes)


@pytest.mark.slow(reason="120 orders of 8 events each")
@pytest.mark.parametrize("last", ["delivered", "undelivered", "failed"])
def test_five_events_in_any_order_with_doubles_end_the_same(delivery, last):
    ends = set()
    for order in permutations(["accepted", "queued", "sending", "sent", last]):
        DeliveryEvent.objects.all().delete()
        Delivery.objects.update(state=State.SENDING, provider_id="", accepted_at=None, lease=OWNER)
        news = [
            events.record(delivery=delivery, report=report(word), now=NOON)
            for word in (*order, *order[2:])
        ]
        delivery.refresh_from_db()
        ends.add((delivery.state, delivery.provider_id, delivery.lease_id))
        assert news == [True] * 5 + [False] * 3

    assert ends == {(State(last), SID, None)}


@pytest.mark.parametrize(
    "order", list(permutations(["sent", "delivered", "bounced", "complained"]))
)
def test_what_a_reader_says_last_counts_in_any_order(delivery, order):
    states = {"bounced": State.BOUNCED, "complained": State.COMPLAINED} | twilio_words.STATES

    for word in order:
        events.record(delivery=delivery, report=report(word, state=states[word]), now=NOON)

    delivery.refresh_from_db()
    assert delivery.state == State.COMPLAINED


def test_an_event_without_a_state_is_kept_and_moves_nothing(delivery):
    events.record(delivery=delivery, report=report("deferred"), now=NOON)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.ACCEPTED, "")
    assert DeliveryEvent.objects.get().kind == "deferred"


def test_the_address_of_a_message_we_do_not_know_is_suppressed_all_the_same(db):
    unknown = report(
        "complained", suppress=Suppression.Reason.COMPLAINT, channel=Channel.EMAIL, address="A@b.de"
    )

    assert events.record(delivery=None, report=unknown, now=NOON)

    assert Suppression.objects.active().get().address == "a@b.de"


def complain(bo, key, delivery=None):
    said = report(
        key=key, suppress=Suppression.Reason.COMPLAINT, channel=Channel.EMAIL, address=bo.email
    )
    assert events.record(delivery=delivery, report=said, now=NOON)


def test_what_one_reader_of_a_shared_mailbox_reports_the_others_hear_of_and_can_take_back(bo):
    Contact.objects.filter(pk=bo.pk).update(is_shared=True, feedback_consent_at=NOON)
    row = SubscriptionFactory(contact=bo)

    complain(bo, "first")

    row.refresh_from_db()
    assert row.state == Subscription.State.UNSUBSCRIBED
    assert not Suppression.objects.exists()
    letters = Delivery.objects.filter(contact=bo, broadcast__thread=shared_addresses.LEFT)
    assert [letter.address for letter in letters] == [bo.email, bo.email]
    for letter in letters:
        unsubscribes.rejoin(delivery=letter, way=Way("Unsubscribe page"), now=NOON)
    row.refresh_from_db()
    bo.refresh_from_db()
    assert row.state == Subscription.State.CONFIRMED
    assert bo.feedback_consent_at == NOON


def test_a_shared_mailbox_that_hears_nothing_and_is_reported_again_is_left_in_peace(bo):
    Contact.objects.filter(pk=bo.pk).update(is_shared=True)
    SubscriptionFactory(contact=bo)

    complain(bo, "about a notice")
    complain(bo, "about the letter that told of it")

    assert Suppression.objects.active().get().address == bo.email


def test_who_marks_several_notices_at_once_silences_the_letter_about_it_for_nobody(bo):
    Contact.objects.filter(pk=bo.pk).update(is_shared=True)
    SubscriptionFactory(contact=bo)
    sent = {"contact": bo, "address": bo.email, "state": State.ACCEPTED}
    notices = [DeliveryFactory(**sent, accepted_at=NOON - timedelta(days=n)) for n in (1, 2)]
    later = DeliveryFactory(**sent, accepted_at=NOON + timedelta(minutes=1))

    for notice in notices:
        complain(bo, f"about {notice.pk}", notice)

    assert not Suppression.objects.exists()
    complain(bo, "about the letter", later)
    assert Suppression.objects.active().get().address == bo.email


def test_who_reads_a_mailbox_alone_and_reports_a_message_is_not_written_to_any_more(bo):
    row = SubscriptionFactory(contact=bo)

    complain(bo, "first")

    row.refresh_from_db()
    assert row.state == Subscription.State.CONFIRMED
    assert Suppression.objects.active().get().address == bo.email


@pytest.mark.parametrize(
    ("odd", "kept"),
    [
        ("nul\x00 and \ud800 half", "nul and ? half"),
        (float("nan"), "nan"),
        ("long" * 10_000, "long" * 500),
        ([1, [2, [3, [4, [5, [6, [7]]]]]]], [1, [2, [3, [4, [5, "…"]]]]]),
        (b"bytes", "b'bytes'"),
        ({1: None, "deep": {"x": True}}, {"1": None, "deep": {"x": True}}),
    ],
    ids=["text", "no number", "long", "deep", "bytes", "dict"],
)
def test_odd_words_are_kept_as_the_database_takes_them(delivery, odd, kept):
    said = report(raw={"odd": odd}, text="no\x00", code="c\x00", key="k\x00")

    assert events.record(delivery=delivery, report=said, now=NOON)

    event = DeliveryEvent.objects.get()
    assert event.raw == {"odd": kept}
    assert json.dumps(event.raw)
    delivery.refresh_from_db()
    assert (delivery.error_code, delivery.error_text) == ("c", "no")


def test_when_something_goes_wrong_the_event_is_not_taken_for_known(delivery, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(events, "_move", broken)
        with pytest.raises(RuntimeError):
            events.record(delivery=delivery, report=report(), now=NOON)

    assert events.record(delivery=delivery, report=report(), now=NOON)
    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
