"""One broadcast, timed from the call that starts it to the commit of its last result."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import psutil
from django.utils import timezone

from audiences.models import Segment
from benchmarks.engine import message
from benchmarks.engine.watcher import Statements, Watcher
from benchmarks.engine.workers import Workers
from benchmarks.processes import MEBIBYTE, BenchmarkFailed, Memory, cpu_seconds, watching
from messaging.services import broadcasts

LOOK_SECONDS = 0.05
# So long without a single message more means that something hangs.
PATIENCE_SECONDS = 30


@dataclass(frozen=True)
class Sent:
    """How one broadcast went; all seconds count from the call that started it."""

    people: int
    seconds: float
    frozen_seconds: float
    first_seconds: float
    statements: Statements
    memory: Memory
    # Seconds of CPU, by whose: unlike the rates, hardly changed by what else the machine does.
    cpu: Mapping[str, float]

    @property
    def per_second(self) -> float:
        return self.people / self.seconds

    @property
    def queries_per_1000(self) -> float:
        return self.statements.queries * 1000 / self.people

    @property
    def control_per_1000(self) -> float:
        """BEGIN, COMMIT and the like."""
        return self.statements.control * 1000 / self.people

    @property
    def memory_mb(self) -> float:
        """Of the sending process that took most."""
        return max(self.memory.rss.values()) / MEBIBYTE

    @property
    def unshared_mb(self) -> float:
        return max(self.memory.uss.values()) / MEBIBYTE

    @property
    def cpu_us(self) -> dict[str, float]:
        """Microseconds of CPU per message."""
        return {name: spent * 1e6 / self.people for name, spent in self.cpu.items()}

    def line(self) -> str:
        cpu = ", ".join(f"{name} {spent:.0f}" for name, spent in self.cpu_us.items())
        return (
            f"{self.people:,} in {self.seconds:.2f} s = {self.per_second:,.0f}/s, first after "
            f"{self.first_seconds:.2f} s, frozen after {self.frozen_seconds:.2f} s, "
            f"{self.queries_per_1000:.0f} queries (+ {self.control_per_1000:.0f} BEGIN, COMMIT) "
            f"per 1,000, {self.memory_mb:.0f} MB, CPU in µs per message: {cpu}"
        )


def measure(*, segment: Segment, people: int, workers: Workers, watcher: Watcher) -> Sent:
    """Send to one segment with workers that are up.

    :raises BenchmarkFailed: it does not end, or not everybody was written to.
    """
    announcement = message.to(segment)
    watcher.reset()
    cpu = _cpu(workers, watcher)
    with watching(workers.senders) as memory:
        began = time.time()
        broadcast = broadcasts.start(announcement=announcement, by=None, now=timezone.now())
        frozen_seconds = _wait(broadcast.pk, workers, watcher, began)
        statements = watcher.statements()
    used = {name: spent - cpu[name] for name, spent in _cpu(workers, watcher).items()}
    states = watcher.states(broadcast.pk)
    if states != {"accepted": people}:
        raise BenchmarkFailed(f"Expected {people} accepted, found {states}.{_logs(workers)}")
    first, last = watcher.times(broadcast.pk)
    return Sent(people, last - began, frozen_seconds, first - began, statements, memory, used)


def _cpu(workers: Workers, watcher: Watcher) -> dict[str, float]:
    senders = {one.name: cpu_seconds(psutil.Process(one.process.pid)) for one in workers.senders}
    return {**senders, "database": cpu_seconds(watcher.server)}


def _wait(broadcast_id: int, workers: Workers, watcher: Watcher, began: float) -> float:
    """Until nothing is left to send; returns the seconds until the recipients were frozen."""
    frozen_seconds, progress = 0.0, Progress(watcher, broadcast_id)
    while True:
        is_frozen, is_done = watcher.look(broadcast_id)
        if is_frozen and not frozen_seconds:
            frozen_seconds = time.time() - began
        if is_done:
            return frozen_seconds
        workers.must_live()
        if progress.stands_still():
            raise BenchmarkFailed(f"Nothing moves: {progress.states}.{_logs(workers)}")
        time.sleep(LOOK_SECONDS)


class Progress:
    """Looks now and then, since counting costs what is measured, whether anything still moves."""

    def __init__(self, watcher: Watcher, broadcast_id: int) -> None:
        self.watcher, self.broadcast_id = watcher, broadcast_id
        self.states: dict[str, int] = {}
        self.looked_at = time.monotonic()

    def stands_still(self) -> bool:
        if time.monotonic() - self.looked_at < PATIENCE_SECONDS:
            return False
        before, self.states = self.states, self.watcher.states(self.broadcast_id)
        self.looked_at = time.monotonic()
        return self.states == before


def _logs(workers: Workers) -> str:
    return "".join(f"\n\n{one.tail()}" for one in (*workers.senders, workers.timeline))
