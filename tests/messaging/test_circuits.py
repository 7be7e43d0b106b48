"""When a channel stops by itself, and what lets it go on."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from audiences.models import Suppression
from messaging.channels import (
    Accepted,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Circuit, Delivery
from messaging.services import circuits, deliveries
from messaging.services.circuits import Watch
from messaging.states import State
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory

FAULT = SenderFault(535, "bad credentials")
AWAY = TemporaryFailure("ConnectionRefusedError", "nobody there")


@pytest.fixture
def broadcast(db):
    broadcast = BroadcastFactory()
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


def queue(broadcast, number):
    return [DeliveryFactory(broadcast=broadcast).address for _number in range(number)]


def let_it_try():
    Circuit.objects.update(retry_at=datetime.now(UTC) - timedelta(seconds=1))


def fail(channel, addresses, failure):
    channel.failures |= dict.fromkeys(addresses, failure)


def test_our_own_fault_stops_the_channel_and_loses_nothing(broadcast, email):
    fail(email, queue(broadcast, 2), FAULT)

    assert deliveries.send_pending(channel="email") == 0
    assert deliveries.send_pending(channel="email") == 0

    assert Circuit.objects.get().because == "refused 535"
    assert Delivery.objects.filter(state=State.PENDING).count() == 2
    assert sum(Delivery.objects.values_list("attempts", flat=True)) == 1


def test_one_message_that_gets_through_lets_a_stopped_channel_go_on(broadcast, email):
    queue(broadcast, 30)
    circuits.trip(channel="email", because=str(FAULT))
    let_it_try()

    assert deliveries.send_pending(channel="email") == 30
    assert not Circuit.objects.exists()


def test_a_try_that_fails_is_alone_and_waits_longer(broadcast, email):
    fail(email, queue(broadcast, 30), FAULT)
    circuits.trip(channel="email", because=str(FAULT))
    let_it_try()

    assert deliveries.send_pending(channel="email") == 0

    assert sum(Delivery.objects.values_list("attempts", flat=True)) == 1
    pause = Circuit.objects.get().retry_at - datetime.now(UTC)
    assert pause > timedelta(seconds=circuits.FIRST_PAUSE_SECONDS)


def test_a_try_is_not_called_back_because_the_provider_takes_its_time(
    broadcast, email, monkeypatch
):
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(deliveries, "WAIT_SECONDS", 0.01)
    queue(broadcast, 1)
    circuits.trip(channel="email", because=str(FAULT))
    let_it_try()
    recalled = []

    def take_long(message):
        time.sleep(0.3)
        recalled.append(message.is_recalled)

    email.before_send = take_long

    assert deliveries.send_pending(channel="email") == 1
    assert recalled == [False]


def test_what_is_not_sent_uses_up_no_try(broadcast, email):
    for address in queue(broadcast, 3):
        Suppression.objects.create(channel="email", address=address, reason="stop")
    circuits.trip(channel="email", because=str(FAULT))
    let_it_try()

    deliveries.send_pending(channel="email")
    queue(broadcast, 2)

    assert deliveries.send_pending(channel="email") == 2


def test_a_message_without_words_uses_up_no_try(broadcast, email):
    queue(BroadcastFactory(priority=1), 1)
    queue(broadcast, 2)
    circuits.trip(channel="email", because=str(FAULT))
    let_it_try()

    assert deliveries.send_pending(channel="email") == 2


def test_a_message_that_is_itself_the_fault_does_not_hold_up_the_others(broadcast, email):
    first, *_others = queue(broadcast, 5)
    fail(email, [first], FAULT)

    deliveries.send_pending(channel="email")
    let_it_try()

    assert deliveries.send_pending(channel="email") == 4
    assert Delivery.objects.get(address=first).state == State.PENDING


def test_too_many_refusals_stop_the_channel(broadcast, email):
    fail(email, queue(broadcast, 150), PermanentFailure(554, "5.7.1 spam"))

    deliveries.send_pending(channel="email")

    assert Circuit.objects.get().because == "rejected 554"
    assert Delivery.objects.filter(state=State.PENDING).count() > 50


@pytest.mark.parametrize("failure", [AWAY, UnknownOutcome("TimeoutError", "silence")])
def test_a_provider_that_does_not_answer_stops_the_channel(broadcast, email, failure):
    fail(email, queue(broadcast, 150), failure)

    deliveries.send_pending(channel="email")

    assert Circuit.objects.get().because == f"unreachable {failure.code}"
    assert Delivery.objects.filter(state=State.PENDING, attempts=0).count() > 50


def test_a_provider_that_puts_everybody_off_is_there(broadcast, email):
    fail(email, queue(broadcast, 50), TemporaryFailure(451, "4.7.1 greylisted"))

    deliveries.send_pending(channel="email")

    assert not Circuit.objects.exists()
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


def test_what_was_under_way_does_not_let_a_stopped_channel_go_on(broadcast, email, settings):
    settings.CONNECTIONS = 1
    refused = queue(broadcast, circuits.MOST_REFUSALS + 1)
    fail(email, refused, PermanentFailure(554, "5.7.1 spam"))
    queue(broadcast, 60)

    deliveries.send_pending(channel="email")

    assert email.sent, "some were with the line already"
    assert Circuit.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "goes_on", "tries_soon"),
    [
        (Accepted(), True, False),
        (FAULT, False, False),
        (AWAY, False, False),
        (TemporaryFailure(451, "later"), False, True),
        (PermanentFailure(554, "not you"), False, True),
        (None, False, True),
    ],
)
def test_what_a_try_says(db, outcome, goes_on, tries_soon):
    circuits.trip(channel="email", because="away")

    circuits.judge_try(channel="email", outcome=outcome)

    assert Circuit.objects.exists() != goes_on
    assert circuits.may_try(channel="email") == (goes_on or tries_soon)


def test_an_answer_in_between_ends_a_row_of_silence():
    watch = Watch()
    silence = [AWAY] * (circuits.UNANSWERED - 1)

    assert not any(map(watch.why_stop, [*silence, TemporaryFailure(450, "later"), *silence]))
    assert watch.why_stop(AWAY)
