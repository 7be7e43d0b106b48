"""Leasing due deliveries to one sender: small chunks, the most urgent broadcast first."""

import math
import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from messaging.models import Broadcast, Delivery, DeliveryQuerySet, RepeatedMove
from messaging.services import barring, circuits, throttling
from messaging.services.barring import Claimed
from messaging.services.clock import from_now
from messaging.states import State

# Small, so that a dead sender holds little and an urgent message waits for little.
CHUNK = 200
# How long a sender may go by what it last read about broadcasts, limits and stopped channels.
ORDERS_SECONDS = 1.0
# How long one claim may settle what is barred.
SETTLE_SECONDS = 0.2
# Into so many groups at most what a domain's limit puts off is spread.
PUT_OFF_GROUPS = 20
# A row that was held by so many senders when they died is claimed alone from then on.
SUSPECT_LAPSES = 2


@dataclass
class Claimer:
    """Claims for one sender, and remembers how far into each broadcast it has looked.

    Looking beyond the last row spares the index entries of rows that are done: an ordered claim
    from the beginning gets slower as it goes.
    """

    channel: str
    owner: uuid.UUID
    # Whether a limit or a stopped channel, not a lack of work, ended the last claim.
    is_held_back: bool = False
    # Whether the last claim ended because it took too long, not for lack of work.
    has_more: bool = False
    # The message that tries a stopped channel.
    probe: int | None = None
    # Until then what a domain's limit has put off comes due again.
    put_off_until: float = 0.0
    # When the next message to a domain may come, by what was put off.
    _slots: dict[str, float] = field(default_factory=dict)
    _looked: dict[int, int] = field(default_factory=dict)
    _at_work: list[Broadcast] = field(default_factory=list)
    _others: dict[int, barring.Others] = field(default_factory=dict)
    # What is due of a broadcast, written once for all its claims.
    _due_now: dict[int, QuerySet[Delivery, Any]] = field(default_factory=dict)
    _limits: throttling.Limits = field(default_factory=throttling.Limits)
    _is_stopped: bool = False
    # Whether nothing is left of the channel's limit.
    _is_spent: bool = False
    _read_at: float = 0.0

    def claim(self, limit: int = CHUNK) -> list[Claimed]:
        """Lease up to `limit` deliveries that may go out; empty when there are none now."""
        are_fresh = time.monotonic() - self._read_at < ORDERS_SECONDS
        if are_fresh and (claimed := self._claim(limit)):
            return claimed
        # What was read may be old: look again before saying that there is nothing.
        self.read_orders()
        return self._claim(limit)

    def read_orders(self) -> None:
        """Read anew what is to be sent, and how fast."""
        self._at_work = list(with_work(self.channel))
        self._others = {one.pk: barring.Others.of(one) for one in self._at_work}
        self._due_now = {}
        self._limits = throttling.limits(channel=self.channel)
        self._is_stopped = circuits.is_stopped(channel=self.channel)
        self._read_at = time.monotonic()

    def is_probe(self, pk: int) -> bool:
        """Whether this is the message that tries a stopped channel; it is so once."""
        if pk != self.probe:
            return False
        self.probe = None
        return True

    def _claim(self, limit: int) -> list[Claimed]:
        self.is_held_back = self.has_more = self._is_spent = False
        if not self._at_work:
            return []
        if self._is_stopped and not circuits.may_try(channel=self.channel):
            self.is_held_back = True
            return []
        for broadcast in self._at_work:
            claimed = self._claim_of(broadcast, limit)
            if claimed:
                self.probe = claimed[0].pk if self._is_stopped else None
            # What the channel's limit allows next is for the most urgent that waits for it.
            if claimed or self._is_spent:
                return claimed
        return []

    def _claim_of(self, broadcast: Broadcast, wanted: int) -> list[Claimed]:
        looked = self._looked.get(broadcast.pk, 0)
        claimed = self._lease(broadcast, looked, wanted)
        if not claimed and looked and not self.is_held_back:
            # What was given back or comes again lies behind.
            claimed = self._lease(broadcast, 0, wanted)
        return claimed or self._suspect(broadcast)

    def _lease(self, broadcast: Broadcast, beyond: int, wanted: int) -> list[Claimed]:
        """Claim the next rows of one broadcast; those that are barred are settled, and replaced,
        for a moment: a million of them must not keep a sender from looking around."""
        until = time.monotonic() + SETTLE_SECONDS
        while True:
            if time.monotonic() > until:
                self.has_more = True
                return []
            found, going = self._next(broadcast, beyond, wanted)
            if not going and (self.is_held_back or not found):
                return []
            beyond = self._looked[broadcast.pk] = (going or found)[-1].pk
            if going:
                return going

    def _suspect(self, broadcast: Broadcast) -> list[Claimed]:
        """One row that may be what kills senders, alone, so that it takes no other with it."""
        suspects = self._due(broadcast).filter(lapses__gte=SUSPECT_LAPSES)
        return self._take(suspects[:1], broadcast)[1]

    def _next(
        self, broadcast: Broadcast, beyond: int, wanted: int
    ) -> tuple[list[Claimed], list[Claimed]]:
        if broadcast.pk not in self._due_now:
            self._due_now[broadcast.pk] = self._due(broadcast).filter(lapses__lt=SUSPECT_LAPSES)
        due = self._due_now[broadcast.pk].filter(pk__gt=beyond)
        return self._take(due[:wanted], broadcast)

    def _due(self, broadcast: Broadcast) -> QuerySet[Delivery, Any]:
        due = Delivery.objects.due(self.channel).filter(broadcast=broadcast).order_by("pk")
        locked = due.select_for_update(skip_locked=True, of=("self",))
        return barring.seen(locked, self._others.get(broadcast.pk, barring.Others()))

    @transaction.atomic
    def _take(
        self, due: QuerySet[Delivery, Any], broadcast: Broadcast
    ) -> tuple[list[Claimed], list[Claimed]]:
        """What was looked at, and what of it is claimed."""
        # Reading and marking are two statements: as one, PostgreSQL may run a subquery with
        # LIMIT … SKIP LOCKED once per row of the UPDATE around it, which then takes everything.
        found = barring.read(due, broadcast)
        # Settled first: what is not sent must not use up what a limit allows, nor a try.
        going = barring.drop_barred(found, self.channel)
        going = self._to_try(going) if self._is_stopped else self._within_limits(going)
        self._mark([one.pk for one in going])
        return found, going

    @cached_property
    def _mark(self) -> RepeatedMove:
        return Delivery.objects.repeated_move(State.CLAIMED, lease=self.owner)

    def _to_try(self, found: list[Claimed]) -> list[Claimed]:
        """The one of these that tries a stopped channel."""
        first = self._within_limits(found[:1])
        if first and not circuits.allowance(channel=self.channel):
            first = []
        self.is_held_back = bool(found) and not first
        return first

    def _within_limits(self, found: list[Claimed]) -> list[Claimed]:
        if not found or not self._limits:
            return found
        if self._limits.overall:
            allowed = throttling.draw(channel=self.channel, wanted=len(found))
            self.is_held_back, self._is_spent = allowed < len(found), not allowed
            found = found[:allowed]
        drawn = len(found)
        for domain, per_second in self._limits.by_domain.items():
            found = self._within_domain(found, domain, per_second)
        if self._limits.overall and len(found) < drawn:
            throttling.give_back(channel=self.channel, number=drawn - len(found))
        return found

    def _within_domain(self, found: list[Claimed], domain: str, per_second: float) -> list[Claimed]:
        """Put off those to a domain that may not have more now; the others do not wait for them."""
        there = [one.pk for one in found if throttling.domain_of(one.address) == domain]
        if not there:
            return found
        allowed = throttling.draw(channel=self.channel, domain=domain, wanted=len(there))
        late = there[allowed:]
        if late:
            self._put_off(late, domain, per_second)
        return [one for one in found if one.pk not in late]

    def _put_off(self, late: list[int], domain: str, per_second: float) -> None:
        """Spread over the time they need, after those that were put off before."""
        now = time.monotonic()
        waiting = max(self._slots.get(domain, 0.0) - now, 0.0)
        groups = min(math.ceil(len(late) / per_second), PUT_OFF_GROUPS)
        size = math.ceil(len(late) / groups)
        for start in range(0, len(late), size):
            Delivery.objects.filter(pk__among=late[start : start + size]).update(
                not_before=from_now(waiting + (start + size) / per_second)
            )
        self._slots[domain] = now + waiting + len(late) / per_second
        soonest = now + waiting + size / per_second
        self.put_off_until = max(self.put_off_until, soonest)

    def look_again(self, ids: list[int]) -> list[Claimed]:
        """Of what is claimed and not handed over, keep what may still go out; settle the rest.

        Where something more urgent has come, the rest waits for it.
        """
        self.read_orders()
        mine = Delivery.objects.filter(lease=self.owner, state=State.CLAIMED, pk__among=ids)
        urgency = min((one.priority for one in self._at_work), default=Broadcast.Priority.BULK)
        next_up = [one for one in self._still_at_work(mine) if one.broadcast.priority <= urgency]
        keep = barring.drop_barred(next_up, self.channel)
        # Paused, cancelled or no longer news: the sweep settles what is not to be sent at all.
        mine.exclude(pk__among=[one.pk for one in keep]).move(State.PENDING)
        return keep

    def unwanted(self, ids: list[int]) -> set[int]:
        """Of what is handed over, what should not go out any more if that can be helped."""
        mine = Delivery.objects.held_by(self.owner).filter(pk__among=ids)
        return set(ids) - {
            one.pk for one in self._still_at_work(mine) if barring.is_wanted(one, self.channel)
        }

    def _still_at_work(self, mine: DeliveryQuerySet) -> list[Claimed]:
        if self._is_stopped:
            # The one that tries the channel goes on, however long the provider takes.
            mine = mine.filter(pk__among=[self.probe] if self.probe else [])
        of_broadcast: dict[int, list[int]] = {}
        for pk, broadcast_id in mine.values_list("pk", "broadcast_id"):
            of_broadcast.setdefault(broadcast_id, []).append(pk)
        looked_at: list[Claimed] = []
        for broadcast in Broadcast.objects.at_work().filter(pk__in=of_broadcast):
            # By their numbers alone: told the broadcast as well, PostgreSQL would read all of it.
            rows = Delivery.objects.filter(pk__among=of_broadcast[broadcast.pk])
            looked_at += barring.look_at(rows, broadcast, barring.Others.of(broadcast))
        return looked_at


def with_work(channel: str) -> QuerySet[Broadcast]:
    """Broadcasts with something to be sent now on a channel, the most urgent first."""
    due = Delivery.objects.due(channel).filter(broadcast=OuterRef("pk"))
    return Broadcast.objects.at_work().filter(Exists(due))
