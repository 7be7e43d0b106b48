"""A process that may end anywhere, and a provider that may say anything.

A crash takes away the database and the provider at once, as kill -9 does: nothing that would still
be written on the way out is written.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from messaging.channels import (
    Accepted,
    DeadAddress,
    DeliveryFailure,
    Message,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Delivery
from messaging.services import lines
from messaging.services.lines import Result

FAILURES: dict[str, Callable[[], DeliveryFailure]] = {
    "later": lambda: TemporaryFailure(451, "later"),
    "never": lambda: PermanentFailure(554, "no"),
    "nobody": lambda: DeadAddress(550, "5.1.1 nobody here"),
    "our fault": lambda: SenderFault(535, "who are you"),
    "no answer": lambda: UnknownOutcome("timeout", "no answer"),
}
_STILL_ALLOWED = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK")


class Crash(BaseException):
    """The process is gone; no `except Exception` and no clean-up sees to that."""


@dataclass
class Life:
    """Of one process: it ends at its n-th statement or answer, and nothing works afterwards."""

    statements: int = 0
    answers: int = 0
    is_over: bool = False

    def statement(self) -> None:
        self.statements -= 1
        self._go_on(self.statements)

    def answer(self) -> None:
        self.answers -= 1
        self._go_on(self.answers)

    def _go_on(self, left: int) -> None:
        if self.is_over or left == 0:
            self.is_over = True
            raise Crash

    def at_the_database(self, execute, sql, params, many, context):
        if not sql.startswith(_STILL_ALLOWED):
            self.statement()
        return execute(sql, params, many, context)


class StillLines:
    """Lines without threads: a parcel is sent when the sender waits for results."""

    def __init__(self, channel, number: int) -> None:
        self.channel = channel
        self.parcels: list[Sequence[Message]] = []

    def __enter__(self):
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def hand_over(self, messages: Sequence[Message]) -> None:
        self.parcels.append(messages)

    def take_back(self) -> list[int]:
        taken = [message.id for parcel in self.parcels for message in parcel]
        self.parcels.clear()
        return taken

    def results(self, *, seconds: float, enough: int = 1, linger: float = 0) -> list[Result]:
        if not self.parcels:
            return []
        parcel = self.parcels.pop(0)
        with self.channel.open() as line:
            return list(lines._send(line, parcel, self.channel.marks_each))


class Witness(Protocol):
    life: Life

    def sees(self, what: Callable[[], None]) -> None: ...

    def check_it_may_go_out(self, message: Message, provider: "Provider") -> None: ...


@dataclass
class Provider:
    """Behind the channel contract; remembers all it was given."""

    witness: Witness
    marks_each: bool
    batch_size: int = 2
    # What it says next instead of accepting.
    says: list[str] = field(default_factory=list)
    accepted: Counter[int] = field(default_factory=Counter)
    # Ids whose call began and may have counted, however it ended.
    may_count: set[int] = field(default_factory=set)
    parcels: int = 0
    # What it has in hand now, and of which broadcast.
    under_way: frozenset[int] = frozenset()
    broadcast: int = 0
    # Called before a message is taken, in the middle of a parcel.
    meanwhile: Callable[[], None] | None = None

    @contextmanager
    def open(self) -> Iterator["Provider"]:
        self.parcels += 1
        yield self

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        self.under_way = frozenset(message.id for message in messages)
        self.broadcast = Delivery.objects.get(pk=messages[0].id).broadcast_id
        for message in messages:
            outcome = None if message.is_recalled else self._take(message)
            yield outcome
            if isinstance(outcome, SenderFault):
                return

    def _take(self, message: Message) -> Outcome:
        self.witness.life.answer()
        self.witness.sees(lambda: self.witness.check_it_may_go_out(message, self))
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            self.witness.sees(meanwhile)
        word = self.says.pop(0) if self.says else ""
        if word and word != "no answer":
            return FAILURES[word]()
        self.may_count.add(message.id)
        self.accepted[message.id] += 1
        # The answer may never arrive.
        self.witness.life.answer()
        return FAILURES[word]() if word else Accepted(f"id-{message.id}")
