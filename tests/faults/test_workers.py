"""Senders that are killed, or told to stop, in the middle of a fan-out."""

import pytest

from messaging.states import State
from tests.faults.conftest import Begin
from tests.faults.trial import Trial, window

CONNECTIONS = 8
SENDERS = 2

pytestmark = pytest.mark.slow(reason="real processes are started, killed and waited for")


def begin_with_workers(begin: Begin, **environment: str) -> Trial:
    trial = begin(CONNECTIONS=str(CONNECTIONS), **environment)
    for _number in range(SENDERS):
        trial.worker()
    return trial


def kill_in_the_middle(trial: Trial, kills: int, total: int) -> None:
    for _kill in trial.stretches(kills, total):
        trial.wait(trial.ready)
        trial.kill(trial.dice.choice(trial.ready()))
        trial.worker()


def test_f1_kill_9_of_senders(begin: Begin, is_full: bool):
    mails, texts, kills = (20_000, 1_000, 20) if is_full else (1_000, 60, 2)
    trial = begin_with_workers(begin)
    trial.mails(delay=0.02)
    trial.texts(delay=0.7)
    trial.start(trial.audience(mails, texts))

    kill_in_the_middle(trial, kills, mails)
    trial.mails()
    trial.drain()

    trial.conclude(bound=kills * window(CONNECTIONS), text_bound=0)
    assert trial.states("sms").get(State.UNKNOWN, 0) <= kills * CONNECTIONS
    assert trial.restarted == 0


@pytest.mark.full
def test_f1_kill_9_one_by_one(begin: Begin):
    mails, kills = 20_000, 20
    trial = begin_with_workers(begin, RECORD_ONE_BY_ONE="yes")
    trial.mails(delay=0.02)
    trial.start(trial.audience(mails))

    kill_in_the_middle(trial, kills, mails)
    trial.mails()
    trial.drain()

    trial.conclude(bound=kills * CONNECTIONS)


@pytest.mark.full
def test_f2_kill_9_of_everything(begin: Begin):
    mails, texts, kills = 20_000, 500, 10
    trial = begin(CONNECTIONS=str(CONNECTIONS))
    trial.mails(delay=0.02)
    trial.texts(delay=1)
    trial.workers_and_beat()
    trial.wait(trial.ready)
    trial.start(trial.audience(mails, texts))

    # The first time in the middle of the freeze, or before it.
    for kill in range(kills):
        if kill:
            trial.until_arrived(int((kill + trial.dice.random()) * mails / (kills + 1)))
        trial.kill_all()
        trial.workers_and_beat()
    trial.mails()
    trial.drain()

    trial.conclude(bound=kills * SENDERS * window(CONNECTIONS))
    assert trial.states("sms").get(State.UNKNOWN, 0) <= kills * SENDERS * CONNECTIONS


@pytest.mark.full
def test_f3_sigterm(begin: Begin):
    mails, texts, stops = 20_000, 1_000, 20
    trial = begin_with_workers(begin)
    trial.mails(delay=0.02)
    trial.texts(delay=1)
    trial.start(trial.audience(mails, texts))

    for _stop in trial.stretches(stops, mails):
        trial.wait(trial.ready)
        trial.stop(trial.dice.choice(trial.ready()))
        trial.worker()
    trial.mails()
    trial.drain()

    trial.conclude(bound=0)
    assert State.UNKNOWN not in trial.states("sms")
