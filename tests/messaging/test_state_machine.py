"""Any order of sending, crashing and interfering keeps the promises about every single row.

The real services work on real rows; the provider is a fake behind the channel contract, and its
lines stand in the sender's own thread.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, event, seed
from hypothesis import settings as Effort
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from pytest_django import Settings

from audiences.models import Channel, Contact, Subscription, Suppression
from audiences.services import suppressions
from messaging import states
from messaging.channels import registry
from messaging.models import Broadcast, Circuit, Delivery, Lease
from messaging.services import (
    broadcasts,
    circuits,
    claiming,
    deliveries,
    events,
    leases,
    recipients,
    recording,
    recovery,
)
from messaging.services.events import Report
from messaging.states import State
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.messaging.doomed import FAILURES, Life, StillLines
from tests.messaging.watching import CHANNELS, Watched

PEOPLE, BROADCASTS = 6, 4
LONG = 3_000
# Where what is said about an SMS later may come from, in any order.
WORDS = (State.ACCEPTED, State.DELIVERED, State.UNDELIVERED, State.FAILED)
INTERFERENCES = [
    *("suppress", "unsubscribe", "suppress", "unsubscribe"),
    *("pause", "resume", "resume", "cancel", "grow old"),
]
# "" is yes; refusals are rarer, since some of them end the run.
ANSWERS = st.lists(st.sampled_from([*[""] * 12, *FAILURES]), max_size=2 * PEOPLE)
# At which statement a process ends; 0: at none.
STATEMENTS = st.one_of(st.just(0), st.integers(1, 40))


class Sending(Watched):
    @initialize()
    def begin(self) -> None:
        self.segments = [SegmentFactory(), SegmentFactory()]
        self.people = [ContactFactory(phone=f"+44770090{number:04}") for number in range(PEOPLE)]
        for number, person in enumerate(self.people):
            for segment in self.segments[: 1 + number % 2]:
                for channel in CHANNELS:
                    SubscriptionFactory(contact=person, segment=segment, channel=channel)
        self.start(thread="story", crash_at=0)

    @rule(thread=st.sampled_from(["story", "another", "a third"]), crash_at=STATEMENTS)
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
        provider.meanwhile, provider.broadcast = None, 0

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
        """The sender slept through its lease; another holds what it held."""
        provider = self.providers[channel]
        if channel == Channel.EMAIL:
            # The sleeper does not stop in the middle of what it has handed over.
            self.excused.update(provider.under_way)
        self.slept[channel] = provider.parcels
        Lease.objects.update(until=datetime.now(UTC) - timedelta(seconds=1))
        recovery.recover_lapsed()
        other = leases.take(channel=channel)
        claimed = claiming.Claimer(channel, other).claim()
        self.taken_over.update((one.pk, other) for one in claimed)

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

    def _choose(self, *wanted: Broadcast.State) -> Broadcast | None:
        """One that is being sent at this moment, or else the latest."""
        under_way = [one.broadcast for one in self.providers.values()]
        some = Broadcast.objects.filter(state__in=wanted)
        return some.filter(pk__in=under_way).last() or some.last()

    def pause(self) -> None:
        if broadcast := self._choose(Broadcast.State.SENDING):
            broadcasts.pause(broadcast=broadcast, because="a person said so")
            self._stop(broadcast)

    def resume(self) -> None:
        if broadcast := self._choose(Broadcast.State.PAUSED):
            broadcasts.resume(broadcast=broadcast)
            self.stopped.pop(broadcast.pk, None)

    def cancel(self) -> None:
        if broadcast := self._choose(Broadcast.State.SENDING, Broadcast.State.PAUSED):
            broadcasts.cancel(broadcast=broadcast, now=datetime.now(UTC))
            self._stop(broadcast)

    def grow_old(self) -> None:
        if broadcast := self._choose(Broadcast.State.SENDING):
            Broadcast.objects.filter(pk=broadcast.pk).update(
                expires_at=datetime.now(UTC) - timedelta(seconds=1)
            )
            self._stop(broadcast)

    def suppress(self, channel: str, who: int) -> None:
        address = self._address(channel, self._somebody(channel, who))
        suppressions.suppress(
            channel=channel,
            address=address,
            reason=Suppression.Reason.COMPLAINT,
            now=datetime.now(UTC),
        )
        self._bar(channel, address)

    def unsubscribe(self, channel: str, who: int) -> None:
        person = self._somebody(channel, who)
        Subscription.objects.filter(contact=person, channel=channel).update(
            state=Subscription.State.UNSUBSCRIBED
        )
        self._bar(channel, self._address(channel, person))

    def _bar(self, channel: str, address: str) -> None:
        self.barred.setdefault((channel, address), self.providers[channel].parcels)

    def _somebody(self, channel: str, who: int) -> Contact:
        """Preferably somebody who is about to get something."""
        waiting = Delivery.objects.filter(channel=channel, state__in=states.OPEN).order_by("pk")
        people = [one.contact for one in waiting.select_related("contact")]
        return (people or self.people)[who % len(people or self.people)]

    def _address(self, channel: str, person: Contact) -> str:
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
        seed(request.config.getoption("--seed"))(Sending),
        settings=Effort(
            max_examples=500 if many else 10,
            stateful_step_count=30,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
