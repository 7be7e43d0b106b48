"""What a person wants while a mass mailing is under way."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from audiences.models import Channel, Suppression
from audiences.services import subscriptions, suppressions
from audiences.services.consents import Proof
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts
from messaging.states import State
from tests.faults.conftest import Begin
from tests.faults.oracle import GRACE_SECONDS
from tests.faults.trial import Trial

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow(reason="real processes, and five seconds of grace"),
]


def some_waiting(trial: Trial, channel: str, count: int) -> list[Delivery]:
    """Half of them are with a sender already, and half are far from it."""
    some = Delivery.objects.filter(channel=channel).order_by("pk")
    claimed = list(some.filter(state=State.CLAIMED))
    pending = list(some.filter(state=State.PENDING))
    half = min(count // 2, len(claimed))
    return trial.dice.sample(claimed, half) + trial.dice.sample(pending, count - half)


def leave(delivery: Delivery) -> None:
    now = datetime.now(UTC)
    subscriptions.leave(
        contact=delivery.contact,
        segments=[delivery.segment],
        channel=delivery.channel,
        proof=Proof.by_link("a link"),
        now=now,
    )


def complain(delivery: Delivery) -> None:
    suppressions.suppress(
        channel=delivery.channel,
        address=delivery.address,
        reason=Suppression.Reason.STOP,
        now=datetime.now(UTC),
    )


def wish(trial: Trial, what: Callable[[Delivery], None], channel: str, count: int) -> None:
    for delivery in some_waiting(trial, channel, count):
        what(delivery)
        trial.barred_at[delivery.pk] = time.time()


def test_f15_leaving_stop_pause_and_cancel(begin: Begin):
    mails, texts, wishes = 20_000, 2_000, 200
    trial = begin(CONNECTIONS="4", TEST_LEASE_SECONDS="60")
    trial.worker()
    trial.worker()
    # So slow that what a sender has claimed would keep it busy for longer than the grace.
    trial.mails(delay=0.5)
    trial.texts(delay=0.5)
    broadcast = trial.audience(mails, texts)
    trial.start(broadcast)
    trial.until_arrived(500)

    wish(trial, leave, Channel.EMAIL, wishes)
    wish(trial, complain, Channel.EMAIL, wishes)
    wish(trial, complain, Channel.SMS, wishes // 2)
    trial.until_arrived(trial.arrived() + 500)
    is_silent_when_paused(trial, broadcast)
    broadcasts.resume(broadcast=broadcast)
    trial.until_arrived(trial.arrived() + 200)
    broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC))
    cancelled_at = time.time()
    trial.drain(seconds=60)
    for pk in Delivery.objects.values_list("pk", flat=True):
        trial.barred_at.setdefault(pk, cancelled_at)

    trial.conclude(bound=0)
    assert trial.arrived() < mails, "all were through before it was cancelled"
    assert trial.states()[State.CANCELLED] > mails // 4


def is_silent_when_paused(trial: Trial, broadcast: Broadcast) -> None:
    broadcasts.pause(broadcast=broadcast, because="a person said so")
    time.sleep(GRACE_SECONDS)
    before = trial.arrived(), trial.arrived(Channel.SMS)
    trial.go_on()
    time.sleep(1)
    assert (trial.arrived(), trial.arrived(Channel.SMS)) == before
