"""Erasures at work beside other work: short turns, and a sweep that finds what was left."""

import logging
import time
from collections.abc import Collection
from datetime import datetime

from django.db import DatabaseError

from audiences.models import Erasure
from audiences.services import erasure_steps, wake

logger = logging.getLogger(__name__)

# How long one task works before it lets others have its place.
TURN_SECONDS = 1.0


def carry_on(*, pk: int, now: datetime) -> None:
    """Go on for about a second, or one table; what is left is for the next wake-up."""
    until = time.monotonic() + TURN_SECONDS
    try:
        while erasure_steps.step(pk=pk, now=now):
            if time.monotonic() >= until:
                call(pk)
                return
    except DatabaseError as error:
        # What a database says of an error may quote the row: only its kind is kept.
        logger.error("Erasure %s does not go on: %s", pk, type(error).__name__)
        Erasure.objects.filter(pk=pk).update(problem=type(error).__name__)


def call(pk: int) -> None:
    """Wake a worker for an erasure."""
    wake.publish("audiences.tasks.carry_erasure_on", erasure_id=pk)


def is_waiting(*, ids: Collection[int]) -> bool:
    """Whether the own rows of one of these contacts are still to be taken out."""
    open_ones = Erasure.objects.filter(finished_at=None).values_list("contacts", flat=True)
    return any(not set(ids).isdisjoint(contacts) for contacts in open_ones)


def sweep() -> None:
    """Wake workers for what is not over; harmless at any time."""
    for pk in Erasure.objects.filter(finished_at=None).values_list("pk", flat=True):
        call(pk)
