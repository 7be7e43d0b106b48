"""Tells what happens while it happens: time, what, to whom, how many, how long it took."""

from datetime import datetime

from django.contrib.auth.models import User
from django.core.management.base import OutputWrapper
from django.db.models import Count, Max, Q
from django.utils import timezone

from audiences import languages
from embedded.demo.story import Beat
from incidents.models import Incident, TimelineEntry
from messaging import states
from messaging.models import Broadcast

BAR = 24


class Narrator:
    """Writes one line per event; on a terminal a bar shows how far the current sending is."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.is_terminal = out.isatty()
        self.told: set[int] = set()
        self.seen: set[int] = set()

    def opened(self, incident: Incident) -> None:
        self.line(incident, f"{incident.lead} opens the incident “{incident}”")
        self.line(incident, f"plan “{incident.plan}”, next: the first notice")

    def wrote(self, incident: Incident, beat: Beat) -> None:
        words = languages.pick(beat.public_text, "en")
        self.line(incident, f"{incident.lead} writes ({beat.status}): “{words:.60}…”")

    def called(self, incident: Incident, task: TimelineEntry, by: User) -> None:
        self.line(incident, f"{by} ticks off the task “{task.step.name}”")

    def line(self, incident: Incident, text: str) -> None:
        self._say(f"{_clock(incident.story_time(timezone.now()))}  {text}")

    def look(self, incident: Incident) -> None:
        """Report what has changed since the last look."""
        entries = incident.timeline.exclude(pk__in=self.seen).select_related("step", "update")
        for entry in entries.filter(broadcast=None, state=TimelineEntry.State.WAITING):
            self.seen.add(entry.pk)
            self.line(incident, f"task waits for a person: “{entry.step.name}”")
        entries = incident.timeline.exclude(pk__in=self.told).filter(broadcast__isnull=False)
        for entry in entries.select_related("step", "broadcast").order_by("released_at"):
            self._sending(entry)

    def _sending(self, entry: TimelineEntry) -> None:
        assert entry.broadcast
        counts = _counts(entry.broadcast)
        if entry.broadcast.state == Broadcast.State.FINISHED:
            self.told.add(entry.pk)
            self._say(_summary(entry, counts))
        elif self.is_terminal:
            share = counts["done"] / counts["all"] if counts["all"] else 0
            bar = ("█" * round(share * BAR)).ljust(BAR, "░")
            self.out.write(
                f"\r  {entry.step.name:<18.18} {bar} {counts['done']:>5}/{counts['all']}"
            )
            self.out.flush()

    def _say(self, text: str) -> None:
        self.out.write(("\r\033[K" if self.is_terminal else "") + text)
        self.out.flush()


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%H:%M}"


def _counts(broadcast: Broadcast) -> dict[str, int]:
    reached = Q(state__in=states.REACHED)
    return broadcast.deliveries.aggregate(
        all=Count("pk"),
        done=Count("pk", ~Q(state__in=states.OPEN)),
        email=Count("pk", reached & Q(channel="email")),
        sms=Count("pk", reached & Q(channel="sms")),
        failed=Count("pk", Q(state__in=states.NOT_REACHED)),
    )


def _summary(entry: TimelineEntry, counts: dict[str, int]) -> str:
    broadcast = entry.broadcast
    assert broadcast
    parts = [f"{counts[name]:,} {label}" for name, label in _LABELS.items() if counts[name]]
    took = _took(broadcast)
    return (
        f"{_clock(entry.released_at or timezone.now())}  ▸ {entry.step.name}: "
        f"{', '.join(parts)} to {_whom(broadcast)}  ({took:.1f} s)"
    )


_LABELS = {"email": "e-mails", "sms": "texts", "failed": "failed"}


def _took(broadcast: Broadcast) -> float:
    """Seconds of real time from the start to the last message accepted."""
    last = broadcast.deliveries.aggregate(last=Max("accepted_at"))["last"]
    started = broadcast.started_at
    return (last - started).total_seconds() if last and started else 0.0


def _whom(broadcast: Broadcast) -> str:
    if broadcast.purpose == Broadcast.Purpose.FEEDBACK:
        return "those who heard the story and agreed to be asked"
    names = list(broadcast.segments.order_by("pk").values_list("name", flat=True))
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown
