"""Runs the processes of the embedded set-up together, and leaves none behind."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from django.conf import settings

from embedded import instance, processes
from embedded.child import Child
from embedded.processes import Process

READY_SECONDS = 120
LOOK_SECONDS = 0.2
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
# Whoever lived this long is not in a loop of crashes.
STEADY_SECONDS = 60.0


class Supervisor:
    """Starts processes and keeps them running: `with supervisor.running() as services`."""

    def __init__(
        self,
        which: Sequence[Process] | None = None,
        *,
        folder: Path | None = None,
        say: Callable[[str], object] = print,
    ) -> None:
        self._processes = processes.embedded() if which is None else which
        self._folder = settings.VAR_DIR if folder is None else folder
        self._say = say

    @contextmanager
    def running(self) -> Iterator["Services"]:
        """Run everything until the block is left, however that happens.

        SIGTERM and SIGHUP interrupt the block just as Ctrl-C does: with KeyboardInterrupt.

        :raises instance.AlreadyRunning: another instance works in the same folder.
        :raises child.CannotStart: a process does not come up; none is left running.
        """
        with instance.only_one(self._folder) as lock, _signals_interrupt():
            services = Services(self._children(lock), say=self._say)
            try:
                services.start()
                yield services
            finally:
                services.stop()

    def _children(self, lock: int) -> dict[str, Child]:
        logs = self._folder / "log"
        logs.mkdir(exist_ok=True)
        children = {}
        for process in self._processes:
            log = logs / f"{process.name}.log"
            log.write_bytes(b"")
            children[process.name] = Child(process, log=log, lock=lock)
        return children


class Services:
    """The running processes, by name."""

    def __init__(self, children: dict[str, Child], *, say: Callable[[str], object]) -> None:
        self._children = children
        self._say = say
        self._changing = threading.RLock()
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper")
        self._pauses = dict.fromkeys(children, FIRST_PAUSE_SECONDS)
        self._due: dict[str, float] = {}

    def addresses(self) -> dict[str, str]:
        found = {name: child.process.address for name, child in self._children.items()}
        return {name: address for name, address in found.items() if address}

    def start(self) -> None:
        for child in self._children.values():
            child.start()
        for name in self._children:
            self.until_ready(name)
        self._keeper.start()

    def until_ready(self, name: str) -> None:
        """Wait until a process answers, also after it was killed.

        :raises child.CannotStart: it does not come up.
        """
        child = self._children[name]
        while self._keeper.is_alive() and child.exit_code() is not None:
            time.sleep(LOOK_SECONDS)
        child.until_ready(seconds=READY_SECONDS)

    def restart(self, name: str) -> None:
        """Stop a process as at the end, start it anew, and wait until it answers."""
        with self._changing:
            self._children[name].stop()
            self._begin(name)
        self.until_ready(name)

    def kill(self, name: str) -> None:
        """Kill -9 a process; it is started again after a pause, as after any crash."""
        with self._changing:
            self._children[name].kill()

    def wait(self) -> None:
        """Wait for Ctrl-C or SIGTERM, which come as KeyboardInterrupt."""
        self._over.wait()

    def stop(self) -> None:
        self._over.set()
        try:
            if self._keeper.is_alive():
                self._keeper.join()
            for child in reversed(self._children.values()):
                child.stop()
        finally:
            # Whoever presses Ctrl-C once more does not want to wait.
            for child in self._children.values():
                child.kill()

    def _keep(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            with self._changing:
                for name, child in self._children.items():
                    if child.exit_code() is not None:
                        # A full disk, or nobody left to tell, is no reason to stop trying.
                        with suppress(OSError):
                            self._revive(name, child)

    def _revive(self, name: str, child: Child) -> None:
        now = time.monotonic()
        if name not in self._due:
            child.kill()
            if now - child.started_at > STEADY_SECONDS:
                self._pauses[name] = FIRST_PAUSE_SECONDS
            pause = self._pauses[name]
            self._due[name] = now + pause
            self._pauses[name] = min(pause * 2, LONGEST_PAUSE_SECONDS)
            self._say(
                f"{name} ended with code {child.exit_code()}, it starts again in {pause:.0f} s."
                f" Its last words:\n{child.tail()}"
            )
        elif now >= self._due[name]:
            self._begin(name)
            self._say(f"{name} started again.")

    def _begin(self, name: str) -> None:
        self._due.pop(name, None)
        self._children[name].start()


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # SIGINT as well: whoever is started in the background of a script would ignore it.
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
