"""A broker without a server: kombu's filesystem transport, where messages appear whole."""

import fcntl
import os
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import monotonic_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

_binding = threading.Lock()


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._listed: dict[str, deque[Path]] = {}

    # The library's two base classes disagree on a parameter's name.
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write aside, then rename: otherwise a reader may take a message that is still empty."""
        folder = Path(self.data_folder_out)
        name = uuid.uuid4().hex
        aside = folder / f".{name}"
        aside.write_text(dumps(payload))
        os.replace(aside, folder / f"{monotonic_ns() // 1_000_000}_{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message; whoever removes its file has it.

        One look into the folder serves all that lie there: if each took one of its own, a worker
        that has fallen behind would be the slower the more is waiting.
        """
        listed = self._listed.setdefault(queue, deque())
        if not listed:
            listed.extend(sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")))
        while listed:
            path = listed.popleft()
            try:
                words = path.read_text()
                path.unlink()
            except FileNotFoundError:
                continue
            return loads(words)
        raise Empty

    def queue_bind(self, *args: Any, **kwargs: Any) -> None:
        """Threads share what they know to be bound: none may go by what another is still binding,
        or its message finds no queue."""
        with _binding:
            super().queue_bind(*args, **kwargs)

    # The table of bindings has the same flaw: it is emptied before its writer holds the lock.
    def _queue_bind(self, *args: Any) -> None:
        with self._alone():
            super()._queue_bind(*args)

    def get_table(self, exchange: str) -> Any:
        with self._alone():
            return super().get_table(exchange)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.control_folder.mkdir(exist_ok=True)
        with open(self.control_folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel
