"""What came of a message is written into its row. A finish that lost its lease never overwrites."""

import logging
import random
import uuid
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from audiences.models import Suppression
from audiences.services import suppressions
from messaging.channels import (
    Accepted,
    DeadAddress,
    DeliveryFailure,
    OptedOut,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
)
from messaging.models import Delivery, DeliveryQuerySet, RepeatedMove
from messaging.services.clock import from_now
from messaging.services.lines import Result
from messaging.states import State

logger = logging.getLogger(__name__)

# Full jitter, 30 s · 2ⁿ up to half an hour, until the broadcast expires.
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 30, 1_800
_ACCEPTED: dict[str, object] = {"accepted_at": Now(), "attempts": F("attempts") + 1}


def record(*, results: Sequence[Result], owner: uuid.UUID) -> int:
    """Commit what became of these messages, all at once; returns how many were accepted.

    A message that was not handed over is free for others again.
    """
    accepted = {
        result.id: result.outcome.provider_id
        for result in results
        if isinstance(result.outcome, Accepted)
    }
    if len(accepted) == len(results):
        # One statement is a transaction of its own.
        return _record_accepted(accepted, owner)
    with transaction.atomic():
        _record_others(results, owner)
        return _record_accepted(accepted, owner) if accepted else 0


def _record_others(results: Sequence[Result], owner: uuid.UUID) -> None:
    untried = [result.id for result in results if result.outcome is None]
    if untried:
        _held(owner, untried).move(State.PENDING)
    for result in results:
        if isinstance(result.outcome, DeliveryFailure):
            _record_failure(result.id, result.outcome, owner)


def _held(owner: uuid.UUID, ids: Sequence[int]) -> DeliveryQuerySet:
    return Delivery.objects.held_by(owner).filter(pk__among=ids)


def _record_accepted(accepted: Mapping[int, str], owner: uuid.UUID) -> int:
    named = [When(pk=pk, then=Value(name)) for pk, name in accepted.items() if name]
    changes = _ACCEPTED | ({"provider_id": Case(*named, default=Value(""))} if named else {})
    if named:
        recorded = _held(owner, list(accepted)).move(State.ACCEPTED, **changes)
    else:
        recorded = _acceptance(owner)(accepted)
    if recorded < len(accepted) and named:
        recorded = max(recorded, _told(accepted))
    if recorded < len(accepted):
        logger.warning("Lost the lease before recording %s", len(accepted) - recorded)
        # Given up for lost meanwhile, and not decided by anybody: now it is known.
        lost = Delivery.objects.filter(pk__among=accepted, state=State.UNKNOWN, lease=None)
        recorded += lost.move(State.ACCEPTED, **changes)
    return recorded


def _told(accepted: Mapping[int, str]) -> int:
    """How many have the provider's name: from us, or from a callback that was quicker."""
    known = Delivery.objects.filter(pk__among=accepted).exclude(provider_id="")
    return sum(accepted[pk] == name for pk, name in known.values_list("pk", "provider_id"))


@lru_cache(maxsize=32)
def _acceptance(owner: uuid.UUID) -> RepeatedMove:
    # Told that they are in work, PostgreSQL would go by its sender and read everything it holds.
    return Delivery.objects.filter(lease=owner).repeated_move(State.ACCEPTED, **_ACCEPTED)


def _record_failure(pk: int, failure: DeliveryFailure, owner: uuid.UUID) -> None:
    mine = _held(owner, [pk])
    match failure:
        case SenderFault() | TemporaryFailure():
            # Also when the fault is ours: the next try is to be another message, in case it is this
            # one's after all.
            _finish(mine, State.PENDING, failure, not_before=from_now(_pause(mine)))
        case DeadAddress():
            dead = mine.values_list("channel", "address").first()
            _finish(mine, State.FAILED, failure, final_at=Now())
            if dead:
                _suppress(*dead, failure)
        case PermanentFailure():
            _finish(mine, State.FAILED, failure, final_at=Now())
        case _:
            _finish(mine, State.UNKNOWN, failure, final_at=Now())


def _finish(
    mine: DeliveryQuerySet, state: State, failure: DeliveryFailure, **changes: object
) -> None:
    moved = mine.move(
        state,
        attempts=F("attempts") + 1,
        error_code=failure.code,
        error_text=failure.text,
        **changes,
    )
    if not moved:
        logger.warning("Lost the lease before recording a failure: %s", failure.code)


def _pause(mine: DeliveryQuerySet) -> float:
    attempts = mine.values_list("attempts", flat=True).first() or 0
    return random.uniform(1, min(FIRST_PAUSE_SECONDS * 2**attempts, LONGEST_PAUSE_SECONDS))


def _suppress(channel: str, address: str, failure: DeadAddress) -> None:
    is_stop = isinstance(failure, OptedOut)
    suppressions.suppress(
        channel=channel,
        address=address,
        reason=Suppression.Reason.STOP if is_stop else Suppression.Reason.HARD_BOUNCE,
        note=str(failure)[:500],
        now=timezone.now(),
    )


@transaction.atomic
def mark_sending(*, ids: Sequence[int], owner: uuid.UUID) -> set[int]:
    """Commit that these messages may be about to exist; returns those that are still ours."""
    held = Delivery.objects.filter(lease=owner, state=State.CLAIMED, pk__among=ids)
    if held.move(State.SENDING, sending_at=Now()) == len(ids):
        return set(ids)
    ours = Delivery.objects.filter(lease=owner, state=State.SENDING, pk__among=ids)
    return set(ours.values_list("pk", flat=True))
