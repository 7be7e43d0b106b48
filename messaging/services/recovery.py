"""What the sweep puts right: lapsed leases, expired news, forgotten wake-ups."""

import logging
import time
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from messaging import states
from messaging.channels import registry
from messaging.models import Broadcast, Delivery, DeliveryQuerySet, Lease
from messaging.services import amending, broadcasts, circuits, claiming, progress, wake
from messaging.services.clock import from_now
from messaging.states import State

logger = logging.getLogger(__name__)

# A row that took this many senders down with it, the later ones alone, is the problem itself.
POISON_LAPSES = 5
# Rows settled per statement, so that no lock is held for long.
CHUNK = 5_000
# A sender at work renews its lease every second: of one that has not for so long, nothing is heard.
SILENT_SECONDS = 10
# How long one sweep settles; others wait for its place.
SETTLE_SECONDS = 1.0


def sweep(*, now: datetime) -> None:
    """Put everything right that nobody else will; harmless at any time and in any number."""
    recover_lapsed()
    # Mostly nothing goes out, and what there may be to do about it is dear to ask.
    goes_on = Broadcast.objects.filter(state__in=Broadcast.UNFINISHED).exists()
    if goes_on:
        amending.recall_waiting(now=now)
    settle_stopped(now=now)
    if goes_on:
        _move_on(now)
    progress.keep_counted(now=now)


def _move_on(now: datetime) -> None:
    broadcasts.finish_drained(now=now)
    if Broadcast.objects.unfrozen().exists():
        wake.freezer_of_all()
    for channel in registry.names():
        _wake_missing_senders(channel)


def recover_lapsed() -> None:
    """Hand out again what a dead sender held; what it may have sent becomes `unknown`.

    So does what takes its senders down: the last one may have handed it over before it died.
    """
    if _orphans().exists():
        _recover()
    Lease.objects.lapsed().delete()


def _orphans() -> DeliveryQuerySet:
    alive = Lease.objects.live().filter(owner=OuterRef("lease"))
    return Delivery.objects.filter(state__in=states.IN_WORK).exclude(Exists(alive))


@transaction.atomic
def _recover() -> None:
    orphans = _orphans()
    lapsed = {"lapses": F("lapses") + 1}
    lost = orphans.filter(state=State.SENDING).move(
        State.UNKNOWN, final_at=Now(), error_code="lease_lapsed", **lapsed
    )
    held = orphans.filter(state=State.CLAIMED)
    poisoned = held.filter(lapses__gte=POISON_LAPSES - 1).move(
        State.UNKNOWN, final_at=Now(), error_code="poison", **lapsed
    )
    again = held.move(State.PENDING, **lapsed)
    if lost or poisoned or again:
        logger.warning(
            "Leases lapsed: %s handed out again, %s unknown, %s stopped", again, lost, poisoned
        )


def settle_stopped(*, now: datetime) -> int:
    """Close what will not go out any more: old news, and what a cancelled broadcast left."""
    old = Broadcast.objects.filter(state__in=Broadcast.UNFINISHED, expires_at__lte=Now())
    cancelled = Broadcast.objects.filter(state=Broadcast.State.CANCELLED)
    settled, until = 0, time.monotonic() + SETTLE_SECONDS
    for broadcasts_, state in ((old, State.EXPIRED), (cancelled, State.CANCELLED)):
        waiting = Delivery.objects.filter(broadcast=OuterRef("pk"), state=State.PENDING)
        for pk in broadcasts_.filter(Exists(waiting)).values_list("pk", flat=True):
            settled += _settle(pk, state, now, until)
    return settled


def _settle(broadcast_id: int, state: State, now: datetime, until: float) -> int:
    settled = 0
    while time.monotonic() < until:
        pending = Delivery.objects.filter(broadcast=broadcast_id, state=State.PENDING)
        ids = list(pending.order_by("pk").values_list("pk", flat=True)[:CHUNK])
        if not ids:
            break
        settled += pending.filter(pk__gte=ids[0], pk__lte=ids[-1]).move(state, final_at=now)
    return settled


def _wake_missing_senders(channel: str) -> None:
    if not claiming.with_work(channel).exists() or not circuits.may_try(channel=channel):
        return
    heard = Lease.objects.filter(until__gte=from_now(settings.LEASE_SECONDS - SILENT_SECONDS))
    if heard.filter(channel=channel).count() < settings.SENDERS:
        wake.senders(channels=[channel])
