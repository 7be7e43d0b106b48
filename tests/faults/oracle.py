"""Compares what was to be sent, what the rows say and what arrived: nothing else is believed.

After Jepsen's total-queue checker: every delivery that was frozen has to come out at the other
side, or its row has to say why not.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from messaging import states
from messaging.states import State
from tests.faults.journal import ACCEPTED, Entry

# What may be handed over after somebody's wish is committed: a sender looks once a second.
GRACE_SECONDS = 5.0
EXCUSED = states.UNSENT | {State.FAILED, State.UNKNOWN}
# What a row may say of a message that did arrive at the provider.
ARRIVED = frozenset(
    {
        State.ACCEPTED,
        State.DELIVERED,
        State.UNDELIVERED,
        State.BOUNCED,
        State.COMPLAINED,
        State.UNKNOWN,
    }
)
_SHOWN = 5


@dataclass(frozen=True)
class Row:
    id: int
    state: str
    address: str


@dataclass
class Verdict:
    """Ids of deliveries; all but `repeated` have to be empty, and that has a bound."""

    sent: int = 0
    lost: list[int] = field(default_factory=list)
    repeated: dict[int, int] = field(default_factory=dict)
    unexpected: list[int] = field(default_factory=list)
    mismatched: dict[int, str] = field(default_factory=dict)
    unfinished: list[int] = field(default_factory=list)

    @property
    def repeats(self) -> int:
        return sum(self.repeated.values())

    def complaints(self, *, bound: int) -> list[str]:
        wrong: list[tuple[str, Collection[object]]] = [
            ("lost", self.lost),
            ("unexpected", self.unexpected),
            ("state mismatch", list(self.mismatched.items())),
            ("unfinished", self.unfinished),
        ]
        found = [
            f"{name}: {len(ids)}, for example {list(ids)[:_SHOWN]}" for name, ids in wrong if ids
        ]
        if self.repeats > bound:
            found.append(f"repeated: {self.repeats}, more than {bound}: {self._worst()}")
        return found

    def _worst(self) -> list[tuple[int, int]]:
        return Counter(self.repeated).most_common(_SHOWN)


def judge(
    rows: Iterable[Row], entries: Iterable[Entry], *, barred_at: Mapping[int, float] | None = None
) -> Verdict:
    """`barred_at` says from when on a delivery must not go out any more."""
    known = {row.id: row for row in rows}
    arrived = [entry for entry in entries if entry.what == ACCEPTED]
    count = Counter(entry.id for entry in arrived)
    return Verdict(
        sent=len(count),
        lost=[pk for pk, row in known.items() if pk not in count and row.state not in EXCUSED],
        repeated={pk: times - 1 for pk, times in count.items() if times > 1},
        unexpected=_unexpected(arrived, known, barred_at or {}),
        mismatched={
            pk: known[pk].state for pk in count if pk in known and known[pk].state not in ARRIVED
        },
        unfinished=[pk for pk, row in known.items() if row.state in states.OPEN],
    )


def _unexpected(
    arrived: Iterable[Entry], known: Mapping[int, Row], barred_at: Mapping[int, float]
) -> list[int]:
    """Nobody's, somebody else's, or too late."""
    never = float("inf")
    return [
        entry.id
        for entry in arrived
        if entry.id not in known
        or known[entry.id].address != entry.recipient
        or entry.at > barred_at.get(entry.id, never) + GRACE_SECONDS
    ]
