"""Real processes beside a test: workers and the stand-ins, on the test's own database."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.ports import free_ports

ROOT = Path(__file__).parent.parent


class Processes:
    """Starts commands with this test's settings; `port` is the first of three free ones."""

    def __init__(self, **environment: str) -> None:
        self.port = free_ports(3)
        self.wanted = environment
        self.running: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "KLARTEXT_VAR": str(settings.VAR_DIR),
            "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"]),
            "EMBEDDED_PORT": str(self.port),
            "TEST_LEASE_SECONDS": "3",
            "SENDERS": "2",
            **self.wanted,
        }

    def start(self, *command: str, log: Path | None = None) -> "subprocess.Popen[bytes]":
        path = log or settings.VAR_DIR / f"{command[0]}.log"
        output = path.open("ab")
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        output.close()
        self.running.append(process)
        return process

    def worker(self, log: Path | None = None) -> "subprocess.Popen[bytes]":
        options = ("--pool=threads", "--concurrency=4", "--without-gossip", "--without-mingle")
        queues = "--queues=sending,timeline"
        return self.start(
            *("-m", "celery", "-A", "config", "worker", "--loglevel=info", queues, *options),
            log=log,
        )

    def beat(self, log: Path | None = None) -> "subprocess.Popen[bytes]":
        schedule = f"--schedule={settings.VAR_DIR}/beat-{len(self.running)}"
        return self.start("-m", "celery", "-A", "config", "beat", "--pidfile=", schedule, log=log)

    def web(self, log: Path | None = None) -> "subprocess.Popen[bytes]":
        options = ("--interface=wsgi", "--host=127.0.0.1", f"--port={self.port}")
        return self.start("-m", "granian", *options, "config.wsgi:application", log=log)

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        for process in self.running:
            if process.poll() is None:
                self.kill(process)


@contextmanager
def running(**environment: str) -> Iterator[Processes]:
    """Whatever was started ends with the block; `environment` is for these processes alone."""
    processes = Processes(**environment)
    try:
        yield processes
    finally:
        processes.end()


def wait_for(condition: Callable[[], object], *, seconds: float = 60) -> None:
    """:raises AssertionError: it did not come true in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not in {seconds} s: {condition}"
        time.sleep(0.05)
