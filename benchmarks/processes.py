"""Children of a measurement: they end with it, and their memory is watched."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.services import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
FOLDER = Path(os.environ.get("BENCH_FOLDER", "/tmp"))
MEBIBYTE = 1 << 20
LOOK_SECONDS = 0.2
# Nothing is lost with a child that does not end by itself.
GRACE_SECONDS = 1


class BenchmarkFailed(RuntimeError):
    """The measurement cannot go on; the message says what to do."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def tail(self) -> str:
        return f"{self.name}, from {self.log}:\n{self.log.read_text(errors='replace')[-3000:]}"

    def must_live(self) -> None:
        """:raises BenchmarkFailed: it has ended."""
        if self.process.poll() is not None:
            raise BenchmarkFailed(f"Ended with {self.process.returncode}: {self.tail()}")


@contextmanager
def child(name: str, command: Sequence[str], **environment: str) -> Iterator[Child]:
    log = FOLDER / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=ROOT,
            env={**os.environ, **environment},
            # Ctrl-C is for the measurement, which then ends its children.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
    try:
        yield Child(name, process, log)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it with whatever it has started, which is in the same group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=GRACE_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def cpu_seconds(process: psutil.Process) -> float:
    """What a process and its children have used so far, those that ended included."""
    spent = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # its parent has counted it by now
            spent += sum(one.cpu_times()[:4])
    return spent


@dataclass
class Memory:
    """The most that each process held at any look, in bytes."""

    rss: dict[str, int] = field(default_factory=dict)
    # What no other process shares with it.
    uss: dict[str, int] = field(default_factory=dict)
    # With all its children; what they share is counted for each.
    family: dict[str, int] = field(default_factory=dict)

    def look(self, processes: Mapping[str, psutil.Process]) -> None:
        for name, process in processes.items():
            with suppress(psutil.NoSuchProcess):
                own = process.memory_info().rss
                others = sum(one.memory_info().rss for one in process.children(recursive=True))
                _raise_to(self.rss, name, own)
                _raise_to(self.family, name, own + others)

    def look_closely(self, processes: Mapping[str, psutil.Process]) -> None:
        for name, process in processes.items():
            with suppress(psutil.NoSuchProcess):
                _raise_to(self.uss, name, process.memory_full_info().uss)


def _raise_to(peaks: dict[str, int], name: str, size: int) -> None:
    peaks[name] = max(peaks.get(name, 0), size)


@contextmanager
def watching(children: Sequence[Child]) -> Iterator[Memory]:
    """Sample the memory of these; unshared memory, which is dear to read, only at the end."""
    memory = Memory()
    processes = {one.name: psutil.Process(one.process.pid) for one in children}
    is_over = threading.Event()

    def keep_looking() -> None:
        while not is_over.wait(LOOK_SECONDS):
            memory.look(processes)

    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        is_over.set()
        thread.join()
        memory.look(processes)
        memory.look_closely(processes)
