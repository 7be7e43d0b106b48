"""Who receives a broadcast: decided once, written as deliveries, resumable after a crash."""

import logging
import time
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, Min, OuterRef, Value

from audiences.models import Contact, address_field, locales
from messaging.models import Amendment, Broadcast, Delivery
from messaging.services import amending, row_writes, wake
from messaging.services.audience import SHARED, Audience
from messaging.services.wishes import Ends

logger = logging.getLogger(__name__)

# Contacts are looked at in windows of their ids, each written in one statement. The first is
# small, so that the first message leaves at once; then they grow to what is written in this time.
WINDOW_SECONDS = 0.25
FIRST_WIDTH, GROWTH, WIDEST = 1_000, 4, 50_000
# How long one task freezes before it lets others have its place.
TURN_SECONDS = 1.0


def freeze(*, broadcast_id: int, now: datetime) -> None:
    """Write every delivery of a broadcast. Any number may run at once, and be killed at any point.

    What is written is sent meanwhile.
    """
    while freeze_window(broadcast_id=broadcast_id, now=now):
        pass


def freeze_for_a_turn(*, broadcast_id: int, now: datetime) -> None:
    """Write deliveries for about a second; what is left is for the next wake-up."""
    until = time.monotonic() + TURN_SECONDS
    while freeze_window(broadcast_id=broadcast_id, now=now):
        if time.monotonic() >= until:
            wake.freezer(broadcast_id=broadcast_id)
            return


def freeze_waiting(*, now: datetime) -> None:
    """Write deliveries of whatever waits, the most urgent first, for about a second in all.

    One wake-up serves any number of broadcasts whose own was lost. None keeps out the others.
    """
    until = time.monotonic() + TURN_SECONDS
    waiting = Broadcast.objects.unfrozen().order_by("priority", "pk")
    for pk in waiting.values_list("pk", flat=True):
        try:
            freeze_for_a_turn(broadcast_id=pk, now=now)
        except Exception:
            logger.exception("The recipients of broadcast %s cannot be written", pk)
        if time.monotonic() >= until:
            return


@transaction.atomic
def freeze_window(*, broadcast_id: int, now: datetime) -> bool:
    """Write the next deliveries and remember how far we are, together; then wake the senders.

    False when all is done, or when somebody else is at it.
    """
    broadcast: Any = (
        Broadcast.objects.unfrozen()
        .annotate(puts_right=Exists(Amendment.objects.filter(by=OuterRef("pk"))))
        .select_for_update(skip_locked=True)
        .filter(pk=broadcast_id)
        .first()
    )
    if broadcast is None:
        return False
    if broadcast.puts_right:
        return amending.copy_next(broadcast=broadcast, now=now)
    if broadcast.freeze_until is None:
        _begin(broadcast)
    began = time.monotonic()
    audience = Audience.of(broadcast, now=now)
    ids = _next_window(broadcast)
    ends: dict[str, Ends] = {}
    for name in broadcast.channels:
        ids, ends[name] = audience.wishes.window(ids, name)
    written = [name for name in ends if _write(broadcast, audience, name, ids, ends[name])]
    _remember(broadcast, ids, seconds=time.monotonic() - began, now=now)
    transaction.on_commit(partial(wake.senders, channels=written))
    return broadcast.frozen_at is None


def _begin(broadcast: Broadcast) -> None:
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    broadcast.freeze_until = ends["last"] or 0
    broadcast.freeze_contact = (ends["first"] or 1) - 1
    broadcast.freeze_width = FIRST_WIDTH


def _next_window(broadcast: Broadcast) -> range:
    assert broadcast.freeze_until is not None, "set with the first window"
    beyond = broadcast.freeze_contact
    return range(beyond + 1, min(beyond + broadcast.freeze_width, broadcast.freeze_until) + 1)


def _remember(broadcast: Broadcast, ids: range, *, seconds: float, now: datetime) -> None:
    width = min(broadcast.freeze_width, len(ids))
    broadcast.freeze_width = min(int(width * min(WINDOW_SECONDS / seconds, GROWTH)) + 1, WIDEST)
    broadcast.freeze_contact = ids.stop - 1
    if broadcast.freeze_contact == broadcast.freeze_until:
        broadcast.frozen_at = now
    broadcast.save(update_fields=["freeze_contact", "freeze_until", "freeze_width", "frozen_at"])


def _write(broadcast: Broadcast, audience: Audience, channel: str, ids: range, ends: Ends) -> int:
    """INSERT … SELECT one window of contacts; returns how many deliveries came of it."""
    columns = {
        "broadcast_id": Value(broadcast.pk),
        "contact_id": F("pk"),
        "segment_id": F("told_through"),
        "channel": Value(channel),
        "address": F("told_address"),
        "language": locales.heard("language"),
        "time_zone": locales.heard("time_zone"),
        "detail": F("told_detail"),
        "state": Value(str(Delivery.State.PENDING)),
        "not_before": audience.wishes.due(ends),
        **row_writes.UNTRIED,
    }
    # In the order of the index that costs most to keep; of those who share an address, the first.
    people = audience.people(channel, ids).order_by(address_field(channel), "pk")
    if channel not in SHARED:
        # A person comes in one window, and nobody else has their address, unless it changes hands
        # between two windows. Looking for conflicts in advance would cost a third more.
        with suppress(IntegrityError), transaction.atomic():
            return row_writes.insert_all_from(people, columns)
    return row_writes.insert_from(people, columns)
