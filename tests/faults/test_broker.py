"""The broker goes away and comes back; the rows are the queue, so nothing waits for it long."""

from contextlib import suppress

import pytest
from redis.exceptions import ConnectionError as NoBroker

from messaging.services import wake
from tests.faults import servers
from tests.faults.conftest import Begin
from tests.faults.trial import window

RESUMES_SECONDS = 60

CONNECTIONS = 8

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow(reason="servers are killed and waited for"),
    servers.postgres_only,
]


def test_f4_broker_killed_again_and_again(begin: Begin):
    rounds, mails, texts = 20, 500, 20
    trial = begin(CONNECTIONS=str(CONNECTIONS))
    trial.mails(delay=0.01)
    trial.texts()
    trial.workers_and_beat()
    trial.wait(trial.ready)

    for _round in range(rounds):
        wanted = trial.arrived() + mails
        trial.start(trial.audience(mails, texts))
        trial.until_arrived(wanted - mails + trial.dice.randrange(mails))
        with suppress(NoBroker):  # it may still be coming back
            servers.kill_broker()
        trial.until_arrived(wanted, seconds=RESUMES_SECONDS)
    trial.drain()

    # A worker whose main process ends over it, and is started again, counts as killed.
    trial.conclude(bound=trial.restarted * window(CONNECTIONS))


def test_f4_no_broker_from_the_start(begin: Begin):
    trial = begin(CONNECTIONS=str(CONNECTIONS))
    trial.mails()
    with servers.no_broker():
        trial.workers_and_beat()
        trial.start(trial.audience(2_000))
        for _look in range(20):
            trial.go_on()
        assert trial.arrived() == 0

    trial.until_arrived(2_000, seconds=RESUMES_SECONDS)
    trial.drain()

    trial.conclude(bound=0)


def test_f4_broker_forgets_everything(begin: Begin):
    mails = 10_000
    trial = begin(CONNECTIONS=str(CONNECTIONS))
    trial.mails(delay=0.02)
    trial.workers_and_beat()
    trial.start(trial.audience(mails))

    for _time in trial.stretches(10, mails):
        servers.empty_broker()
    trial.mails()
    trial.drain()

    trial.conclude(bound=0)


def test_f14_the_same_wake_up_many_times(begin: Begin):
    trial = begin(CONNECTIONS=str(CONNECTIONS))
    trial.mails()
    broadcast = trial.audience(5_000)
    for _number in range(50):
        trial.start(broadcast)
        wake.senders(channels=broadcast.channels)
        wake.sweeper()
    trial.workers_and_beat(3)

    trial.drain()

    trial.conclude(bound=0)


def test_f13_two_beats_and_three_dispatchers(begin: Begin):
    trial = begin(CONNECTIONS=str(CONNECTIONS), SENDERS="3")
    trial.mails()
    trial.texts()
    trial.workers_and_beat(3)
    trial.beat()
    for _number in range(5):
        trial.start(trial.audience(2_000, 200))

    trial.drain()

    trial.conclude(bound=0)
