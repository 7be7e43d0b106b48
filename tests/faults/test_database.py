"""The database restarts, drops its connections, or is locked by somebody else."""

import sqlite3
import time

import pytest
from django.db import connection

from messaging.states import State
from tests.faults import servers
from tests.faults.conftest import Begin
from tests.faults.trial import window

CONNECTIONS = 8

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow(reason="a database is restarted, or locked for seconds"),
]


@servers.postgres_only
def test_f5_postgresql_restarted(begin: Begin):
    mails, texts, restarts, senders = 20_000, 1_000, 5, 2
    trial = begin(CONNECTIONS=str(CONNECTIONS), TEST_LEASE_SECONDS="15")
    trial.mails(delay=0.02)
    trial.texts(delay=1)
    trial.workers_and_beat(senders)
    trial.start(trial.audience(mails, texts))

    for _restart in trial.stretches(restarts, mails):
        servers.restart_postgres()
    trial.mails()
    trial.drain()

    trial.conclude(bound=restarts * senders * window(CONNECTIONS))
    assert trial.restarted == 0, "no worker needs a hand"


@servers.postgres_only
def test_f5_connections_ended(begin: Begin):
    mails, texts, times = 20_000, 1_000, 20
    trial = begin(CONNECTIONS=str(CONNECTIONS), TEST_LEASE_SECONDS="15")
    trial.mails(delay=0.02)
    trial.texts(delay=1)
    trial.workers_and_beat()
    trial.start(trial.audience(mails, texts))

    for _time in trial.stretches(times, mails):
        servers.end_connections()
    trial.mails()
    trial.drain()

    # What was accepted meanwhile is still at hand when the connection is back.
    trial.conclude(bound=0)
    assert State.UNKNOWN not in trial.states("sms")


@servers.sqlite_only
def test_f6_somebody_else_writes_for_long(begin: Begin):
    mails, times = 10_000, 5
    trial = begin(CONNECTIONS="4", TEST_LEASE_SECONDS="30")
    trial.mails(delay=0.02)
    trial.workers_and_beat()
    trial.start(trial.audience(mails))

    for _time in trial.stretches(times, mails):
        other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(8)
        other.execute("ROLLBACK")
        other.close()
    trial.mails()
    trial.drain()

    trial.conclude(bound=0)
    assert not [log for log in trial.folder.glob("*log") if "locked" in log.read_text()]


@servers.sqlite_only
def test_f6_the_disk_is_full(begin: Begin):
    mails, times = 10_000, 5
    trial = begin(CONNECTIONS="4", TEST_LEASE_SECONDS="60")
    trial.mails(delay=0.02)
    trial.workers_and_beat()
    trial.start(trial.audience(mails))

    for _time in trial.stretches(times, mails):
        with servers.full_disk(one.process.pid for one in trial.workers):
            time.sleep(1)
            before = trial.states("email")
            time.sleep(4)
            assert trial.states("email") == before
    trial.mails()
    trial.drain()

    # What was accepted waits in memory until there is room again.
    trial.conclude(bound=0)
    assert trial.restarted == 0, "no worker needs a hand"
