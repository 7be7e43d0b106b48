"""What a person wants while a mass mailing is under way."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from audiences.models import Channel, Suppression
from audiences.services import subscriptions, suppressions
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts
from messaging.states import State
from tests.faults.conftest import Begin
from tests.faults.oracle import GRACE_SECONDS
from tests.faults.trial import Trial

pytestmark = pytest.mark.slow(reason="real processes, and five seconds of grace")


def some_waiting(trial: Trial, channel: str, count: int) -> list[Delivery]:
    """Those about to go out, and some that are far from it."""
    waiting = list(Delivery.objects.filter(state=State.PENDING, channel=channel).order_by("pk"))
    return waiting[: count // 2] + trial.dice.sample(waiting[count:], count // 2)


def leave(delivery: Delivery) -> None:
    now = datetime.now(UTC)
    subscriptions.leave(
        contact=delivery.contact,
        segments=[delivery.segment],
        channel=delivery.channel,
        evidence="a link",
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


def test_f15_leaving_stop_pause_and_cancel(begin: Begin, is_full: bool):
    mails, texts, wishes = (20_000, 2_000, 200) if is_full else (2_000, 200, 20)
    trial = begin(CONNECTIONS="4", LEASE_SECONDS="60")
    trial.worker()
    trial.worker()
    # Slow enough that nobody is through before the end.
    trial.mails(delay=0.02 if is_full else 0.05)
    trial.texts(delay=0.1 if is_full else 0.5)
    broadcast = trial.audience(mails, texts)
    trial.start(broadcast)
    trial.until_arrived(mails // 20)

    wish(trial, leave, Channel.EMAIL, wishes)
    wish(trial, complain, Channel.EMAIL, wishes)
    wish(trial, complain, Channel.SMS, wishes // 2)
    trial.until_arrived(trial.arrived() + mails // 20)
    is_silent_when_paused(trial, broadcast)
    broadcasts.resume(broadcast=broadcast)
    trial.until_arrived(trial.arrived() + mails // 50)
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
