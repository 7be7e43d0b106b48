"""What waits to be sent, looked at closely enough to judge and never counted to the end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, DateTimeField, Max, Min, Q, QuerySet
from django.db.models.functions import Now

from messaging.models import Broadcast, Delivery
from messaging.states import State

# Rows looked at per broadcast and channel, and broadcasts per look.
ROWS, BROADCASTS = 1_000, 100
# A scrape or a probe that the database cannot answer in this time has its answer.
LIMIT_MS = 3_000


@contextmanager
def one_look() -> Iterator[None]:
    """No query of the block keeps the one who asks waiting.

    :raises OperationalError: the database is away, or takes too long.
    """
    if connection.vendor != "postgresql":
        # A transaction would wait for SQLite's one writer; reading alone does not.
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {LIMIT_MS}")
        yield


@dataclass(frozen=True)
class Waiting:
    """On one channel: how many may go out now, exact up to ROWS per broadcast, and two ages in
    seconds: of what is due, and of what is pending (due now or later) since its broadcast began.
    """

    due: int = 0
    oldest_due_age: float = 0.0
    oldest_start_age: float = 0.0


def at_work() -> Sequence[Broadcast]:
    return list(Broadcast.objects.at_work().only("channels", "started_at")[:BROADCASTS])


def on(*, channel: str, broadcasts: Sequence[Broadcast]) -> Waiting:
    """What the broadcasts at work still have to send on a channel."""
    found = [_of(one, channel) for one in broadcasts if channel in one.channels]
    return Waiting(
        due=sum(one.due for one in found),
        oldest_due_age=max((one.oldest_due_age for one in found), default=0.0),
        oldest_start_age=max((one.oldest_start_age for one in found), default=0.0),
    )


def _of(broadcast: Broadcast, channel: str) -> Waiting:
    # The last rows: those before them are done first, and their places in the index stay behind.
    rows: QuerySet[Delivery] = Delivery.objects.filter(
        broadcast=broadcast, channel=channel, state=State.PENDING
    ).order_by("-pk")[:ROWS]
    is_due = Q(not_before__lte=Now())
    found = rows.aggregate(
        due=Count("pk", filter=is_due),
        oldest=Min("not_before", filter=is_due),
        now=Max(Now(), output_field=DateTimeField()),
    )
    return Waiting(
        found["due"],
        _seconds(found["oldest"], found["now"]),
        _seconds(broadcast.started_at, found["now"]),
    )


def _seconds(since: datetime | None, until: datetime | None) -> float:
    """0 where there is nothing to count from, or no row to tell the time."""
    return max((until - since).total_seconds(), 0.0) if since and until else 0.0
