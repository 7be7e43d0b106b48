"""One broadcast, timed from the call that starts it to the commit of its last result."""

import time
from dataclasses import dataclass

from django.utils import timezone

from audiences.models import Segment
from benchmarks.engine.watcher import Statements, Watcher
from benchmarks.engine.workers import Workers
from benchmarks.processes import MEBIBYTE, BenchmarkFailed, Memory, watching
from messaging.models import Template
from messaging.services import broadcasts
from messaging.services.broadcasts import Announcement
from messaging.services.placeholders import FACTS

LOOK_SECONDS = 0.05
# So long without an end means that something hangs.
PATIENCE_SECONDS = 60
FACTS_OF = {
    "en": {
        "title": "Logins fail for some customers",
        "components": "Login and single sign-on",
        "update": "We have found the cause in our session store and are moving traffic to the "
        "second data centre. About a third of all logins work again since 14:05. **Data is not "
        "affected**, and whoever is logged in stays logged in.",
        "effect": "Logging in can fail or take up to a minute. Scheduled exports start late.",
        "workaround": "Try again after a minute, or use the API with a key you already have.",
        "next_update": "15:30 (CEST)",
        "incident_url": "https://status.example.com/incidents/logins-fail/",
    },
    "de": {
        "title": "Anmeldung schlägt bei einigen Kunden fehl",
        "components": "Anmeldung und Single Sign-on",
        "update": "Wir haben die Ursache in unserem Sitzungsspeicher gefunden und leiten die "
        "Anfragen in das zweite Rechenzentrum um. Seit 14:05 Uhr gelingt etwa ein Drittel aller "
        "Anmeldungen wieder. **Daten sind nicht betroffen**, und wer angemeldet ist, bleibt es.",
        "effect": "Die Anmeldung kann fehlschlagen oder bis zu einer Minute dauern. Geplante "
        "Exporte beginnen verspätet.",
        "workaround": "Versuchen Sie es nach einer Minute noch einmal, oder nutzen Sie die API mit "
        "einem vorhandenen Schlüssel.",
        "next_update": "15:30 Uhr (MESZ)",
        "incident_url": "https://status.example.com/incidents/logins-fail/",
    },
}


@dataclass(frozen=True)
class Sent:
    """How one broadcast went; all seconds count from the call that started it."""

    people: int
    seconds: float
    frozen_seconds: float
    first_seconds: float
    statements: Statements
    memory: Memory

    @property
    def per_second(self) -> float:
        return self.people / self.seconds

    @property
    def queries_per_1000(self) -> float:
        return self.statements.queries * 1000 / self.people

    @property
    def control_per_1000(self) -> float:
        """BEGIN, COMMIT and the like."""
        return self.statements.control * 1000 / self.people

    @property
    def memory_mb(self) -> float:
        """Of the sending process that took most."""
        return max(self.memory.rss.values()) / MEBIBYTE

    def line(self) -> str:
        return (
            f"{self.people:,} in {self.seconds:.2f} s = {self.per_second:,.0f}/s, first after "
            f"{self.first_seconds:.2f} s, frozen after {self.frozen_seconds:.2f} s, "
            f"{self.queries_per_1000:.0f} queries (+ {self.control_per_1000:.0f} BEGIN, COMMIT) "
            f"per 1,000, {self.memory_mb:.0f} MB"
        )


def measure(*, segment: Segment, people: int, workers: Workers, watcher: Watcher) -> Sent:
    """Send to one segment with workers that are up.

    :raises BenchmarkFailed: it does not end, or not everybody was written to.
    """
    announcement = _announcement(segment)
    watcher.reset()
    with watching(workers.senders) as memory:
        began = time.time()
        broadcast = broadcasts.start(announcement=announcement, by=None, now=timezone.now())
        frozen_seconds = _wait(broadcast.pk, workers, watcher, began)
        statements = watcher.statements()
    states = watcher.states(broadcast.pk)
    if states != {"accepted": people}:
        raise BenchmarkFailed(f"Expected {people} accepted, found {states}.{_logs(workers)}")
    first, last = watcher.times(broadcast.pk)
    return Sent(people, last - began, frozen_seconds, first - began, statements, memory)


def _wait(broadcast_id: int, workers: Workers, watcher: Watcher, began: float) -> float:
    """Until nothing is left to send; returns the seconds until the recipients were frozen."""
    frozen_seconds = 0.0
    while time.time() - began < PATIENCE_SECONDS:
        is_frozen, is_done = watcher.look(broadcast_id)
        if is_frozen and not frozen_seconds:
            frozen_seconds = time.time() - began
        if is_done:
            return frozen_seconds
        workers.must_live()
        time.sleep(LOOK_SECONDS)
    states = watcher.states(broadcast_id)
    raise BenchmarkFailed(f"Not done in {PATIENCE_SECONDS} s: {states}.{_logs(workers)}")


def _logs(workers: Workers) -> str:
    return "".join(f"\n\n{one.tail()}" for one in (*workers.senders, workers.timeline))


def _announcement(segment: Segment) -> Announcement:
    shared = dict.fromkeys(FACTS, "") | {"organisation": "Example"}
    return Announcement(
        title="Logins fail",
        template=Template.objects.get(slug="update"),
        facts={language: shared | facts for language, facts in FACTS_OF.items()},
        # A thread of its own each time: an earlier message of the same story is superseded.
        thread=f"bench-{time.time_ns()}",
        channels=["email"],
        segments=[segment],
    )
