"""Freeze one broadcast for very many people in a database of its own; the last line says how.

python -m benchmarks.engine.freeze PEOPLE
"""

import json
import sys
import time
from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from audiences.models import Segment
from benchmarks.engine import audience
from messaging.models import Broadcast
from messaging.services import recipients


def main(people: int) -> None:
    print(json.dumps(measure(people)))


def measure(people: int) -> dict[str, float]:
    """Fill an empty database and freeze a broadcast to everybody in it.

    Every window wakes the senders: none is listening here.
    """
    audience.crowd(people)
    broadcast = _start()
    began = time.perf_counter()
    windows = _freeze(broadcast)
    seconds = time.perf_counter() - began
    return {
        "rows": broadcast.deliveries.count(),
        "seconds": seconds,
        "last_to_first": _last_to_first(windows),
    }


def _start() -> Broadcast:
    now = timezone.now()
    broadcast = Broadcast.objects.create(
        title="A broadcast",
        thread="bench",
        channels=["email"],
        state=Broadcast.State.SENDING,
        started_at=now,
        expires_at=now + timedelta(hours=1),
    )
    broadcast.segments.set(Segment.objects.all())
    return broadcast


def _freeze(broadcast: Broadcast) -> list[tuple[int, float]]:
    """How many contacts each window looked at, and in how many seconds."""
    windows: list[tuple[int, float]] = []
    looked_at = 0
    is_going_on = True
    while is_going_on:
        at = time.perf_counter()
        is_going_on = recipients.freeze_window(broadcast_id=broadcast.pk, now=timezone.now())
        took = time.perf_counter() - at
        broadcast.refresh_from_db(fields=["freeze_contact"])
        windows.append((broadcast.freeze_contact - looked_at, took))
        looked_at = broadcast.freeze_contact
    return windows


def _last_to_first(windows: Sequence[tuple[int, float]]) -> float:
    """How much slower the last full windows were than the first ones, both per contact."""
    # The first windows are small on purpose, and the last is what was left.
    widest = max(width for width, _took in windows)
    full = [took / width for width, took in windows if width >= widest / 4]
    fifth = max(len(full) // 5, 1)
    return sum(full[-fifth:]) / sum(full[:fifth])


if __name__ == "__main__":
    main(int(sys.argv[1]))
