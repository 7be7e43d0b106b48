"""What Prometheus reads: computed from the database at each scrape, whoever answers it."""

from collections.abc import Iterator, Mapping

from django.db.models import Count, QuerySet, Sum
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from messaging import states
from messaging.channels import registry
from messaging.models import Broadcast, Circuit, Delivery, Lease, Tally
from messaging.services import heartbeats, tallies, vitals, waiting
from messaging.states import State

# Counted to here at most: beyond, a larger number tells nothing more.
MOST = 10_000

# One number, or one per value of a label.
Numbers = Mapping[str, float]


def exposition() -> bytes:
    """The metrics in Prometheus' text format.

    :raises OperationalError: the database does not answer.
    """
    collectors = CollectorRegistry()
    collectors.register(_Database())
    with waiting.one_look():
        return generate_latest(collectors)


class _Database(Collector):
    def describe(self) -> list[Metric]:
        # Asked at registration, where reading would be wasted.
        return []

    def collect(self) -> Iterator[Metric]:
        yield from _channels()
        yield from _broadcasts()
        yield from _totals()
        for watch, number in vitals.watched():
            yield GaugeMetricFamily(f"klartext_{watch.gauge}", watch.about, value=number)
        ages = {task: age for task, age in heartbeats.ages().items() if age is not None}
        yield _gauge("heartbeat_age_seconds", "Since a task of beat's last ended", "task", ages)


def _gauge(name: str, what: str, label: str, numbers: Numbers) -> Metric:
    metric = GaugeMetricFamily(f"klartext_{name}", what, labels=[label])
    for value, number in numbers.items():
        metric.add_metric([value], number)
    return metric


def _channels() -> Iterator[Metric]:
    at_work = waiting.at_work()
    found = {name: waiting.on(channel=name, broadcasts=at_work) for name in registry.names()}
    yield _gauge(
        "oldest_due_age_seconds",
        "Age of the oldest delivery that may go out now",
        "channel",
        {name: one.oldest_due_age for name, one in found.items()},
    )
    yield _gauge(
        "due_deliveries",
        f"Deliveries that may go out now, up to {waiting.ROWS} per broadcast",
        "channel",
        {name: one.due for name, one in found.items()},
    )
    in_work = Delivery.objects.filter(state__in=states.IN_WORK)
    yield _per_channel("deliveries_in_work", "Deliveries that a sender holds", in_work)
    yield _per_channel("senders", "Senders at work", Lease.objects.live())
    yield _per_channel("channel_stopped", "1 while the provider refuses us", Circuit.objects.all())


def _per_channel(
    name: str, what: str, rows: "QuerySet[Delivery] | QuerySet[Lease] | QuerySet[Circuit]"
) -> Metric:
    counted = dict(rows.order_by().values_list("channel").annotate(Count("pk")))
    return _gauge(name, what, "channel", {one: counted.get(one, 0) for one in registry.names()})


def _broadcasts() -> Iterator[Metric]:
    open_states = [Broadcast.State.SENDING, Broadcast.State.PAUSED]
    rows = Broadcast.objects.filter(state__in=open_states).order_by()
    counted = dict(rows.values_list("state").annotate(Count("pk")))
    yield _gauge(
        "broadcasts",
        "Broadcasts that are not over",
        "state",
        {str(state): counted.get(state, 0) for state in open_states},
    )
    yield GaugeMetricFamily(
        "klartext_unfrozen_age_seconds",
        "Since the oldest broadcast began whose recipients are not frozen yet",
        value=vitals.unfrozen_age(),
    )
    unknown = Delivery.objects.filter(state=State.UNKNOWN)[:MOST].count()
    yield GaugeMetricFamily(
        "klartext_unknown_deliveries",
        f"Deliveries that a person or the provider has to decide on, up to {MOST}",
        value=unknown,
    )


def _totals() -> Iterator[Metric]:
    outcomes = CounterMetricFamily(
        "klartext_outcomes", "What came of messages", labels=["channel", "outcome"]
    )
    rows = Tally.objects.values_list("channel", "outcome").annotate(Sum("count")).order_by()
    # From the beginning: an alarm that compares a rate with 0 needs something to compare.
    totals = {(channel, tallies.ACCEPTED): 0 for channel in registry.names()}
    totals |= {(channel, outcome): number for channel, outcome, number in rows}
    for labels, number in totals.items():
        outcomes.add_metric(labels, number)
    yield outcomes
    errors = CounterMetricFamily(
        "klartext_provider_errors",
        "What providers answered instead of accepting",
        labels=["channel", "outcome", "code"],
    )
    for one in Tally.objects.exclude(code=""):
        errors.add_metric([one.channel, one.outcome, one.code], one.count)
    yield errors
