"""How far a broadcast is: snapshots of its deliveries by state, taken no oftener than they cost.

Counting a million rows takes a tenth of a second and more, so whoever looks reads what was counted
last, and one of them counts again when that has got old.
"""

import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min

from messaging import states
from messaging.models import Broadcast, Circuit, Delivery
from messaging.states import State

# A count may take a twentieth of the time at most, however many look.
REST_SECONDS, REST_TIMES = 1.0, 20
# What the sweep counts for nobody in particular may be this old.
UNWATCHED_SECONDS = 10.0
# After so long, whoever had set out to count has not come back.
PATIENCE_SECONDS = 60.0
# How far back the rate looks.
RATE_SECONDS = 30.0
# Providers report what became of a message for days; then a broadcast's numbers are history.
REPORTS_COME, REPORTS_SECONDS = timedelta(days=3), 60.0
# The sweep looks at what is recent only.
RECENT = 200
# So many reasons are told apart.
REASONS = 50

_WITH_REASON = (*states.NOT_REACHED, State.COMPLAINED, State.SKIPPED, State.CANCELLED)


@dataclass(frozen=True)
class Reason:
    """So many deliveries are in a state because of this."""

    state: str
    code: str
    number: int


@dataclass(frozen=True)
class Progress:
    by_channel: Mapping[str, Mapping[str, int]]
    reasons: Sequence[Reason]
    # Messages that need no more work, each second; None as long as it cannot be told.
    per_second: float | None
    remaining_seconds: float | None
    as_of: datetime | None
    # Until then the total grows: what is counted is what was written so far.
    is_frozen: bool
    pause_reason: str
    # When the first of its messages was handed over; None as long as none was.
    first_accepted_at: datetime | None = None
    stopped: Sequence[Circuit] = ()

    @property
    def by_state(self) -> dict[str, int]:
        return dict(sum(map(Counter, self.by_channel.values()), Counter()))

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def done(self) -> int:
        return self.total - self.among(states.OPEN)

    @property
    def sent(self) -> int:
        return self.among(states.SENT)

    @property
    def share(self) -> float:
        return self.sent / self.total if self.total else float(self.is_frozen)

    def among(self, wanted: Iterable[str]) -> int:
        """How many are in one of these states."""
        return sum(self.by_state.get(state, 0) for state in wanted)


def latest(*, broadcast: Broadcast, now: datetime) -> Progress:
    """How a broadcast stands; counts again when the last count is old, and nobody else does.

    Cheap enough for many to call every second with the row they have just read.
    """
    if _is_due(broadcast, now, REST_SECONDS):
        count(broadcast=broadcast, now=now)
    over = broadcast.state in Broadcast.OVER
    stopped = () if over else tuple(Circuit.objects.filter(channel__in=broadcast.channels))
    return as_counted(broadcast=broadcast, stopped=stopped)


def as_counted(*, broadcast: Broadcast, stopped: Sequence[Circuit] = ()) -> Progress:
    """How a broadcast stood when it was counted last: asks the database nothing."""
    known = broadcast.counts
    trail = known.get("trail", [])
    by_channel = known.get("numbers", {})
    rates = _rates(trail)
    is_frozen = broadcast.frozen_at is not None
    return Progress(
        by_channel=by_channel,
        reasons=[Reason(*reason) for reason in known.get("reasons", [])],
        per_second=sum(rates.values()) if len(trail) > 1 else None,
        remaining_seconds=_remaining(by_channel, rates) if is_frozen else None,
        as_of=datetime.fromisoformat(known["at"]) if known else None,
        is_frozen=is_frozen,
        pause_reason=broadcast.pause_reason,
        first_accepted_at=datetime.fromisoformat(first) if (first := known.get("first")) else None,
        stopped=stopped,
    )


def count(*, broadcast: Broadcast, now: datetime) -> bool:
    """Take a snapshot of a broadcast's deliveries; False when somebody else is at it."""
    rows = Broadcast.objects.filter(pk=broadcast.pk)
    # Of all who saw the same old count, the one that moves its time takes the next.
    if not rows.filter(counted_at=broadcast.counted_at).update(counted_at=now):
        return False
    began = time.perf_counter()
    numbers, reasons, first = _count(broadcast)
    counts = {
        "at": now.isoformat(),
        "state": broadcast.state,
        "numbers": numbers,
        "reasons": reasons,
        "first": first.isoformat() if first else None,
        "trail": _trail(broadcast, numbers, now),
        "took": time.perf_counter() - began,
    }
    rows.update(counts=counts)
    broadcast.counts, broadcast.counted_at = counts, now
    return True


