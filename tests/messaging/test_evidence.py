"""What became of texts nobody knows about, asked of Twilio's stand-in through Twilio's library."""

from datetime import timedelta

import pytest
from django.utils import timezone

from embedded.store import NewText
from messaging import tasks
from messaging.models import Delivery, DeliveryEvent
from messaging.services import evidence
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory
from tests.ports import free_port

pytestmark = pytest.mark.django_db
State = Delivery.State
WORDS = "Logins are slow. We are on it."


@pytest.fixture
def stand_in(standins_at_work, settings):
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    return standins_at_work


@pytest.fixture
def broadcast(db):
    broadcast = BroadcastFactory(channels=["sms"])
    BroadcastContentFactory(broadcast=broadcast, sms_text=WORDS)
    return broadcast


def unknown(broadcast, contact, *, ago=timedelta(minutes=2), **changes):
    return DeliveryFactory(
        **{
            "broadcast": broadcast,
            "contact": contact,
            "channel": "sms",
            "address": contact.phone,
            "state": State.UNKNOWN,
            "sending_at": timezone.now() - ago,
            "error_code": "ReadTimeout",
        }
        | changes
    )


def sent(stand_in, to, body=WORDS, status="sent", error_code=None):
    """A text that Twilio has accepted and tells nobody about."""
    number = len(stand_in.store.texts()) + 1
    new = NewText(
        sid=f"SM{number:032x}",
        sender="+15005550006",
        service="",
        recipient=to,
        body=body,
        segments=1,
        status_callback="",
        status=status,
        error_code=error_code,
    )
    return stand_in.store.add_text(new).sid


def look_up(*, later=timedelta(0)):
    return evidence.look_up(now=timezone.now() + later)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("queued", State.ACCEPTED),
        ("sent", State.ACCEPTED),
        ("delivered", State.DELIVERED),
        ("undelivered", State.UNDELIVERED),
    ],
)
def test_a_text_that_twilio_knows_becomes_what_twilio_says(stand_in, broadcast, bo, status, state):
    delivery = unknown(broadcast, bo)
    code = 30003 if status == "undelivered" else None
    sid = sent(stand_in, bo.phone, status=status, error_code=code)

    assert look_up() == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (state, sid)
    assert delivery.error_code == ("30003" if code else "")
    event = DeliveryEvent.objects.get()
    assert (event.kind, event.raw["LookedUp"]) == (status, True)


def test_what_twilio_does_not_know_stays_for_a_person(stand_in, broadcast, bo):
    delivery = unknown(broadcast, bo)
    sent(stand_in, bo.phone, body="Something else")
    sent(stand_in, "+447700900099")

    assert look_up() == 0

    delivery.refresh_from_db()
    assert delivery.state == State.UNKNOWN
    assert delivery.looked_up_at


def test_a_text_that_is_another_deliverys_is_no_evidence(stand_in, broadcast, bo):
    sid = sent(stand_in, bo.phone)
    unknown(BroadcastFactory(), bo, state=State.DELIVERED, provider_id=sid)
    delivery = unknown(broadcast, bo)

    assert look_up() == 0

    delivery.refresh_from_db()
    assert delivery.state == State.UNKNOWN


def test_two_texts_with_the_same_words_take_one_each(stand_in, broadcast, bo):
    other = BroadcastFactory(channels=["sms"])
    BroadcastContentFactory(broadcast=other, sms_text=WORDS)
    for one in (broadcast, other):
        unknown(one, bo)
    sids = {sent(stand_in, bo.phone), sent(stand_in, bo.phone)}

    assert look_up() == 2

    assert set(Delivery.objects.values_list("provider_id", flat=True)) == sids


def test_a_text_from_before_the_attempt_is_no_evidence(stand_in, broadcast, bo):
    sent(stand_in, bo.phone)
    delivery = unknown(broadcast, bo, ago=timedelta(0))
    Delivery.objects.update(sending_at=timezone.now() + timedelta(minutes=5))

    assert look_up(later=timedelta(minutes=7)) == 0

    delivery.refresh_from_db()
    assert delivery.state == State.UNKNOWN


@pytest.mark.parametrize(
    "changes",
    [
        {"ago": timedelta(seconds=50)},
        {"ago": timedelta(hours=25)},
        {"state": State.ACCEPTED},
        {"channel": "email"},
    ],
    ids=["too young", "too old", "known", "no text"],
)
def test_what_need_not_be_asked_is_not(stand_in, broadcast, bo, changes):
    unknown(broadcast, bo, **changes)
    sent(stand_in, bo.phone)

    assert look_up() == 0

    assert not DeliveryEvent.objects.exists()


def test_every_text_is_asked_about_again_after_a_while(stand_in, broadcast, bo):
    unknown(broadcast, bo)
    look_up()
    sent(stand_in, bo.phone)

    assert look_up(later=timedelta(minutes=2)) == 0
    assert look_up(later=timedelta(minutes=4)) == 1


def test_a_round_is_bounded_and_the_next_takes_the_others(
    stand_in, broadcast, bo, ana, monkeypatch
):
    monkeypatch.setattr(evidence, "AT_ONCE", 1)
    unknown(broadcast, ana)
    unknown(broadcast, bo)

    look_up()
    first = Delivery.objects.filter(looked_up_at=None).count()
    look_up()

    assert (first, Delivery.objects.filter(looked_up_at=None).count()) == (1, 0)


def test_a_provider_nobody_reaches_ends_the_round_and_raises_nothing(settings, broadcast, bo, ana):
    settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{free_port()}"
    unknown(broadcast, ana)
    unknown(broadcast, bo)

    assert look_up() == 0

    assert Delivery.objects.filter(looked_up_at=None).count() == 1


def test_a_broadcast_without_words_is_left_to_a_person(stand_in, bo):
    unknown(BroadcastFactory(channels=["sms"]), bo)

    assert look_up() == 0


def test_the_task_asks(stand_in, broadcast, bo):
    unknown(broadcast, bo)
    sent(stand_in, bo.phone, status="delivered")

    tasks.look_for_evidence()

    assert Delivery.objects.get().state == State.DELIVERED
