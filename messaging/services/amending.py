"""Putting right what was sent: what still waits of a wrong text does not go out, and exactly those
who got it, or may have, hear of it.

A row is looked at once nothing can change its answer any more: what a sender holds at the moment
is waited for. So the same people are found however many senders are at work.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Now

from messaging import states
from messaging.models import Amendment, Broadcast, Delivery
from messaging.services import barring, broadcasts, row_writes, wake
from messaging.services.broadcasts import Announcement
from messaging.services.wrong_texts import CAME_TO_NOBODY, MAY_BE_READ, Wrong, any_of, has_read
from messaging.states import State

# Rows written, and recalled, in one statement; and how long one sweep recalls.
AT_ONCE, RECALLED_AT_ONCE, SECONDS = 50_000, 5_000, 1.0


@transaction.atomic
def start(
    *, announcement: Announcement, wrong: Sequence[Wrong], by: User | None, now: datetime
) -> Broadcast:
    """Recall wrong texts; a correction goes to who got one, a notice to who was still to.

    Each broadcast in `wrong` has such a text.

    :raises NoVariant, BadTemplate: it cannot be rendered; nothing was started or recalled.
    """
    broadcast = broadcasts.start(announcement=announcement, by=by, now=now)
    Amendment.objects.bulk_create(
        Amendment(wrong=one.broadcast, by=broadcast, texts=sorted(one.texts)) for one in wrong
    )
    transaction.on_commit(wake.sweeper)
    return broadcast


def recall_waiting(*, now: datetime) -> int:
    """Close what waits of recalled texts, for about a second; returns how many there were."""
    recalled, until = 0, time.monotonic() + SECONDS
    amended = Amendment.objects.filter(wrong__state__in=Broadcast.UNFINISHED)
    for amendment in amended.select_related("wrong").order_by("pk"):
        wrong = _wrong(amendment)
        while time.monotonic() < until and (number := _recall(wrong, now)):
            recalled += number
    return recalled


def _recall(wrong: Wrong, now: datetime) -> int:
    waiting = Delivery.objects.filter(wrong.readers, state=State.PENDING)
    ids = list(waiting.values_list("pk", flat=True)[:RECALLED_AT_ONCE])
    rows = Delivery.objects.filter(pk__among=ids, state=State.PENDING)
    number = 0
    if newer := barring.newer_of_the_story(wrong.broadcast):
        # Whoever is told something newer of the same story needs nothing in its place.
        outdated = rows.filter(barring.superseded_by(newer))
        number += outdated.move(State.CANCELLED, error_code="superseded", final_at=now)
    return number + rows.move(State.CANCELLED, error_code="recalled", final_at=now)


def copy_next(*, broadcast: Broadcast, now: datetime) -> bool:
    """Write the next deliveries to those whom a wrong text came to, or was still to come to; the
    caller holds the broadcast's row. False when all is done that can be done now.
    """
    wrong = [_wrong(one) for one in broadcast.amends.select_related("wrong")]
    # Asked first: what is settled after this is written by the next turn.
    is_complete = all(_is_settled(one) for one in wrong)
    written = _copy(broadcast, wrong)
    if written:
        transaction.on_commit(partial(wake.senders, channels=broadcast.channels))
    elif is_complete:
        broadcast.frozen_at = now
        broadcast.save(update_fields=["frozen_at"])
    return bool(written)


def _wrong(amendment: Amendment) -> Wrong:
    return Wrong(amendment.wrong, frozenset(tuple(text) for text in amendment.texts))


def _is_settled(wrong: Wrong) -> bool:
    in_the_open = Delivery.objects.filter(wrong.readers, state__in=states.OPEN)
    return not wrong.is_growing and not in_the_open.exists()


def _copy(broadcast: Broadcast, wrong: Sequence[Wrong]) -> int:
    """Each to the address at which the wrong text came, in the language it was read in."""
    is_correction = broadcast.purpose == Broadcast.Purpose.CORRECTION
    fate = MAY_BE_READ if is_correction else CAME_TO_NOBODY
    written = Delivery.objects.filter(broadcast=broadcast, channel=OuterRef("channel"))
    people = (
        Delivery.objects.filter(any_of(wrong), fate, contact__isnull=False)
        .exclude(Exists(written.filter(contact=OuterRef("contact"))))
        .exclude(Exists(written.filter(address=OuterRef("address"))))
        .order_by("pk")
    )
    if not is_correction:
        # What took its place may have been wrong, too, and not recalled in time.
        people = people.exclude(has_read(wrong, *states.OPEN))
    columns = {
        **{name: F(name) for name in ("contact_id", "segment_id", "channel", "address")},
        **{name: F(name) for name in ("language", "time_zone", "detail")},
        "broadcast_id": Value(broadcast.pk),
        "state": Value(str(State.PENDING)),
        "not_before": Now(),
        **row_writes.UNTRIED,
    }
    return row_writes.insert_from(people, columns, at_most=AT_ONCE)
