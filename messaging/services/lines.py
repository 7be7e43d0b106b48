"""The lines to a provider: several connections, each in a thread of its own, none at the database.

Whoever hands messages over decides how many may be under way; what a line has not yet begun can be
taken back.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from messaging.channels import (
    Channel,
    Connection,
    Message,
    Outcome,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)

logger = logging.getLogger(__name__)

# How often whoever waits for several results looks for them.
GLANCE_SECONDS = 0.001

Parcel = Sequence[Message]


@dataclass(slots=True)
class Result:
    """How it went with one message; without an outcome it was not handed to the provider."""

    id: int
    outcome: Outcome | None


class Lines:
    """Up to `number` connections, opened when there is something for them."""

    def __init__(self, channel: Channel, number: int) -> None:
        self.channel, self.number = channel, number
        self._todo: SimpleQueue[Parcel | None] = SimpleQueue()
        self._done: SimpleQueue[Result] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.take_back()
        for _line in self._threads:
            self._todo.put(None)
        for line in self._threads:
            line.join()

    def hand_over(self, messages: Parcel) -> None:
        """Let the next free line send these, in their order."""
        if len(self._threads) < self.number:
            line = threading.Thread(target=self._work, name=f"line {len(self._threads) + 1}")
            self._threads.append(line)
            line.start()
        self._todo.put(messages)

    def take_back(self) -> list[int]:
        """What no line has begun; returns the ids of the messages."""
        taken: list[int] = []
        while True:
            try:
                parcel = self._todo.get_nowait()
            except Empty:
                return taken
            if parcel:
                taken += [message.id for message in parcel]

    def results(self, *, seconds: float, enough: int = 1, linger: float = 0.0) -> list[Result]:
        """What has come back; waits for the first for at most `seconds`.

        Then waits up to `linger` seconds more for `enough` of them, looking now and then: woken by
        every single one, this thread would take the processor from the lines each time.
        """
        try:
            found = [self._done.get(timeout=seconds)]
        except Empty:
            return []
        until = time.monotonic() + linger
        while self._drain(found) < enough and time.monotonic() < until:
            time.sleep(GLANCE_SECONDS)
        return found

    def _drain(self, found: list[Result]) -> int:
        with suppress(Empty):
            while True:
                found.append(self._done.get_nowait())
        return len(found)

    def _work(self) -> None:
        parcel = self._todo.get()
        while parcel:
            try:
                with self.channel.open() as connection:
                    while parcel:
                        for result in _send(connection, parcel, self.channel.marks_each):
                            self._done.put(result)
                        parcel = self._todo.get()
            except Exception as error:
                logger.exception("A line cannot be opened or closed")
                failure = TemporaryFailure(type(error).__name__, str(error))
                for message in parcel or ():
                    self._done.put(Result(message.id, failure))
                parcel = parcel and self._todo.get()


def _send(connection: Connection, parcel: Parcel, marks_each: bool) -> Iterator[Result]:
    """Every message of the parcel gets a result, whatever the channel does."""
    done = 0
    while done < len(parcel):
        try:
            for outcome in connection.send(parcel[done:]):
                yield Result(parcel[done].id, outcome)
                done += 1
            # After a sender's fault the rest was not tried.
            for message in parcel[done:]:
                yield Result(message.id, None)
            return
        except Exception as error:
            # A bug in a channel costs one message, never those behind it.
            logger.exception("A channel failed in an unforeseen way: delivery %s", parcel[done].id)
            failure = UnknownOutcome if marks_each else PermanentFailure
            yield Result(parcel[done].id, failure(type(error).__name__, str(error)))
            done += 1
