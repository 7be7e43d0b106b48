"""One run under faults: an audience, real workers, the other side, and what came of it."""

import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models.functions import Now

from audiences.models import Channel, Contact, Segment, Subscription
from messaging import states
from messaging.channels import registry
from messaging.models import Broadcast, Delivery
from messaging.services import deliveries, recovery, wake
from messaging.states import State
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    SegmentFactory,
)
from tests.faults import journal, oracle
from tests.faults.journal import ACCEPTED, Entry
from tests.faults.oracle import Row, Verdict
from tests.faults.orders import Orders
from tests.faults.plugin import Line
from tests.processes import Processes

T = TypeVar("T")
LOOK_SECONDS = 0.25
# A supervisor's patience with a worker that was told to stop.
STOP_SECONDS = 45


def window(connections: int) -> int:
    """How many e-mails one killed sender may repeat: those handed over and not yet recorded.

    A parcel in hand and one to come for each connection.
    """
    busy = 2 * connections * registry.get(Channel.EMAIL).batch_size
    return max(deliveries.WINDOW, min(busy, max(deliveries.WIDEST, 2 * connections)))


@dataclass
class Worker:
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def is_ready(self) -> bool:
        return self.process.poll() is None and b" ready." in self.log.read_bytes()


@dataclass
class Trial:
    """`seed` decides every choice that is not the machine's own."""

    name: str
    seed: int
    run: Processes
    folder: Path
    report: Callable[[Line], None]
    workers: list[Worker] = field(default_factory=list)
    beats: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    # How many workers ended by themselves and were started again, as a supervisor does.
    restarted: int = 0
    # From when on a delivery must not go out any more.
    barred_at: dict[int, float] = field(default_factory=dict)
    # Whether what is put off comes again at once.
    hurries: bool = False
    expected: int = 0
    _next_sweep: float = 0.0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.began = time.monotonic()

    # The other side

    def mails(self, **orders: object) -> None:
        """Start the mail server, or change its behaviour."""
        self._other_side("mails", "tests.faults.sink", self.run.port + 1, orders)

    def texts(self, **orders: object) -> None:
        """Start the stand-in for Twilio, or change its behaviour."""
        self._other_side("texts", "tests.faults.texts", self.run.port + 2, orders)

    def _other_side(self, name: str, module: str, port: int, orders: Mapping[str, object]) -> None:
        path = self.folder / f"{name}.json"
        is_up = path.exists()
        Orders(seed=self.seed, **orders).write(path)
        if not is_up:
            self.run.start("-m", module, str(self.folder), str(port), log=self.folder / "log")

    def entries(self, channel: str = Channel.EMAIL) -> list[Entry]:
        name = "mails" if channel == Channel.EMAIL else "texts"
        return list(journal.read(self.folder / name))

    def arrived(self, channel: str = Channel.EMAIL) -> int:
        return sum(entry.what == ACCEPTED for entry in self.entries(channel))

    # Our side

    def audience(self, mails: int = 0, texts: int = 0, **kwargs: object) -> Broadcast:
        """A broadcast to so many people by e-mail, and to so many of them by SMS."""
        counts = {Channel.EMAIL: mails, Channel.SMS: texts}
        channels = [channel for channel, count in counts.items() if count]
        segment = SegmentFactory()
        people = Contact.objects.bulk_create(
            ContactFactory.build(phone=f"+4477{self.expected + number:08}")
            for number in range(max(mails, texts))
        )
        told = [(one, channel) for channel in channels for one in people[: counts[channel]]]
        Subscription.objects.bulk_create(_subscription(one, segment, name) for one, name in told)
        broadcast = BroadcastFactory(channels=channels, frozen_at=None, **kwargs)
        BroadcastContentFactory(broadcast=broadcast)
        broadcast.segments.add(segment)
        self.expected += len(told)
        return broadcast

    def start(self, broadcast: Broadcast) -> None:
        wake.freezer(broadcast_id=broadcast.pk)

    def worker(self) -> Worker:
        log = self.folder / f"worker-{len(self.run.running)}.log"
        worker = Worker(self.run.worker(log), log)
        self.workers.append(worker)
        return worker

    def workers_and_beat(self, count: int = 2) -> None:
        for _number in range(count):
            self.worker()
        self.beat()

    def beat(self) -> None:
        self.beats.append(self.run.beat(self.folder / "log"))

    def ready(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.is_ready]

    def kill(self, worker: Worker) -> None:
        self.run.kill(worker.process)
        self.workers.remove(worker)

    def kill_all(self) -> None:
        """Workers and beats at once, as when a machine loses its power."""
        for process in [*(worker.process for worker in self.workers), *self.beats]:
            self.run.kill(process)
        self.workers.clear()
        self.beats.clear()

    def stop(self, worker: Worker) -> None:
        """Ask it to end, and see that it does so in time."""
        worker.process.send_signal(signal.SIGTERM)
        worker.process.wait(timeout=STOP_SECONDS)
        self.workers.remove(worker)

    def look_after_workers(self) -> None:
        """Start again what has ended by itself."""
        for worker in [one for one in self.workers if one.process.poll() is not None]:
            self.workers.remove(worker)
            self.worker()
            self.restarted += 1

    # Time

    def wait(self, condition: Callable[[], object], *, seconds: float = 60) -> None:
        """:raises AssertionError: it did not come true in time; with what the workers say."""
        until = time.monotonic() + seconds
        while not condition():
            self.go_on()
            assert time.monotonic() < until, "\n".join(
                [f"not in {seconds} s, {self.states()}", *self.troubles()]
            )

    def troubles(self) -> list[str]:
        """The latest complaints of the workers."""
        logs = sorted(self.folder.glob("worker-*.log"))
        return [
            f"{log.name}: {line}"
            for log in logs
            for line in log.read_text(errors="replace").splitlines()
            if any(level in line for level in (" error ", " critical ", " warning messaging"))
        ][-20:]

    def go_on(self) -> None:
        """What happens meanwhile: supervision and, without beat, the sweep."""
        self.look_after_workers()
        if not self.beats and time.monotonic() > self._next_sweep:
            patiently(lambda: recovery.sweep(now=datetime.now(UTC)))
            self._next_sweep = time.monotonic() + 1
        if self.hurries:
            patiently(_bring_forward)
        time.sleep(LOOK_SECONDS)

    def stretches(self, number: int, total: int, *, seconds: float = 60) -> Iterator[int]:
        """So many moments at random, spread over the arrival of so many messages."""
        for each in range(number):
            self.until_arrived(int((each + self.dice.random()) * total / (number + 1)), seconds)
            yield each
        assert self.arrived() < total, "the faults came too late to matter"

    def until_arrived(self, count: int, seconds: float = 60) -> None:
        """:raises AssertionError: nothing more arrives for so long."""
        while (here := self.arrived()) < count:
            self.wait(lambda here=here: self.arrived() > here, seconds=seconds)

    def drain(self, *, seconds: float = 240) -> None:
        """Until every row is final and every broadcast over."""
        self.wait(lambda: patiently(_is_drained), seconds=seconds)

    # The verdict

    def conclude(self, *, bound: int, text_bound: int = 0) -> dict[str, Verdict]:
        """Enter the run into the table, and fail unless everything but repeats is right.

        :raises AssertionError: says what is wrong, and how to do the same again.
        """
        verdicts, seconds = self.verdicts(), time.monotonic() - self.began
        complaints = []
        for channel, verdict in verdicts.items():
            most = bound if channel == Channel.EMAIL else text_bound
            self.report(Line(self.name, self.seed, channel, verdict, most, seconds))
            complaints += [f"{channel}: {words}" for words in verdict.complaints(bound=most)]
        again = f'make faults ARGS="-k {self.name} --seed {self.seed}"'
        assert not complaints, "\n".join([*complaints, f"The same again: {again}"])
        return verdicts

    def verdicts(self) -> dict[str, Verdict]:
        """By channel; the audience itself has to be complete."""
        rows = patiently(
            lambda: list(Delivery.objects.values_list("channel", "pk", "state", "address"))
        )
        assert len(rows) == self.expected, f"{len(rows)} of {self.expected} frozen"
        return {
            channel: oracle.judge(
                [Row(*rest) for name, *rest in rows if name == channel],
                self.entries(channel),
                barred_at=self.barred_at,
            )
            for channel in {row[0] for row in rows}
        }

    def states(self, channel: str = Channel.EMAIL) -> dict[str, int]:
        rows = Delivery.objects.filter(channel=channel).values_list("state", flat=True)
        counted: dict[str, int] = {}
        for state in patiently(lambda: list(rows)):
            counted[state] = counted.get(state, 0) + 1
        return counted


def _subscription(person: Contact, segment: Segment, channel: Channel) -> Subscription:
    confirmed = Subscription.State.CONFIRMED
    return Subscription(contact=person, segment=segment, channel=channel, state=confirmed)


def _bring_forward() -> None:
    put_off = Delivery.objects.filter(state=State.PENDING, not_before__gt=Now())
    put_off.update(not_before=Now())


def _is_drained() -> bool:
    at_work = Broadcast.objects.filter(state__in=[Broadcast.State.SENDING, Broadcast.State.PAUSED])
    is_open = Delivery.objects.filter(state__in=states.OPEN)
    return not at_work.exists() and not is_open.exists()


def patiently(work: Callable[[], T]) -> T:
    """This process meets the faults, too: a database that restarts, or is locked."""
    until = time.monotonic() + 60
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.5)
