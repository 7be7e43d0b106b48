"""Where the mail goes: Postfix's smtp-sink at full speed, or our own that takes its time."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import BenchmarkFailed, Child, child

_LIBRARIES = {"LD_LIBRARY_PATH": os.environ.get("BENCH_LIBRARIES", "")}


def program(name: str) -> str:
    """:raises BenchmarkFailed: it is not installed."""
    found = shutil.which(name)
    if found is None:
        raise BenchmarkFailed(f"{name} is missing. `make bench` fetches it; see scripts/bench.")
    return found


@contextmanager
def fast(port: int) -> Iterator[Child]:
    command = [program("smtp-sink"), "-4", f"127.0.0.1:{port}", "512"]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    with child("sink", command, **_LIBRARIES) as sink:
        _until_it_answers(port, sink)
        yield sink


@contextmanager
def slow(port: int, *, delay: float, keep: Path | None = None) -> Iterator[Child]:
    command = [sys.executable, "-m", "benchmarks.slow_sink", str(port), str(delay)]
    if keep:
        command.append(str(keep))
    with child("slow-sink", command) as sink:
        _until_it_answers(port, sink)
        yield sink


def _until_it_answers(port: int, sink: Child) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        sink.must_live()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise BenchmarkFailed(f"The mail sink does not answer on port {port}: {sink.tail()}")


def raw(port: int, *, messages: int, mail: Path) -> float:
    """Copies of this mail that smtp-source sends in a second, on two kept connections."""
    command = [
        *(program("smtp-source"), "-4", "-d", "-s", "2", "-m", str(messages)),
        *("-f", "bounces@example.com", "-t", "p000000@example.com", "-F", str(mail)),
        f"127.0.0.1:{port}",
    ]
    began = time.perf_counter()
    if subprocess.run(command, env={**os.environ, **_LIBRARIES}, check=False).returncode:
        raise BenchmarkFailed("smtp-source could not send; is the disk full, or the port taken?")
    return messages / (time.perf_counter() - began)
