"""What rehearsed recordings came to, as a page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from audiences.admin.moments import moment
from audiences.models import Channel
from incidents import durations
from incidents.models import TimelineEntry
from incidents.recordings import Recording
from incidents.services import replay_summary
from incidents.services.comparisons import Comparison
from incidents.services.rehearsals import Rehearsed
from incidents.services.replay_reports import Report
from incidents.services.replay_summary import Figures


@dataclass(frozen=True)
class Line:
    """One figure: of this version, and of the other one."""

    name: str
    value: str
    other: str


@dataclass(frozen=True)
class Told:
    """One step that came, or what is different about it: `kind` is added, removed or moved."""

    at: datetime
    words: str
    note: str = ""
    kind: str = ""

    @property
    def time(self) -> str:
        return moment(self.at)


@dataclass(frozen=True)
class Story:
    """What one recording came to."""

    recording: Recording
    report: Report
    told: Sequence[Told]
    changes: Sequence[Told]

    @property
    def began(self) -> str:
        return moment(self.recording.started_at)

    @property
    def longest(self) -> str:
        return seconds(self.report.longest_silence_seconds)

    @property
    def longest_recorded(self) -> str:
        return seconds(self.report.recorded_longest_silence_seconds)


def lines(played: Rehearsed) -> list[Line]:
    ours = replay_summary.figures(played.reports)
    before = [one.before for one in played.comparisons]
    theirs = replay_summary.figures(before) if before else None
    return [
        Line(name, _value(ours, key), _value(theirs, key) if theirs else "")
        for key, name in {
            "incidents": _("Recordings played"),
            "recorded_updates": _("Updates in them"),
            "statements": _("Holding statements and first notices of the plan"),
            "promises": _("Promises kept"),
            "median_silence_recorded": _("Longest silence, median, as recorded"),
            "median_silence": _("Longest silence, median, with the plan"),
            "longest_silence": _("Longest silence of all"),
            "overruns": _("Silent for longer than rhythm and last rung"),
            "messages_per_person": _("Messages per person"),
        }.items()
    ]


def _value(figures: Figures, key: str) -> str:
    if key == "promises":
        return f"{figures.promises_kept} / {figures.promises_made}"
    value = getattr(figures, key)
    if value is None:
        return "–"
    if "silence" in key:
        return seconds(value)
    places = 1 if isinstance(value, float) else 0
    return formats.number_format(round(value, places), places)


def seconds(number: float) -> str:
    return durations.spoken(timedelta(minutes=round(number / 60)))


def stories(played: Rehearsed) -> list[Story]:
    compared: Sequence[Comparison | None] = played.comparisons or [None] * len(played.reports)
    together = zip(played.recordings, played.reports, compared, strict=True)
    return [
        Story(recording, report, _told(report), _changes(comparison) if comparison else [])
        for recording, report, comparison in together
    ]


def _told(report: Report) -> list[Told]:
    """What came, in order; what was planned and did not come says nothing."""
    released = [entry for entry in report.entries if entry["released_at"]]
    found = []
    for entry in released:
        reason = str(TimelineEntry.Reason(str(entry["reason"])).label)
        reached: Any = entry["recipients"]
        counts = ", ".join(
            f"{number} × {Channel(channel).label}" for channel, number in reached.items()
        )
        at = datetime.fromisoformat(str(entry["released_at"]))
        found.append(Told(at, str(entry["step"]), " · ".join(filter(None, (reason, counts)))))
    return sorted(found, key=lambda one: one.at)


def _changes(comparison: Comparison) -> list[Told]:
    found = [Told(at, step, kind="added") for step, at in comparison.added]
    found += [Told(at, step, kind="removed") for step, at in comparison.removed]
    found += [
        Told(one.after, one.step, _("was %(time)s") % {"time": moment(one.before)}, "moved")
        for one in comparison.moved
    ]
    return sorted(found, key=lambda one: one.at)
