"""Processes that do nothing, and ways to see whether they are still there."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

from embedded.processes import Process, says

# Each writes its own id and that of a process it started itself.
CODE = """
import os, signal, subprocess, sys, time
{first}
other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("up", os.getpid(), other.pid, flush=True)
time.sleep(600)
"""
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"


def process(name: str, first: str = "", grace: float = 5) -> Process:
    command = (sys.executable, "-c", CODE.format(first=first))
    return Process(name, command, says("up"), grace_seconds=grace)


def pids(folder: Path, name: str) -> list[int]:
    """The processes of the last start."""
    last = (folder / "log" / f"{name}.log").read_text().splitlines()[-1]
    return [int(word) for word in last.split()[1:]]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def gone(*running: int) -> bool:
    return until(lambda: not any(is_alive(pid) for pid in running))
