"""What a run gave, and the figures that are drawn from it."""

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.engine.sending import Sent
from benchmarks.freezes import Frozen
from benchmarks.peers import Peer


@dataclass
class Figures:
    message_bytes: int = 0
    few: Sent | None = None
    raw: list[float] = field(default_factory=list)
    engine: list[Sent] = field(default_factory=list)
    peer: list[Peer] = field(default_factory=list)
    large: Sent | None = None
    distant: Sent | None = None
    frozen: Frozen | None = None

    def broadcasts(self) -> list[Sent]:
        return [sent for sent in (self.few, *self.engine, self.large, self.distant) if sent]

    def summary(self) -> dict[str, Any]:
        """By the names that the last line of a run gives; what was not asked for is missing."""
        engine = _median(sent.per_second for sent in self.engine)
        raw, peer = _median(self.raw), _median(one.per_second for one in self.peer)
        found = {
            "share_of_raw_limit": engine and raw and engine / raw,
            "ratio_to_post_office": engine and peer and engine / peer,
            "freeze_rows_per_s": self.frozen and self.frozen.per_second,
            "peak_memory_mb": _most(sent.memory_mb for sent in self.broadcasts()),
            "queries_per_1000": _median(sent.queries_per_1000 for sent in self.engine),
            "transaction_commands_per_1000": _median(sent.control_per_1000 for sent in self.engine),
            "first_message_s": self.large and self.large.first_seconds,
            "cpu_us_per_message": _cpu(self.engine),
            "unshared_memory_mb": _most(sent.unshared_mb for sent in self.broadcasts()),
            "raw_per_s": raw,
            "engine_per_s": engine,
            "post_office_per_s": peer,
            "large_people": self.large and self.large.people,
            "large_per_s": self.large and self.large.per_second,
            "large_queries_per_1000": self.large and self.large.queries_per_1000,
            "large_memory_mb": self.large and self.large.memory_mb,
            "small_memory_mb": self.few and self.few.memory_mb,
            "at_20_ms_per_s": self.distant and self.distant.per_second,
            "at_20_ms_memory_mb": self.distant and self.distant.memory_mb,
            "post_office_memory_mb": _median(one.memory_mb for one in self.peer),
            "raw_rounds": [round(one) for one in self.raw],
            "engine_rounds": [round(one.per_second) for one in self.engine],
            "post_office_rounds": [round(one.per_second) for one in self.peer],
            "frozen_seconds_rounds": [round(one.frozen_seconds, 2) for one in self.engine],
            "first_message_s_rounds": [round(one.first_seconds, 2) for one in self.engine],
            "large_frozen_s": self.large and self.large.frozen_seconds,
            "freeze_rows": self.frozen and self.frozen.rows,
            "freeze_s": self.frozen and self.frozen.seconds,
            "freeze_last_to_first": self.frozen and self.frozen.last_to_first,
            "message_bytes": self.message_bytes,
        }
        return {name: _short(value) for name, value in found.items() if value not in (None, [], {})}


def _cpu(rounds: list[Sent]) -> dict[str, int]:
    """The median of each process's."""
    return {
        name: round(statistics.median(sent.cpu_us[name] for sent in rounds))
        for name in (rounds[0].cpu_us if rounds else ())
    }


def _median(values: Iterable[float]) -> float | None:
    found = list(values)
    return statistics.median(found) if found else None


def _most(values: Iterable[float]) -> float | None:
    return max(values, default=None)


def _short(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return round(value) if value >= 1000 else round(value, 3)
