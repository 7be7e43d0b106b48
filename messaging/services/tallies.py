"""Counting what came of messages, once a second and not once a message.

A sender counts in memory and writes together with its lease; killed, it takes a second's counts
with it. The deliveries themselves are never counted from here.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from django.db import connection

from messaging.channels import (
    Accepted,
    Outcome,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
)
from messaging.models import Tally
from messaging.services.lines import Result

ACCEPTED, DEFERRED, FAILED = "accepted", "deferred", "failed"
SENDER_FAULT, UNKNOWN = "sender_fault", "unknown"
OF_TRIES = [ACCEPTED, DEFERRED, FAILED, SENDER_FAULT, UNKNOWN]

# Outcome and provider's code.
Ending = tuple[str, str]


class Tallies:
    """What one sender has counted and not yet written."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self._counts: Counter[Ending] = Counter()

    def count(self, results: Iterable[Result]) -> None:
        self._counts.update(ending(result.outcome) for result in results if result.outcome)

    def write(self) -> None:
        if self._counts:
            add(channel=self.channel, counts=self._counts)
            self._counts.clear()


def ending(outcome: Outcome) -> Ending:
    match outcome:
        case Accepted():
            return ACCEPTED, ""
        case TemporaryFailure():
            return DEFERRED, outcome.code
        case PermanentFailure():
            return FAILED, outcome.code
        case SenderFault():
            return SENDER_FAULT, outcome.code
        case _:
            return UNKNOWN, outcome.code


def add(*, channel: str, counts: Mapping[Ending, int]) -> None:
    """Add to the totals of a channel, in one statement."""
    quote = connection.ops.quote_name
    table = quote(Tally._meta.db_table)
    # In one order, so that two senders never wait for each other in a circle.
    rows = [(channel, *key, number) for key, number in sorted(counts.items())]
    values = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (channel, outcome, code, count) VALUES {values}"
            f" ON CONFLICT (channel, outcome, code)"
            f" DO UPDATE SET count = {table}.count + excluded.count, at = excluded.at",
            [value for row in rows for value in row],
        )
