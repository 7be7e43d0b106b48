"""The database and the broker of this run, to be killed: tests.services starts them again."""

import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import redis
from django.db import connection

from tests.faults.trial import patiently

postgres_only = pytest.mark.skipif(
    "TEST_SERVICES" not in os.environ, reason="no server here that is started again"
)
sqlite_only = pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ, reason="about the embedded database"
)


def restart_postgres() -> None:
    """As `pg_ctl restart -m immediate` does: no farewell, then recovery."""
    folder = patiently(lambda: _ask("SHOW data_directory"))
    pid = int(Path(str(folder), "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGQUIT)


def end_connections() -> None:
    """Every connection to the database but this one."""
    patiently(
        lambda: _ask(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )


def _ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _broker() -> "redis.Redis":
    return redis.Redis.from_url(os.environ["TEST_REDIS_URL"])


def kill_broker() -> None:
    with _broker() as broker:
        os.kill(int(broker.info("server")["process_id"]), signal.SIGKILL)


def empty_broker() -> None:
    with _broker() as broker:
        broker.flushall()


@contextmanager
def no_broker() -> Iterator[None]:
    """Kill it, and let it be started again only afterwards."""
    hold = Path(os.environ["TEST_SERVICES"], "hold")
    hold.touch()
    try:
        kill_broker()
        yield
    finally:
        hold.unlink()


@contextmanager
def full_disk(pids: Iterable[int]) -> Iterator[None]:
    """These processes and their children can write to no file meanwhile."""
    workers = [psutil.Process(pid) for pid in pids]
    struck = [one for worker in workers for one in (worker, *worker.children(recursive=True))]
    before = [one.rlimit(psutil.RLIMIT_FSIZE) for one in struck]
    for one, (_soft, hard) in zip(struck, before, strict=True):
        one.rlimit(psutil.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for one, limits in zip(struck, before, strict=True):
            if one.is_running():
                one.rlimit(psutil.RLIMIT_FSIZE, limits)
