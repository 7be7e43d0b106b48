"""Whether messages are moving, in words for whoever has to do something about it."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from messaging.channels import registry
from messaging.models import Broadcast, Circuit, Lease, RateLimit, Tally
from messaging.services import circuits, clock, heartbeats, tallies, waiting
from messaging.services.circuits import Trouble
from messaging.services.waiting import Waiting


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a word for software, a sentence for people."""

    what: str
    words: str


@dataclass(frozen=True)
class Watch:
    """Something that an app above counts, and somebody has to see to: none is well.

    `words` is the finding's sentence, with %(number)d; `gauge` and `about` are for Prometheus.
    """

    what: str
    count: Callable[[], int]
    words: str
    gauge: str
    about: str


_watches: list[Watch] = []


def register(watch: Watch) -> None:
    """Let an app above raise the same alarm, from its services/watches.py."""
    _watches.append(watch)


def watched() -> Iterator[tuple[Watch, int]]:
    """How many there are of each."""
    for watch in _watches:
        yield watch, watch.count()


# Looked at until it is true: a running process gets no new migrations.
_is_migrated = threading.Event()

_TROUBLES = {
    Trouble.REFUSED: "the provider refuses us",
    Trouble.REJECTED: "the provider refuses too many messages",
    Trouble.UNREACHABLE: "the provider cannot be reached",
}
DATABASE_AWAY = Finding("database", "The database does not answer.")


def findings() -> list[Finding]:
    """Everything that keeps messages from moving, and what other apps watch; empty when all is
    well.

    What a person wants to wait (paused, rate limited, due later) is no finding.

    :raises OperationalError: the database does not answer.
    """
    with waiting.one_look():
        return [*_silent_tasks(), *_unfrozen(), *_channels(), *_by_others()]


def obstacles() -> list[Finding]:
    """What keeps a process from working at all; empty when it can.

    :raises OperationalError: the database does not answer.
    """
    with waiting.one_look(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    if _is_migrated.is_set():
        return []
    executor = MigrationExecutor(connection)
    if lacking := len(executor.migration_plan(executor.loader.graph.leaf_nodes())):
        return [Finding("migrations", f"{lacking} are not applied: run manage.py migrate.")]
    _is_migrated.set()
    return []


def _by_others() -> Iterator[Finding]:
    for watch, number in watched():
        if number:
            yield Finding(watch.what, watch.words % {"number": number})


def _silent_tasks() -> Iterator[Finding]:
    for task, age in heartbeats.ages().items():
        if age is None:
            since = "has never run"
        elif age > settings.TICK_SECONDS + settings.HEALTH_MAX_AGE_SECONDS:
            since = f"last ran {age:.0f} s ago"
        else:
            continue
        yield Finding(
            "tick",
            f"{task} {since}: look at beat, the broker, the timeline workers and their logs.",
        )


def unfrozen_age() -> float:
    """Seconds since the oldest broadcast was started whose recipients are not frozen yet."""
    ages = (
        Broadcast.objects.unfrozen().order_by("started_at").values_list(clock.since("started_at"))
    )
    oldest = ages.first()
    return max(oldest[0].total_seconds(), 0.0) if oldest else 0.0


def _unfrozen() -> Iterator[Finding]:
    age = unfrozen_age()
    if age > settings.HEALTH_MAX_AGE_SECONDS:
        yield Finding(
            "freeze",
            f"A broadcast started {age:.0f} s ago has no recipients yet: look at the logs of the"
            " timeline workers.",
        )


def _channels() -> Iterator[Finding]:
    stopped = {one.channel: one for one in Circuit.objects.all()}
    at_work = waiting.at_work()
    for channel in registry.names():
        if channel in stopped:
            yield Finding("stopped", _about_stop(stopped[channel]))
        else:
            found = waiting.on(channel=channel, broadcasts=at_work)
            yield from _stuck(channel, found)
            yield from _unreachable(channel, found)


def _about_stop(circuit: Circuit) -> str:
    """In our own words: what providers answer names hosts and accounts, and anybody may ask."""
    said = _TROUBLES[circuits.Cause.read(circuit.because).trouble]
    since = circuit.opened_at.astimezone(UTC)
    return f"{circuit.channel} is stopped since {since:%Y-%m-%d %H:%M} UTC: {said}."


def _stuck(channel: str, found: Waiting) -> Iterator[Finding]:
    """Something is due for long, and nothing has gone out lately."""
    patience = _patience(channel)
    if found.oldest_due_age <= patience or _moved_age(channel) <= patience:
        return
    if Lease.objects.live().filter(channel=channel).exists():
        why = "though senders are at work: look at their logs and at the provider"
    else:
        why = "and no sender is at work: look at the sending workers and the broker"
    yield Finding("stuck", f"{channel} has messages due since {found.oldest_due_age:.0f} s, {why}.")


def _patience(channel: str) -> float:
    """The channel's limit may allow less than one message in the usual time.

    A domain's limit keeps nothing due: the senders put off what it holds back.
    """
    limit = RateLimit.objects.filter(channel=channel, domain="").first()
    return max(settings.HEALTH_MAX_AGE_SECONDS, 2 / limit.per_second if limit else 0)


def _moved_age(channel: str) -> float:
    """Seconds since the provider last decided on a message, for or against it."""
    moved = [tallies.ACCEPTED, tallies.FAILED]
    latest = Tally.objects.filter(channel=channel, outcome__in=moved).order_by("-at")
    ages = latest.values_list(clock.since("at")).first()
    return float(ages[0].total_seconds()) if ages else float("inf")


def _unreachable(channel: str, found: Waiting) -> Iterator[Finding]:
    """The last try ended without a word of the provider, and there is more to send."""
    tries = Tally.objects.filter(channel=channel, outcome__in=tallies.OF_TRIES)
    latest = tries.order_by("-at").first()
    if latest is None or latest.outcome != tallies.DEFERRED:
        return
    # A server that answers says a number; without one the connection itself failed.
    is_answer = latest.code[:1].isdigit()
    waited = min(found.oldest_start_age, _moved_age(channel))
    if not is_answer and waited > settings.HEALTH_MAX_AGE_SECONDS:
        yield Finding(
            "unreachable",
            f"{channel} does not reach its provider: messages wait and are tried"
            " again. Look at the provider and at the network.",
        )
