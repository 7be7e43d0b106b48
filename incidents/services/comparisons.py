"""Two versions of a plan, played against the same recorded incident."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidents.models import Plan
from incidents.recordings import Recording
from incidents.services import replays
from incidents.services.replay_reports import Report


@dataclass(frozen=True)
class Moved:
    step: str
    before: datetime
    after: datetime

    @property
    def by(self) -> timedelta:
        return self.after - self.before


@dataclass(frozen=True)
class Comparison:
    """What the other version says more, no longer, or at another time: steps by their name, with
    when they were released."""

    before: Report
    after: Report
    added: Sequence[tuple[str, datetime]]
    removed: Sequence[tuple[str, datetime]]
    moved: Sequence[Moved]


def compare(*, recording: Recording, before: Plan, after: Plan, counts_people: bool) -> Comparison:
    """Rehearse a recording with both; nobody is told, and nothing is left behind."""
    first, second = (
        replays.rehearse(recording=recording, plan=plan, counts_people=counts_people)
        for plan in (before, after)
    )
    return difference(first, second)


def difference(before: Report, after: Report) -> Comparison:
    """The same step at the same time is the same; what is left of a step is matched in order."""
    old, new = _released(before), _released(after)
    added, removed, moved = [], [], []
    for step in sorted({*old, *new}):
        gone = sorted(old[step] - new[step])
        come = sorted(new[step] - old[step])
        pairs = min(len(gone), len(come))
        moved += [Moved(step, *times) for times in zip(gone, come, strict=False)]
        removed += [(step, at) for at in gone[pairs:]]
        added += [(step, at) for at in come[pairs:]]
    return Comparison(before, after, added, removed, moved)


def _released(report: Report) -> dict[str, set[datetime]]:
    times: dict[str, set[datetime]] = defaultdict(set)
    for entry in report.entries:
        if entry["released_at"]:
            times[str(entry["step"])].add(datetime.fromisoformat(str(entry["released_at"])))
    return times
