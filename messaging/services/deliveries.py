"""Send what is due on a channel: claim, hand to the lines, record, until nothing is left.

One sender per process and channel does all of it: this thread alone talks to the database, its
lines alone talk to the provider. What is handed over and not yet recorded never exceeds the
window; that is the bound on repeats when the process is killed.
"""

import logging
import time
from collections import deque
from collections.abc import Iterable

from django.conf import settings
from django.db import (
    DatabaseError,
    InterfaceError,
    InternalError,
    OperationalError,
)

from messaging.channels import (
    Message,
    Outcome,
    PermanentFailure,
    registry,
)
from messaging.services import circuits, leases, patience, recording, tallies
from messaging.services.barring import Claimed
from messaging.services.claiming import CHUNK, Claimer
from messaging.services.composition import Composer, NoContent
from messaging.services.lines import Lines, Result
from messaging.services.patience import patiently
from messaging.services.sending_desk import Desk

logger = logging.getLogger(__name__)

# What may be with the lines of one process and not yet be recorded; where they need more to be
# kept busy, they get that, up to a limit.
WINDOW, WIDEST = 40, 400
# How often a sender looks whether what it holds may still go out, and renews its lease.
LOOK_SECONDS = 1.0
# How long it waits for a limit, or for a provider's answer, before it looks around.
WAIT_SECONDS = 0.1
# What was accepted waits for so many others, and no longer than so, that one commit serves all.
ENOUGH, LINGER_SECONDS = 20, 0.01
_desk = Desk()


def send_pending(*, channel: str) -> int:
    """Send everything due on a channel; returns how many messages the provider accepted.

    Returns at once where this process is sending on the channel already.
    """
    if not _desk.enter(channel):
        return 0
    accepted = 0
    try:
        while True:
            if circuits.may_try(channel=channel):
                accepted += _Sender(channel).run()
            if _desk.leave(channel):
                return accepted
    except BaseException:
        _desk.abandon(channel)
        raise


