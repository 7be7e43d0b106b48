"""What a replay did, from its rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Count, F
from django.utils import timezone

from incidents.models import DutyCall, Incident, Promise, TimelineEntry, Update
from incidents.models.status import FINAL
from incidents.recordings import Recording
from incidents.services import owed, promises, silences
from messaging.models import Delivery


@dataclass(frozen=True)
class Report:
    """What a replay did, in story time; silences are seconds.

    `guarded` is the longest silence while the plan still had something to say by itself,
    `unguarded` the longest after its bound was used up; None where there was none. `overrun` is by
    how much a guarded one was longer than rhythm and last rung: 0 is what the plan vouches for.
    `calls` is how many people the ladder would have called, `uncalled` how many promises fell due
    without a person's word or a call before; None where nobody is called, as in a replay.
    """

    id: str
    name: str
    recorded_updates: int
    statements_of_the_plan: int
    entries: list[dict[str, object]]
    deliveries: dict[str, dict[str, int]]
    promises: dict[str, int]
    plan: str
    messages: int
    people: int
    longest_silence_seconds: float
    guarded_seconds: float
    unguarded_seconds: float | None
    overrun_seconds: float
    recorded_longest_silence_seconds: float
    unknown_components: list[str] = field(default_factory=list)
    calls: int | None = None
    uncalled: int | None = None


def report(*, recording: Recording, incident: Incident) -> Report:
    """What happened, from the rows."""
    incident.refresh_from_db()
    last = max(recording.updates[-1].at, incident.resolved_at or recording.updates[-1].at)
    assert incident.plan, "it was opened, and has its plan from then"
    told = Delivery.objects.filter(broadcast__thread=incident.key)
    counts = told.values_list("channel", "state").annotate(Count("pk"))
    deliveries: dict[str, dict[str, int]] = {}
    for channel, state, count in counts:
        deliveries.setdefault(channel, {})[state] = count
    found = silences.of(incident=incident, until=last)
    known = set(incident.components.values_list("name", flat=True))
    return Report(
        id=recording.id,
        name=recording.name,
        recorded_updates=len(recording.updates),
        statements_of_the_plan=incident.updates.filter(origin="plan").count(),
        entries=[_entry(entry) for entry in _entries(incident)],
        deliveries=deliveries,
        promises=dict(promises.tally(incident=incident, until=last)),
        plan=f"{incident.plan.slug}:{incident.plan.version}",
        messages=told.count(),
        people=told.values("contact").distinct().count(),
        longest_silence_seconds=_longest(one.length for one in found) or 0,
        guarded_seconds=_longest(one.length for one in found if not one.is_unguarded) or 0,
        unguarded_seconds=_longest(one.length for one in found if one.is_unguarded),
        overrun_seconds=_longest(one.overrun for one in found) or 0,
        recorded_longest_silence_seconds=_silence_of(recording),
        unknown_components=sorted(set(recording.components) - known),
    )


def with_calls(report: Report, *, incident: Incident) -> Report:
    """The same with what the ladder did."""
    asked = incident.duty_calls.filter(about=DutyCall.About.PROMISE, is_information=False)
    moments = list(asked.values_list("called_at", flat=True))
    fallen_due = incident.promises.exclude(settled_at__lt=F("due_at")).exclude(
        settled_by__origin=Update.Origin.PERSON, settled_at=F("due_at")
    )
    last = incident.story_time(timezone.now())
    uncalled = [
        promise
        for promise in fallen_due.filter(due_at__lte=last)
        if not any(_called_from(promise) < at <= promise.due_at for at in moments)
    ]
    return replace(report, calls=len(moments), uncalled=len(uncalled))


def _called_from(promise: Promise) -> datetime:
    return owed.of_promise(promise).owed.shared_from_at


def _longest(times: Iterable[timedelta]) -> float | None:
    return max((time.total_seconds() for time in times), default=None)


def _silence_of(recording: Recording) -> float:
    """The longest time between two of its updates while it was open."""
    end = next((words.at for words in recording.updates if words.status in FINAL), None)
    said = [words.at for words in recording.updates if end is None or words.at <= end]
    return (
        _longest(after - before for before, after in pairwise([recording.started_at, *said])) or 0
    )


def _entries(incident: Incident) -> list[TimelineEntry]:
    return list(incident.timeline.select_related("step", "broadcast").order_by("due_at", "pk"))


def _entry(entry: TimelineEntry) -> dict[str, object]:
    by_channel: dict[str, int] = {}
    if entry.broadcast:
        counted = entry.broadcast.deliveries.values_list("channel").annotate(Count("pk"))
        by_channel = dict(counted.order_by("channel"))
    return {
        "step": entry.step.name,
        "state": entry.state,
        "reason": entry.reason,
        "due_at": entry.due_at.isoformat(),
        "released_at": entry.released_at.isoformat() if entry.released_at else None,
        "recipients": by_channel,
    }
