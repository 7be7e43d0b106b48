"""One freeze for very many people: how many deliveries a second, and whether windows stay alike."""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from audiences.models import Segment
from messaging.models import Broadcast
from messaging.services import recipients

# Spreads numbers over addresses, so that they come in no order, as real ones do.
_SPREAD = "((i * 2654435761) %% 4294967296)"
_SERIES = "WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < %s)"
# Who is in which of three overlapping segments: 60 %, 60 % and 10 %.
_SEGMENTS = {
    ("one", "customer", "public"): "id %% 10 < 6",
    ("two", "customer", "public"): "id %% 10 >= 4",
    ("three", "internal", "technical"): "id %% 10 = 0",
}


@dataclass(frozen=True)
class Figures:
    rows: int
    seconds: float
    windows: list[float]

    @property
    def rows_per_s(self) -> float:
        return self.rows / self.seconds

    @property
    def last_to_first(self) -> float:
        """How much slower the last full windows were than the first ones, both per contact."""
        fifth = max(len(self.windows) // 5, 1)
        return sum(self.windows[-fifth:]) / sum(self.windows[:fifth])


def measure(people: int) -> Figures:
    """Fill an empty database, freeze one broadcast, and say how it went.

    Every window wakes the senders: let none be listening.
    """
    fill(people)
    broadcast = start()
    spent: list[tuple[int, float]] = []
    began = time.perf_counter()
    looked_at = 0
    is_going_on = True
    while is_going_on:
        at = time.perf_counter()
        is_going_on = recipients.freeze_window(broadcast_id=broadcast.pk, now=timezone.now())
        took = time.perf_counter() - at
        broadcast.refresh_from_db(fields=["freeze_contact"])
        spent.append((broadcast.freeze_contact - looked_at, took))
        looked_at = broadcast.freeze_contact
    seconds = time.perf_counter() - began
    # The first windows are small on purpose, and the last is what was left.
    widest = max(width for width, _took in spent)
    full = [took / width for width, took in spent if width >= widest / 4]
    return Figures(broadcast.deliveries.count(), seconds, full)


def fill(people: int) -> None:
    """Contacts, of whom 1 % are suppressed and 2 % have left, in three segments."""
    uuid = "gen_random_uuid()" if connection.vendor == "postgresql" else "hex(randomblob(16))"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO audiences_contact (key, name, email, phone, language, time_zone,
                                               attributes, created_at)
            {_SERIES} SELECT {uuid}, 'Zoë Müller', 'p' || {_SPREAD} || '@example.com', '',
                CASE WHEN i %% 3 = 0 THEN 'en' ELSE 'de' END, '', '{{}}', CURRENT_TIMESTAMP
            FROM series""",
            [people],
        )
        cursor.execute(
            """INSERT INTO audiences_suppression (channel, address, reason, note, created_at,
                                                  lifted_because)
            SELECT 'email', email, 'staff', '', CURRENT_TIMESTAMP, ''
            FROM audiences_contact WHERE id %% 100 = 7""",
            [],
        )
        for (slug, kind, detail), condition in _SEGMENTS.items():
            segment = Segment.objects.create(slug=slug, name=slug, kind=kind, detail=detail)
            cursor.execute(
                f"""INSERT INTO audiences_subscription (contact_id, segment_id, channel, state,
                                                        source, evidence, changed_at)
                SELECT id, %s, 'email', CASE WHEN id %% 50 = 3 THEN 'unsubscribed'
                    ELSE 'confirmed' END, 'import', '', CURRENT_TIMESTAMP
                FROM audiences_contact WHERE {condition}""",
                [segment.pk],
            )
        # As the database does by itself a minute after such an import.
        for table in ("contact", "subscription", "suppression"):
            cursor.execute(f"ANALYZE audiences_{table}")


def start() -> Broadcast:
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