def keep_counted(*, now: datetime) -> None:
    """Count what moves though nobody looks: lists and dashboards show what was counted."""
    needed = ("state", "channels", "started_at", "finished_at", "counts", "counted_at")
    for broadcast in Broadcast.objects.order_by("-pk").only(*needed)[:RECENT]:
        if _is_due(broadcast, now, UNWATCHED_SECONDS):
            count(broadcast=broadcast, now=now)


def _is_due(broadcast: Broadcast, now: datetime, rest: float) -> bool:
    if broadcast.started_at is None:
        return False
    if broadcast.counted_at is None:
        return True
    passed = (now - broadcast.counted_at).total_seconds()
    return passed >= _pause(broadcast, broadcast.counted_at, now, rest)


def _pause(broadcast: Broadcast, counted_at: datetime, now: datetime, rest: float) -> float:
    """How many seconds a count stands before the next."""
    known = broadcast.counts
    if known.get("at") != counted_at.isoformat():
        return PATIENCE_SECONDS
    cost = REST_TIMES * float(known["took"])
    if broadcast.finished_at is None:
        return max(rest, cost)
    if known["state"] != broadcast.state or _open(known["numbers"]):
        return cost
    over = now - broadcast.finished_at
    if over >= REPORTS_COME:
        return math.inf
    # What providers report comes ever more rarely.
    return max(REPORTS_SECONDS, cost, over.total_seconds() / 10)


def _count(
    broadcast: Broadcast,
) -> tuple[dict[str, dict[str, int]], list[tuple[str, str, int]], datetime | None]:
    """How many are in which state on each channel; why messages did not arrive, the most
    frequent reason first; and when the first was handed over. One pass over the rows: sending is
    not to pay for an index by state."""
    numbers: dict[str, Counter[str]] = {name: Counter() for name in broadcast.channels}
    reasons: Counter[tuple[str, str]] = Counter()
    counted = (
        Delivery.objects.filter(broadcast=broadcast.pk)
        .values_list("channel", "state", "error_code")
        .annotate(number=Count("*"), first=Min("accepted_at"))
        .order_by()
    )
    accepted: list[datetime] = []
    for channel, state, code, number, first in counted:
        accepted += [first] if first else []
        numbers.setdefault(channel, Counter())[state] += number
        if state in _WITH_REASON:
            reasons[state, code] += number
    ranked = sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))
    return (
        {channel: dict(by_state) for channel, by_state in numbers.items()},
        [(state, code, number) for (state, code), number in ranked[:REASONS]],
        min(accepted, default=None),
    )


def _open(numbers: Mapping[str, Mapping[str, int]]) -> int:
    return sum(map(_open_on, numbers.values()))


def _open_on(by_state: Mapping[str, int]) -> int:
    return sum(by_state.get(state, 0) for state in states.OPEN)


# A trail is a list of [seconds, {channel: done}].


def _trail(
    broadcast: Broadcast, numbers: Mapping[str, Mapping[str, int]], now: datetime
) -> list[Any]:
    """What was done when, as far back as the rate looks; empty while nothing is being sent."""
    if broadcast.state != Broadcast.State.SENDING:
        return []
    done = {name: sum(states_.values()) - _open_on(states_) for name, states_ in numbers.items()}
    earlier = broadcast.counts.get("trail", [])
    recent = [step for step in earlier if now.timestamp() - step[0] <= RATE_SECONDS]
    return [*(recent or earlier[-1:]), [now.timestamp(), done]]


def _rates(trail: Sequence[Any]) -> dict[str, float]:
    if len(trail) < 2:
        return {}
    (began, before), (ended, after) = trail[0], trail[-1]
    seconds = max(ended - began, 0.001)
    return {name: max(done - before.get(name, 0), 0) / seconds for name, done in after.items()}


def _remaining(
    by_channel: Mapping[str, Mapping[str, int]], rates: Mapping[str, float]
) -> float | None:
    """The slowest channel decides; None where one has work and does not move."""
    slowest = 0.0
    for name, by_state in by_channel.items():
        if waiting := _open_on(by_state):
            if not rates.get(name):
                return None
            slowest = max(slowest, waiting / rates[name])
    return slowest
