"""One instance per var folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What a killed instance left behind ends within this time.
REMAINS_SECONDS = 30


class AlreadyRunning(RuntimeError):
    """Another instance works in the same folder."""


@contextmanager
def only_one(folder: Path) -> Iterator[int]:
    """Hold the folder's lock; processes that inherit the descriptor keep holding it.

    :raises AlreadyRunning: a living process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "instance.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    deadline = time.monotonic() + REMAINS_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode()
            if _is_alive(holder) or time.monotonic() > deadline:
                raise AlreadyRunning(
                    f"Klartext already runs in {folder} (process {holder}). Stop it first, or set"
                    " KLARTEXT_VAR to another folder to run a second one."
                ) from None
            time.sleep(0.1)


def _is_alive(holder: str) -> bool:
    if not holder.isdigit():
        return False
    try:
        os.kill(int(holder), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
