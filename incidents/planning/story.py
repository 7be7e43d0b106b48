"""What the planner knows, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any


def _put_into_utc(instance: Any, *names: str) -> None:
    """Sums of local times are an hour wrong in the two nights in which the clocks change."""
    for name in names:
        if at := getattr(instance, name):
            object.__setattr__(instance, name, at.astimezone(UTC))


@dataclass(frozen=True)
class Said:
    """An update that was published.

    `next_due_at` is promised to everybody, but for those kinds of audience in `promised`.
    `audience` is the kind that hears it; none means everybody.
    """

    id: int
    status: str
    at: datetime
    next_due_at: datetime | None = None
    changes_status: bool = False
    by_plan: bool = False
    audience: str = ""
    promised: Mapping[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _put_into_utc(self, "at", "next_due_at")
        promised = {kind: at.astimezone(UTC) for kind, at in self.promised.items()}
        object.__setattr__(self, "promised", promised)

    def is_for(self, kinds: frozenset[str]) -> bool:
        """Whether somebody of these kinds hears it; no kinds means everybody."""
        return not self.audience or not kinds or self.audience in kinds


@dataclass(frozen=True)
class Change:
    """A maintenance got other times: `kind` is moved or extended."""

    id: int
    kind: str
    at: datetime

    def __post_init__(self) -> None:
        _put_into_utc(self, "at")


@dataclass(frozen=True)
class Story:
    """What the planner needs to know about an incident.

    `starts_at` and `ends_at` are those of a maintenance as they stand now, `started_at` when it
    really began; `changes` are in the order in which they were made.
    `delivered` are commitments: when each was, by its id.
    `told_within_since` is when another incident began to tell it, as long as that does.
    `reopened` is how many times it went on after an end.
    """

    opened_at: datetime
    updates: Sequence[Said] = ()
    ended_at: datetime | None = None
    is_called_off: bool = False
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    started_at: datetime | None = None
    changes: Sequence[Change] = ()
    rolled_back_at: datetime | None = None
    delivered: Mapping[int, datetime] = field(default_factory=dict)
    told_within_since: datetime | None = None
    reopened: int = 0

    def __post_init__(self) -> None:
        times = ("opened_at", "ended_at", "starts_at", "ends_at", "started_at", "rolled_back_at")
        _put_into_utc(self, *times, "told_within_since")
        delivered = {number: at.astimezone(UTC) for number, at in self.delivered.items()}
        object.__setattr__(self, "delivered", delivered)

    @property
    def is_yet_to_begin(self) -> bool:
        return self.starts_at is not None and self.started_at is None


@dataclass(frozen=True)
class Step:
    """`kinds` are those of the audience it tells; none means everybody. `is_post` is of a task to
    say something where everybody reads it."""

    id: int
    trigger: str
    status: str = ""
    offset: timedelta = timedelta(0)
    repeat_limit: int = 1
    repeat_every: timedelta | None = None
    speaks: bool = True
    is_post: bool = False
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """`occasion` is the slot of the first of what is repeated; `overtakes` are the slots of those
    repetitions that were due before this one, and need not happen any more."""

    slot: str
    step_id: int
    due_at: datetime
    reason: str
    update_id: int | None = None
    change_id: int | None = None
    commitment_id: int | None = None
    occasion: str = ""
    overtakes: tuple[str, ...] = ()
