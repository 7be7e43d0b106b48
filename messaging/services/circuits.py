"""Stopping a channel whose provider refuses us, and trying again by itself."""

import logging

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from messaging.models import Circuit
from messaging.services.clock import from_now

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 30
LONGEST_PAUSE_SECONDS = 600
# In which a try has to end; after that somebody else may make another.
TRY_SECONDS = 60


@transaction.atomic
def trip(*, channel: str, because: str) -> None:
    """Stop a channel for a while; for twice as long each time a try fails again."""
    stopped, is_new = Circuit.objects.select_for_update().get_or_create(
        channel=channel,
        defaults={"because": because[:300], "retry_at": from_now(FIRST_PAUSE_SECONDS)},
    )
    if is_new:
        logger.error("Channel stopped, the provider refuses us: %s", channel)
        return
    pause = min(FIRST_PAUSE_SECONDS * 2**stopped.probes, LONGEST_PAUSE_SECONDS)
    Circuit.objects.filter(channel=channel).update(because=because[:300], retry_at=from_now(pause))


def close(*, channel: str) -> bool:
    """A message got through, or a person says go on; False when nothing was stopped."""
    was_stopped, _ = Circuit.objects.filter(channel=channel).delete()
    if was_stopped:
        logger.warning("Channel goes on: %s", channel)
    return bool(was_stopped)


def is_stopped(*, channel: str) -> bool:
    return Circuit.objects.filter(channel=channel).exists()


def allowance(*, channel: str) -> int:
    """How many messages may be tried on a stopped channel now: 1 for a try, else 0."""
    due = Circuit.objects.filter(channel=channel, retry_at__lte=Now())
    # Whoever moves the next try ahead makes this one, alone.
    return due.update(retry_at=from_now(TRY_SECONDS), probes=F("probes") + 1)


def may_try(*, channel: str) -> bool:
    """Whether a sender would find anything to do but wait."""
    return not Circuit.objects.filter(channel=channel, retry_at__gt=Now()).exists()
