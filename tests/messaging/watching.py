"""What must hold for every row, whatever happens to whoever sends it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from hypothesis import event
from hypothesis.stateful import RuleBasedStateMachine

from audiences.models import Channel
from messaging import states
from messaging.channels import Message, registry
from messaging.models import Broadcast, Delivery, Lease
from messaging.services import deliveries
from messaging.states import State
from tests.messaging.doomed import Crash, Life, Provider

CHANNELS = (Channel.EMAIL, Channel.SMS)
ARRIVED = {
    *(State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.BOUNCED, State.COMPLAINED),
    State.UNKNOWN,
}
FINAL = set(State) - states.OPEN


class Watched(RuleBasedStateMachine):
    """Works in processes that may end anywhere, and compares what they did with the promises."""

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
        # The parcel in which a sender slept, and what somebody else has held since.
        self.slept: dict[str, int] = {}
        self.taken_over: dict[int, UUID] = {}
        self.known: dict[int, State] = {}
        self.broken: AssertionError | None = None

    def sees(self, what: Callable[[], None]) -> None:
        """What a channel raises would cost one message only: it is raised after the process."""
        try:
            what()
        except AssertionError as broken:
            self.broken = self.broken or broken

    def check_it_may_go_out(self, message: Message, provider: Provider) -> None:
        delivery = Delivery.objects.get(pk=message.id)
        channel = delivery.channel
        assert message.to == delivery.address
        is_held = Lease.objects.live().filter(pk=delivery.lease_id).exists()
        assert is_held or self.slept.get(channel) == provider.parcels, "without a lease"
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
        untouched = Delivery.objects.filter(state=State.CLAIMED, pk__in=self.taken_over)
        assert dict(untouched.values_list("pk", "lease")) == self.taken_over, "overwritten"
        self.taken_over.clear()

    def excuse(self, started: dict[str, Counter[int]]) -> None:
        """What was taken and is not recorded may come once more, by e-mail."""
        rows, email = self.rows(), self.providers[Channel.EMAIL]
        taken = email.accepted - started[Channel.EMAIL]
        if again := [pk for pk in taken if rows[pk] in states.OPEN]:
            event("a crash between a provider's answer and the record")
            self.excused.update(again)

    def rows(self) -> dict[int, State]:
        return {pk: State(state) for pk, state in Delivery.objects.values_list("pk", "state")}

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
