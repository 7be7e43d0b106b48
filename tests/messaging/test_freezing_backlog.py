"""Whose wake-up was lost is found again, without filling the queue of those that are late."""

from datetime import UTC, datetime

import pytest

from messaging import tasks
from messaging.models import Broadcast
from messaging.services import recipients, recovery, wake
from tests.factories import BroadcastFactory, ContactFactory, SegmentFactory, SubscriptionFactory

NOW = datetime.now(UTC)


@pytest.fixture
def waiting(db):
    """Three broadcasts to one customer; the last is the most urgent."""
    segment = SegmentFactory()
    SubscriptionFactory(contact=ContactFactory(), segment=segment)
    found = [BroadcastFactory(frozen_at=None, priority=number) for number in (9, 5, 1)]
    for broadcast in found:
        broadcast.segments.set([segment])
    return found


def frozen():
    return set(Broadcast.objects.exclude(frozen_at=None))


def test_a_sweep_wakes_one_freezer_however_many_broadcasts_wait(waiting, monkeypatch):
    woken = []
    monkeypatch.setattr(wake, "publish", lambda task, **kwargs: woken.append(task))

    recovery.sweep(now=NOW)

    assert woken == ["messaging.tasks.freeze_waiting"]


def test_one_wake_up_freezes_all_that_waits(waiting):
    tasks.freeze_waiting()

    assert frozen() == set(waiting)


def test_the_most_urgent_goes_first_where_time_is_short(waiting, monkeypatch):
    monkeypatch.setattr(recipients, "TURN_SECONDS", 0)

    tasks.freeze_waiting()

    assert frozen() == {waiting[-1]}


def test_what_cannot_be_frozen_keeps_out_no_other(waiting, monkeypatch, caplog):
    bulk, normal, urgent = waiting
    write = recipients.freeze_window

    def failing(*, broadcast_id, now):
        if broadcast_id == urgent.pk:
            raise RuntimeError("broken")
        return write(broadcast_id=broadcast_id, now=now)

    monkeypatch.setattr(recipients, "freeze_window", failing)

    tasks.freeze_waiting()

    assert frozen() == {bulk, normal}
    assert f"broadcast {urgent.pk} cannot" in caplog.text
