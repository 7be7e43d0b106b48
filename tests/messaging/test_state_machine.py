"""Any order of sending, crashing and interfering keeps the promises about every single row.

The real services work on real rows; the provider is a fake behind the channel contract, its lines
stand in the sender's own thread, and a crash takes away the database and the provider at once, as
kill -9 does: nothing that would still be written on the way out is written.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, event
from hypothesis import settings as Effort
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pytest_django import Settings

from audiences.models import Channel, Contact, Subscription, Suppression
from audiences.services import suppressions
from messaging import states
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
    registry,
)
from messaging.models import Broadcast, Circuit, Delivery, Lease
from messaging.services import (
    broadcasts,
    circuits,
    claiming,
    deliveries,
    events,
    lines,
    recipients,
    recording,
    recovery,
)
from messaging.services.events import Report
from messaging.services.lines import Result
from messaging.states import State
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
)

PEOPLE, BROADCASTS = 6, 4
LONG = 3_000
CHANNELS = (Channel.EMAIL, Channel.SMS)
# Where what is said about an SMS later may come from, in any order.
WORDS = (State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.FAILED)
ARRIVED = {
    *(State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.BOUNCED, State.COMPLAINED),
    State.UNKNOWN,
}
FINAL = set(State) - states.OPEN
FAILURES: dict[str, Callable[[], DeliveryFailure]] = {
    "later": lambda: TemporaryFailure(451, "later"),
    "never": lambda: PermanentFailure(554, "no"),
    "nobody": lambda: DeadAddress(550, "5.1.1 nobody here"),
    "our fault": lambda: SenderFault(535, "who are you"),
    "no answer": lambda: UnknownOutcome("timeout", "no answer"),
}
INTERFERENCES = ["suppress", "unsubscribe", "pause", "resume", "resume", "cancel", "grow old"]
# "" is yes; refusals are rarer, since some of them end the run.
ANSWERS = st.lists(st.sampled_from([*[""] * 12, *FAILURES]), max_size=2 * PEOPLE)
# At which statement a process ends; 0: at none.
STATEMENTS = st.one_of(st.just(0), st.integers(1, 40))
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


@dataclass
class Provider:
    """Behind the channel contract; remembers all it was given."""

    machine: "Sending"
    marks_each: bool
    batch_size: int = 8
    # What it says next instead of accepting.
    says: list[str] = field(default_factory=list)
    accepted: Counter[int] = field(default_factory=Counter)
    # Ids whose call began and may have counted, however it ended.
    may_count: set[int] = field(default_factory=set)
    parcels: int = 0
    under_way: frozenset[int] = frozenset()
    # Called before a message is taken, in the middle of a parcel.
    meanwhile: Callable[[], None] | None = None

    @contextmanager
    def open(self) -> Iterator["Provider"]:
        self.parcels += 1
        yield self

    def send(self, messages: Sequence[Message]) -> Iterator[Outcome | None]:
        self.under_way = frozenset(message.id for message in messages)
        for message in messages:
            outcome = None if message.is_recalled else self._take(message)
            yield outcome
            if isinstance(outcome, SenderFault):
                return

    def _take(self, message: Message) -> Outcome:
        self.machine.life.answer()
        self.machine.look_at(message, self)
        if meanwhile := self.meanwhile:
            self.meanwhile = None
            meanwhile()
        word = self.says.pop(0) if self.says else ""
        if word and word != "no answer":
            return FAILURES[word]()
        self.may_count.add(message.id)
        self.accepted[message.id] += 1
        # The answer may never arrive.
        self.machine.life.answer()
        return FAILURES[word]() if word else Accepted(f"id-{message.id}")


class Sending(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.life = Life()
        self.providers = {name: Provider(self, marks_each=name == Channel.SMS) for name in CHANNELS}
        registry._CHANNELS.update(self.providers)
        # How often an e-mail may have been taken: once, and once more for every time its sender
        # was gone, or its lease was, between the provider's answer and the record.
        self.excused: Counter[int] = Counter()
        # Addresses nobody may write to any more, and the parcel that was under way then.
        self.barred: dict[tuple[str, str], int] = {}
        self.stopped: dict[int, dict[str, int]] = {}
        self.known: dict[int, State] = {}
        self.broken: AssertionError | None = None

    # What is watched all the time

    def look_at(self, message: Message, provider: Provider) -> None:
        # What a channel raises would cost one message only: it is raised after the process.
        try:
            self.check_it_may_go_out(message, provider)
        except AssertionError as broken:
            self.broken = self.broken or broken

    def check_it_may_go_out(self, message: Message, provider: Provider) -> None:
        delivery = Delivery.objects.get(pk=message.id)
        channel = delivery.channel
        assert message.to == delivery.address
        if provider.marks_each:
            assert delivery.state == State.SENDING, "an SMS is marked before its call"
            assert message.id not in provider.may_count, "no SMS is repeated by itself"
        elif message.id in provider.accepted:
            # This call makes it one more.
            most = 1 + self.excused[message.id]
            assert provider.accepted[message.id] < most, "a living sender repeats nothing"
        under_way = self.barred.get((channel, delivery.address), provider.parcels)
        assert provider.parcels <= under_way, "a suppression or an unsubscribe was looked at"
        under_way = self.stopped.get(delivery.broadcast_id, {}).get(channel, provider.parcels)
        assert provider.parcels <= under_way, "a paused or cancelled broadcast sends nothing"

    def watch(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        if sql.startswith('UPDATE "messaging_delivery"'):
            self.compare()
        return result

    def compare(self) -> None:
        """Every single step of a row is one the table allows."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, state FROM messaging_delivery")
            now = {pk: State(state) for pk, state in cursor.fetchall()}
        for pk, state in now.items():
            before = self.known.get(pk, state)
            assert state == before or state in states.FOLLOWING[before], f"{before} → {state}"
        self.known = now

    @contextmanager
    def process(self, life: Life | None = None) -> Iterator[None]:
        """Work in a process that may end in the middle."""
        outer, self.life = self.life, life or Life()
        started = {name: one.accepted.copy() for name, one in self.providers.items()}
        with connection.execute_wrapper(self.watch):
            try:
                with connection.execute_wrapper(self.life.at_the_database):
                    yield
            except Crash:
                # To Django it may look like an error inside of the test's own transaction.
                transaction.set_rollback(False)
                event("a crash")
                self.excuse(started)
        self.life = outer
        deliveries._desk.called.clear()
        # A crash took back what was not committed.
        self.known = self.rows()
        if self.broken:
            raise self.broken

    def excuse(self, started: dict[str, Counter[int]]) -> None:
        """What was taken and is not recorded may come once more, by e-mail."""
        rows, email = self.rows(), self.providers[Channel.EMAIL]
        taken = email.accepted - started[Channel.EMAIL]
        if again := [pk for pk in taken if rows[pk] in states.OPEN]:
            event("a crash between a provider's answer and the record")
            self.excused.update(again)

    def rows(self) -> dict[int, State]:
        return {pk: State(state) for pk, state in Delivery.objects.values_list("pk", "state")}

    # What happens

    @initialize()
    def begin(self) -> None:
        self.segments = [SegmentFactory(), SegmentFactory()]
        self.people = [ContactFactory(phone=f"+44770090{number:04}") for number in range(PEOPLE)]
        for number, person in enumerate(self.people):
            for segment in self.segments[: 1 + number % 2]:
                for channel in CHANNELS:
                    SubscriptionFactory(contact=person, segment=segment, channel=channel)
        self.start(thread="story", crash_at=0)

    @rule(thread=st.sampled_from(["story", "another story"]), crash_at=STATEMENTS)
    def start(self, thread: str, crash_at: int) -> None:
        if Broadcast.objects.count() == BROADCASTS:
            return
        broadcast = BroadcastFactory(channels=list(CHANNELS), frozen_at=None, thread=thread)
        broadcast.segments.set(self.segments)
        BroadcastContentFactory(broadcast=broadcast)
        self.freeze(Life(statements=crash_at))

    def freeze(self, life: Life | None = None) -> None:
        for pk in list(Broadcast.objects.unfrozen().values_list("pk", flat=True)):
            with self.process(life):
                recipients.freeze(broadcast_id=pk, now=datetime.now(UTC))

    @rule(channel=st.sampled_from(CHANNELS), says=ANSWERS)
    def send(self, channel: str, says: list[str]) -> None:
        self._send(channel, Life(), says)

    @rule(channel=st.sampled_from(CHANNELS), says=ANSWERS, at=st.integers(1, 60))
    def send_until_a_statement(self, channel: str, says: list[str], at: int) -> None:
        self._send(channel, Life(statements=at), says)

    @rule(channel=st.sampled_from(CHANNELS), says=ANSWERS, at=st.integers(1, 2 * PEOPLE))
    def send_until_an_answer(self, channel: str, says: list[str], at: int) -> None:
        self._send(channel, Life(answers=at), says)

    def _send(self, channel: str, life: Life, says: Sequence[str] = ()) -> None:
        provider = self.providers[channel]
        provider.says = list(says)
        with self.process(life):
            deliveries.send_pending(channel=channel)
        provider.says.clear()
        provider.meanwhile = None

    @rule(
        channel=st.sampled_from(CHANNELS),
        what=st.sampled_from([*INTERFERENCES, "lapse", "callback"]),
        who=st.integers(0, PEOPLE - 1),
        after=st.integers(0, 4),
    )
    def send_while_something_happens(self, channel: str, what: str, who: int, after: int) -> None:
        provider = self.providers[channel]

        def later() -> None:
            nonlocal after
            if after:
                after, provider.meanwhile = after - 1, later
                return
            event(f"{what} in the middle, {channel}")
            self._happens(what, channel, who)

        provider.meanwhile = later
        self._send(channel, Life())

    def _happens(self, what: str, channel: str, who: int) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "suppress": lambda: self.suppress(channel, who),
            "unsubscribe": lambda: self.unsubscribe(channel, who),
            "pause": self.pause,
            "resume": self.resume,
            "cancel": self.cancel,
            "grow old": self.grow_old,
            "callback": lambda: self.callback(who, State.DELIVERED),
            "lapse": lambda: self.somebody_else_takes_over(channel),
        }
        deeds[what]()

    def somebody_else_takes_over(self, channel: str) -> None:
        """The sender slept through its lease; another has what it held."""
        if channel == Channel.EMAIL:
            # The sleeper does not stop in the middle of what it has handed over.
            self.excused.update(self.providers[channel].under_way)
        Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
        recovery.recover_lapsed()
        deliveries._Sender(channel).run()

    @rule(crash_at=STATEMENTS)
    def sweep_later(self, crash_at: int) -> None:
        Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
        Delivery.objects.update(not_before=F("not_before") - timedelta(hours=1))
        Circuit.objects.update(retry_at=F("retry_at") - timedelta(hours=1))
        with self.process(Life(statements=crash_at)):
            recovery.sweep(now=datetime.now(UTC))
        self.freeze()

    @rule(who=st.integers(0, 2 * PEOPLE - 1), word=st.sampled_from(WORDS))
    def callback(self, who: int, word: State) -> None:
        """A provider speaks of what it has taken, whatever our rows say by now."""
        taken = sorted(self.providers[Channel.SMS].accepted)
        if taken:
            delivery = Delivery.objects.get(pk=taken[who % len(taken)])
            with connection.execute_wrapper(self.watch):
                report = Report(
                    source="twilio",
                    key=f"{delivery.pk}:{word}",
                    kind=word,
                    raw={},
                    state=word,
                    provider_id=f"id-{delivery.pk}",
                )
                events.record(delivery=delivery, report=report, now=datetime.now(UTC))

    @rule(
        what=st.sampled_from(INTERFERENCES),
        channel=st.sampled_from(CHANNELS),
        who=st.integers(0, PEOPLE - 1),
    )
    def interfere(self, what: str, channel: str, who: int) -> None:
        self._happens(what, channel, who)

    def _stop(self, broadcast: Broadcast) -> None:
        self.stopped[broadcast.pk] = {
            name: provider.parcels for name, provider in self.providers.items()
        }

    def pause(self) -> None:
        if broadcast := Broadcast.objects.filter(state=Broadcast.State.SENDING).first():
            broadcasts.pause(broadcast=broadcast, because="a person said so")
            self._stop(broadcast)

    def resume(self) -> None:
        if broadcast := Broadcast.objects.filter(state=Broadcast.State.PAUSED).first():
            broadcasts.resume(broadcast=broadcast)
            self.stopped.pop(broadcast.pk)

    def cancel(self) -> None:
        open_ = [Broadcast.State.SENDING, Broadcast.State.PAUSED]
        if broadcast := Broadcast.objects.filter(state__in=open_).last():
            broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC))
            self._stop(broadcast)

    def grow_old(self) -> None:
        if broadcast := Broadcast.objects.filter(state=Broadcast.State.SENDING).first():
            Broadcast.objects.filter(pk=broadcast.pk).update(
                expires_at=datetime.now(UTC) - timedelta(seconds=1)
            )
            self._stop(broadcast)

    def suppress(self, channel: str, who: int) -> None:
        address = self._address(channel, who)
        suppressions.suppress(
            channel=channel,
            address=address,
            reason=Suppression.Reason.COMPLAINT,
            now=datetime.now(UTC),
        )
        self._bar(channel, address)

    def unsubscribe(self, channel: str, who: int) -> None:
        Subscription.objects.filter(contact=self.people[who], channel=channel).update(
            state=Subscription.State.UNSUBSCRIBED
        )
        self._bar(channel, self._address(channel, who))

    def _bar(self, channel: str, address: str) -> None:
        self.barred.setdefault((channel, address), self.providers[channel].parcels)

    def _address(self, channel: str, who: int) -> str:
        person: Contact = self.people[who]
        return person.email if channel == Channel.EMAIL else person.phone

    # How it ends

    def teardown(self) -> None:
        try:
            if hasattr(self, "people"):
                self.drain()
                self.check_the_end()
        finally:
            transaction.savepoint_rollback(self.savepoint)

    def drain(self) -> None:
        for _round in range(12):
            while Broadcast.objects.filter(state=Broadcast.State.PAUSED).exists():
                self.resume()
            self.sweep_later(0)
            for channel in CHANNELS:
                self._send(channel, Life())
            self.sweep_later(0)
            if not Delivery.objects.filter(state__in=states.OPEN).exists():
                return

    def check_the_end(self) -> None:
        rows = self.rows()
        assert set(rows.values()) <= FINAL
        over = {Broadcast.State.FINISHED, Broadcast.State.CANCELLED}
        assert set(Broadcast.objects.values_list("state", flat=True)) <= over
        assert not Lease.objects.live().exists()
        for broadcast in Broadcast.objects.filter(frozen_at__isnull=False):
            told = Counter(broadcast.deliveries.values_list("contact", "channel"))
            assert set(told.values()) <= {1}
        self.check_against_the_provider(rows)

    def check_against_the_provider(self, rows: dict[int, State]) -> None:
        taken = {pk for provider in self.providers.values() for pk in provider.accepted}
        for pk, state in rows.items():
            if state in states.REACHED:
                assert pk in taken, f"{pk} is {state}, and nobody has it"
        for pk in self.providers[Channel.SMS].accepted:
            # `failed` is what the carrier said of it afterwards.
            assert rows[pk] in ARRIVED | {State.FAILED}
        for pk in self.providers[Channel.EMAIL].accepted:
            assert rows[pk] in ARRIVED or self.excused[pk], f"{pk} is {rows[pk]} and was taken"


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Nothing moves but what a rule moves: no threads, and no time that passes by itself."""
    monkeypatch.setattr(deliveries, "Lines", StillLines)
    monkeypatch.setattr(recording, "_pause", lambda mine: LONG)
    monkeypatch.setattr(circuits, "FIRST_PAUSE_SECONDS", LONG)
    monkeypatch.setattr(circuits, "LONGEST_PAUSE_SECONDS", LONG)
    monkeypatch.setattr(circuits, "TRY_SECONDS", LONG)
    monkeypatch.setattr(claiming, "ORDERS_SECONDS", LONG)
    settings.LEASE_SECONDS = LONG
    # A sender looks around before every parcel instead of once a second.
    monkeypatch.setattr(deliveries, "LOOK_SECONDS", 0)
    monkeypatch.setattr(deliveries, "WAIT_SECONDS", 0)
    monkeypatch.setattr(registry, "_CHANNELS", dict(registry._CHANNELS))
    # Whom a test would have to ask stands elsewhere.
    monkeypatch.setattr("messaging.services.evidence.look_up", lambda now: None)
    # Nobody listens: every rule wakes whom it means.
    monkeypatch.setattr("messaging.services.wake.publish", lambda task, **kwargs: None)


@pytest.mark.slow(reason="many histories of many steps on real rows")
def test_every_history_keeps_the_promises(db: None, still: None, request: pytest.FixtureRequest):
    many = bool(request.config.getoption("--full"))
    run_state_machine_as_test(
        Sending,
        settings=Effort(
            max_examples=500 if many else 15,
            stateful_step_count=30,
            deadline=None,
            derandomize=not many,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