class _Sender:
    def __init__(self, channel: str) -> None:
        self.name, self.channel = channel, registry.get(channel)
        lines = settings.CONNECTIONS
        records_each = settings.RECORD_ONE_BY_ONE or self.channel.marks_each
        # Each line has a parcel in hand and one to come.
        busy = min(2 * lines * self.channel.batch_size, max(WIDEST, 2 * lines))
        self.window = lines if records_each else max(WINDOW, busy)
        self.chunk = min(CHUNK, 5 * self.window)
        self.parcel = max(min(self.channel.batch_size, self.window // (2 * lines)), 1)
        self.lines = Lines(self.channel, lines)
        self.composer = Composer(channel)
        self.queue: deque[Message] = deque()
        # Handed over and not yet recorded.
        self.out: dict[int, Message] = {}
        # Whether the last claim found nothing.
        self.is_dry = False
        self.accepted = 0
        self.watch = circuits.Watch()
        self.tallies = tallies.Tallies(channel)

    def run(self) -> int:
        self.owner = leases.take(channel=self.name)
        self.claimer = Claimer(self.name, self.owner)
        self.looked_at = time.monotonic()
        try:
            with self.lines:
                try:
                    while not patience.has_to_stop() and self._go_on():
                        pass
                finally:
                    self._wind_up()
        finally:
            patiently(self.tallies.write)
            patiently(lambda: leases.give_up(owner=self.owner))
        return self.accepted

    def _go_on(self) -> bool:
        """One round; False when there is nothing left to do."""
        if not self._keeps_its_lease():
            return False
        self._fill_queue()
        # A database that was away meanwhile may have cost the lease, and these their sender.
        if self.queue and not self._keeps_its_lease():
            return False
        self._hand_over()
        if self.out:
            enough = min(ENOUGH, self.window // 2)
            self._record(
                self.lines.results(seconds=WAIT_SECONDS, enough=enough, linger=LINGER_SECONDS)
            )
        elif not self.queue:
            return self._wait_for_a_limit()
        return True

    def _keeps_its_lease(self) -> bool:
        return time.monotonic() - self.looked_at < LOOK_SECONDS or self._look_around()

    def _fill_queue(self) -> None:
        # What an empty claim has said holds until everything handed over has come back.
        if len(self.queue) < self.window and not (self.is_dry and self.out):
            claimed = patiently(lambda: self.claimer.claim(self.chunk))
            self.is_dry = not claimed and not self.claimer.has_more
            self._queue(claimed)

    def _wait_for_a_limit(self) -> bool:
        """False when nothing is due, or a stopped channel has no try to make yet."""
        waits = self.claimer.is_held_back or time.monotonic() < self.claimer.put_off_until
        if not waits or not circuits.may_try(channel=self.name):
            return not self.is_dry
        time.sleep(WAIT_SECONDS)
        return True

    def _queue(self, claimed: Iterable[Claimed]) -> None:
        failed = []
        for one in claimed:
            try:
                self.queue.append(self.composer.compose(one))
            except NoContent as error:
                failed.append(Result(one.pk, PermanentFailure("no_content", str(error))))
        if failed:
            self._write(failed)
            for result in failed:
                self._judge_try(result)

    def _hand_over(self) -> None:
        room = min(self.window - len(self.out), len(self.queue))
        if room <= 0:
            return
        going = [self.queue.popleft() for _number in range(room)]
        if self.channel.marks_each:
            ids = [message.id for message in going]
            ours = patiently(lambda: recording.mark_sending(ids=ids, owner=self.owner))
            going = [message for message in going if message.id in ours]
        self.out.update((message.id, message) for message in going)
        for start in range(0, len(going), self.parcel):
            self.lines.hand_over(going[start : start + self.parcel])

    def _record(self, results: list[Result]) -> None:
        if not results:
            return
        try:
            self._write(results)
        finally:
            for result in results:
                self.out.pop(result.id, None)
        for result in results:
            if not self._judge_try(result) and result.outcome:
                self._judge(result.outcome)

    def _write(self, results: list[Result]) -> None:
        try:
            self.accepted += patiently(lambda: recording.record(results=results, owner=self.owner))
        except (OperationalError, InterfaceError, InternalError):
            raise
        except DatabaseError:
            # What the database does not take costs one message, not those beside it.
            for result in results:
                self._write_one(result)
        self.tallies.count(results)

    def _write_one(self, result: Result) -> None:
        try:
            self.accepted += patiently(lambda: recording.record(results=[result], owner=self.owner))
        except DatabaseError:
            logger.exception("What came of delivery %s cannot be recorded", result.id)

    def _judge_try(self, result: Result) -> bool:
        """False when it was not the message that tries a stopped channel."""
        if not self.claimer.is_probe(result.id):
            return False
        patiently(lambda: circuits.judge_try(channel=self.name, outcome=result.outcome))
        self.claimer.read_orders()
        return True

    def _judge(self, outcome: Outcome) -> None:
        """Stop the channel when the fault is ours or the provider is away."""
        if because := self.watch.why_stop(outcome):
            self.watch = circuits.Watch()
            patiently(lambda: circuits.trip(channel=self.name, because=because))
            self._look_around()

    def _look_around(self) -> bool:
        """Keep the lease, and drop what must not go out any more; False when the lease is lost."""
        self.looked_at, self.is_dry = time.monotonic(), False
        patiently(self.tallies.write)
        held = [message.id for message in self.queue] + self._take_back()
        self.queue.clear()
        if not patiently(lambda: leases.renew(owner=self.owner)):
            logger.warning("The lease lapsed; others may have what was held")
            return False
        self._queue(patiently(lambda: self.claimer.look_again(held)))
        self._recall(patiently(lambda: self.claimer.unwanted(list(self.out))))
        return True

    def _take_back(self) -> list[int]:
        taken = self.lines.take_back()
        if self.channel.marks_each and taken:
            self._write([Result(pk, None) for pk in taken])
        for pk in taken:
            del self.out[pk]
        return [] if self.channel.marks_each else taken

    def _recall(self, ids: Iterable[int]) -> None:
        """Ask the lines not to begin what must not go out any more."""
        for pk in ids:
            self.out[pk].is_recalled = True

    def _wind_up(self) -> None:
        """Record what the provider still answers; what no line has begun is given back."""
        self._take_back()
        self._recall(self.out)
        while self.out:
            self._record(self.lines.results(seconds=LOOK_SECONDS))
            if time.monotonic() - self.looked_at >= LOOK_SECONDS:
                self.looked_at = time.monotonic()
                patiently(lambda: leases.renew(owner=self.owner))
