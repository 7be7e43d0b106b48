"""Who receives a broadcast: decided once, written as deliveries, resumable after a crash."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, QuerySet, UUIDField, Value
from django.db.models.functions import Cast, Now
from django.db.models.sql.compiler import SQLCompiler

from audiences.models import Channel, Contact, Detail, Segment, Suppression, address_field
from messaging.models import Broadcast, Delivery
from messaging.services import wake

CHUNK = 5_000


class RandomUUID(Func):
    """A random key made where the row is made, in the database's own words."""

    output_field = UUIDField()

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        return "gen_random_uuid()", ()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        return "lower(hex(randomblob(16)))", ()


@dataclass(frozen=True)
class Part:
    """One segment on one channel, or (without a segment) the story's earlier recipients."""

    channel: Channel
    segment: Segment | None

    def contacts(self, broadcast: Broadcast) -> QuerySet[Contact]:
        if self.segment:
            people = self.segment.members(self.channel)
        else:
            people = earlier_recipients(broadcast.thread, self.channel)
        address = address_field(self.channel)
        suppressed = Suppression.objects.active().filter(
            channel=self.channel, address=OuterRef(address)
        )
        return people.exclude(**{address: ""}).exclude(Exists(suppressed))

    @property
    def detail(self) -> str:
        return self.segment.detail if self.segment else Detail.PUBLIC


def earlier_recipients(thread: str, channel: str) -> QuerySet[Contact]:
    """Who got a message of this story and agreed to be asked about it."""
    told = Delivery.objects.reached().filter(
        broadcast__thread=thread, contact=OuterRef("pk"), channel=channel
    )
    return Contact.objects.filter(Exists(told), feedback_consent_at__isnull=False)


def parts(broadcast: Broadcast) -> list[Part]:
    """Most detailed first: whoever is entitled to more is written before the rest conflicts."""
    segments: list[Segment | None] = [None]
    if broadcast.purpose != Broadcast.Purpose.FEEDBACK:
        # "technical" before "public"
        segments = list(broadcast.segments.order_by(F("detail").desc(), "pk"))
    return [Part(Channel(name), segment) for name in broadcast.channels for segment in segments]


def freeze(*, broadcast_id: int, now: datetime) -> None:
    """Write every delivery of a broadcast, then wake the senders. Any number may run at once."""
    while freeze_chunk(broadcast_id=broadcast_id, now=now):
        pass


@transaction.atomic
def freeze_chunk(*, broadcast_id: int, now: datetime) -> bool:
    """Write the next deliveries and remember how far we are, together.

    False when all is done, or when somebody else is at it.
    """
    broadcast = (
        Broadcast.objects.unfrozen()
        .select_for_update(skip_locked=True)
        .filter(pk=broadcast_id)
        .first()
    )
    if broadcast is None:
        return False
    todo = parts(broadcast)[broadcast.freeze_position :]
    if not todo:
        broadcast.frozen_at = now
        broadcast.save(update_fields=["frozen_at"])
        transaction.on_commit(partial(wake.senders, channels=broadcast.channels))
        return False
    last = _write(broadcast, todo[0])
    broadcast.freeze_contact = last or 0
    broadcast.freeze_position += last is None
    broadcast.save(update_fields=["freeze_contact", "freeze_position"])
    return True


def _write(broadcast: Broadcast, part: Part) -> int | None:
    """INSERT … SELECT one keyset chunk; returns where it ended, None after the last one."""
    people = part.contacts(broadcast).filter(pk__gt=broadcast.freeze_contact).order_by("pk")
    ids = list(people.values_list("pk", flat=True)[CHUNK - 1 : CHUNK])
    if ids:
        people = people.filter(pk__lte=ids[0])
    _insert_from(broadcast, part, people)
    return ids[0] if ids else None


def _insert_from(broadcast: Broadcast, part: Part, people: QuerySet[Contact]) -> None:
    columns = {
        "key": RandomUUID(),
        "broadcast_id": Value(broadcast.pk),
        "contact_id": F("pk"),
        "segment_id": Cast(Value(part.segment.pk if part.segment else None), BigIntegerField()),
        "channel": Value(str(part.channel)),
        "address": F(address_field(part.channel)),
        "language": F("language"),
        "detail": Value(str(part.detail)),
        "state": Value(str(Delivery.State.PENDING)),
        "attempts": Value(0),
        "lapses": Value(0),
        "not_before": Now(),
        "provider_id": Value(""),
        "error_code": Value(""),
        "error_text": Value(""),
    }
    rows = people.order_by().values_list(
        *(expression for expression in columns.values())  # type: ignore[arg-type]
    )
    sql, parameters = rows.query.sql_with_params()
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    with connection.cursor() as cursor:
        # Two unique constraints make one person and one address hear it once per channel.
        cursor.execute(
            f"INSERT INTO {quote(Delivery._meta.db_table)} ({names}) {sql} ON CONFLICT DO NOTHING",
            parameters,
        )


def count(*, segments: list[Segment], channel: Channel) -> int:
    """How many people a broadcast to these segments would reach on a channel now."""
    people = Contact.objects.none()
    for segment in segments:
        people = people | Part(channel, segment).contacts(Broadcast())
    addresses = people.values(address_field(channel)).distinct()
    return int(addresses.count())
