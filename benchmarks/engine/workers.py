"""The processes of a production installation: senders, and one for the timeline with the clock."""

import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from benchmarks.processes import BenchmarkFailed, Child, child

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Workers:
    senders: Sequence[Child]
    timeline: Child

    def must_live(self) -> None:
        for one in (*self.senders, self.timeline):
            one.must_live()


@contextmanager
def running(chosen: Namespace, mail_port: int, connections: int) -> Iterator[Workers]:
    """Have them up and listening.

    :raises BenchmarkFailed: one does not start.
    """
    senders = range(1, chosen.senders + 1)
    environment = {
        "CONNECTIONS": str(connections),
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "LOG_LEVEL": chosen.log_level,
    }

    def celery(name: str, queue: str, *more: str) -> Child:
        command = [
            *(sys.executable, "-m", "celery", "-A", "config", "worker", "--pool", "threads"),
            *("--queues", queue, "--hostname", f"{name}@bench", "--loglevel", "info", *more),
        ]
        return stack.enter_context(child(name, command, **environment))

    with ExitStack() as stack:
        workers = Workers(
            [celery(f"sender-{n}", "sending", "--concurrency", "1") for n in senders],
            celery("timeline", "timeline", "--concurrency", "2", "--beat"),
        )
        _until_ready([*workers.senders, workers.timeline])
        yield workers


def _until_ready(children: list[Child]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    for one in children:
        while " ready." not in one.log.read_text(errors="replace"):
            one.must_live()
            if time.monotonic() > until:
                raise BenchmarkFailed(f"Not ready in {PATIENCE_SECONDS} s: {one.tail()}")
            time.sleep(0.1)
