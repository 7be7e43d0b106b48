"""The database and the broker of this run, to be killed: tests.services starts them again."""

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
import pytest
import redis
from django.db import connection

from tests.faults.trial import patiently
from tests.services import postgres_tool

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


def dump(path: Path) -> None:
    """A backup of everything, as an operator takes it while the workers go on."""
    if connection.vendor == "sqlite":
        _copy(connection.settings_dict["NAME"], path)
    else:
        _postgres_tool("pg_dump", "--format=custom", f"--file={path}")


def restore(path: Path) -> None:
    """Bring back what `dump()` wrote; nobody else may be at the database."""
    connection.close()
    if connection.vendor == "sqlite":
        _copy(path, connection.settings_dict["NAME"])
    else:
        _postgres_tool("pg_restore", "--clean", "--if-exists", "--single-transaction", str(path))


def _copy(source: str | Path, target: str | Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


def _postgres_tool(name: str, *arguments: str) -> None:
    settings = connection.settings_dict
    server = [f"--host={settings['HOST']}", f"--port={settings['PORT'] or 5432}"]
    whose = [f"--username={settings['USER']}", f"--dbname={settings['NAME']}"]
    subprocess.run([postgres_tool(name), *server, *whose, *arguments], check=True)
