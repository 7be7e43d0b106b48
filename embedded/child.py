"""One process of the embedded set-up, on its tether."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from embedded import tether
from embedded.processes import Process

TAIL_LINES = 12
POLL_SECONDS = 0.1


class CannotStart(RuntimeError):
    """A process ended, or did not answer in time, while it was started."""


class Child:
    def __init__(self, process: Process, *, log: Path, lock: int) -> None:
        self.process = process
        self._log = log
        self._lock = lock
        self._tether: subprocess.Popen[bytes] | None = None
        self._last_code = 0
        self._written_before = 0
        self.started_at = 0.0

    def start(self) -> None:
        # The tether inherits the instance's lock: as long as anything runs, no second one starts.
        with self._log.open("ab") as log:
            self._written_before = log.tell()
            self._tether = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", tether.__file__),
                    *(str(self.process.grace_seconds), *self.process.command),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=settings.BASE_DIR,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                pass_fds=[self._lock],
            )
        self.started_at = time.monotonic()

    def exit_code(self) -> int | None:
        """None while it runs."""
        tethered = self._tether
        return tethered.poll() if tethered else self._last_code

    def written(self) -> str:
        """What it wrote since it was last started."""
        with self._log.open("rb") as log:
            log.seek(self._written_before)
            return log.read().decode("utf-8", "replace")

    def tail(self) -> str:
        return "\n".join(f"  {line}" for line in self.written().splitlines()[-TAIL_LINES:])

    def until_ready(self, *, seconds: float) -> None:
        """Wait until it answers.

        :raises CannotStart: it ended, or it is still silent after these seconds.
        """
        deadline = time.monotonic() + seconds
        while not self.process.is_ready(self.written()):
            code = self.exit_code()
            if code is not None:
                self._fail(f"ended with code {code}")
            if time.monotonic() > deadline:
                self._fail(f"did not answer within {seconds:.0f} s")
            time.sleep(POLL_SECONDS)

    def _fail(self, how: str) -> None:
        raise CannotStart(f"{self.process.name} {how}. The end of {self._log}:\n{self.tail()}")

    def stop(self) -> None:
        """Let go of the tether, and wait until nothing of the process is left."""
        if self._tether:
            assert self._tether.stdin
            self._tether.stdin.close()
            self._tether.wait()
            self.kill()

    def kill(self) -> None:
        """End it and all it started at once, as kill -9 does."""
        if self._tether:
            assert self._tether.stdin
            with suppress(ProcessLookupError):
                os.killpg(self._tether.pid, signal.SIGKILL)
            self._last_code = self._tether.wait()
            self._tether.stdin.close()
            self._tether = None
