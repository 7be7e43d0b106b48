"""What the sweep puts right: lapsed leases, expired news, forgotten wake-ups."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from messaging.channels import registry
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts, wake

logger = logging.getLogger(__name__)

# A row that took this many senders down with it is the problem itself.
POISON_ATTEMPTS = 10
State = Delivery.State


def sweep(*, now: datetime) -> None:
    """Put everything right that nobody else will; harmless at any time and in any number."""
    recover_lapsed()
    _drop_what_must_not_go_out(now)
    broadcasts.finish_drained(now=now)
    for pk in Broadcast.objects.unfrozen().values_list("pk", flat=True):
        wake.freezer(broadcast_id=pk)
    for channel in registry.names():
        _wake_missing_senders(channel)


@transaction.atomic
def recover_lapsed() -> None:
    """Hand out again what a dead sender held; what it may have sent becomes `unknown`."""
    free = {"lease_owner": None, "lease_until": None}
    lapsed = Delivery.objects.lapsed()
    lost = lapsed.filter(state=State.SENDING).update(
        state=State.UNKNOWN, final_at=Now(), error_code="lease_lapsed", **free
    )
    poisoned = lapsed.filter(state=State.CLAIMED, attempts__gte=POISON_ATTEMPTS).update(
        state=State.FAILED, final_at=Now(), error_code="poison", **free
    )
    again = lapsed.filter(state=State.CLAIMED).update(state=State.PENDING, **free)
    if lost or poisoned or again:
        logger.warning(
            "Leases lapsed: %s handed out again, %s unknown, %s stopped", again, lost, poisoned
        )


def _drop_what_must_not_go_out(now: datetime) -> None:
    pending = Delivery.objects.filter(state=State.PENDING)
    pending.filter(broadcast__in=Broadcast.objects.filter(expires_at__lte=Now())).update(
        state=State.EXPIRED, final_at=now
    )
    pending.filter(broadcast__in=Broadcast.objects.filter(state=Broadcast.State.CANCELLED)).update(
        state=State.CANCELLED, final_at=now
    )


def _wake_missing_senders(channel: str) -> None:
    if not Delivery.objects.sendable(channel).exists():
        return
    at_work = (
        Delivery.objects.filter(channel=channel, state__in=[State.CLAIMED, State.SENDING])
        .values("lease_owner")
        .distinct()
        .count()
    )
    if at_work < settings.SENDERS:
        wake.senders(channels=[channel])
