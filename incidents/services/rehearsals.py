"""Some recordings rehearsed in the time that somebody waits for a page."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from incidents.models import Plan
from incidents.recordings import Recording
from incidents.services import comparisons, replays
from incidents.services.comparisons import Comparison
from incidents.services.replay_reports import Report

# No page is waited for longer; whoever has more to play does so by command.
SECONDS = 8.0


@dataclass
class Rehearsed:
    """What was played; with another version, each comparison belongs to the report beside it."""

    recordings: list[Recording] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    # There was no time for these.
    left: int = 0


def rehearse(
    *,
    recordings: Sequence[Recording],
    plan: Plan,
    other: Plan | None,
    counts_people: bool,
    seconds: float = SECONDS,
) -> Rehearsed:
    """Play one after the other until the time is up, the first one in any case.

    Nobody is told, and nothing is left behind; between two of them others can write.
    """
    played = Rehearsed()
    until = time.monotonic() + seconds
    for number, recording in enumerate(recordings):
        if number and time.monotonic() >= until:
            played.left = len(recordings) - number
            break
        report = replays.rehearse(recording=recording, plan=plan, counts_people=counts_people)
        played.recordings.append(recording)
        played.reports.append(report)
        if other:
            second = replays.rehearse(recording=recording, plan=other, counts_people=counts_people)
            played.comparisons.append(comparisons.difference(second, report))
    return played
