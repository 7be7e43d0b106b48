"""Send what is due and record how it went. A finish that lost its lease never overwrites."""

import logging
import random
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress

from django.db.models.functions import Now
from django.utils import timezone

from audiences.models import Suppression
from audiences.services import suppressions
from messaging.channels import (
    Connection,
    DeadAddress,
    DeliveryFailure,
    Message,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
    registry,
)
from messaging.models import Delivery, DeliveryQuerySet
from messaging.services import broadcasts, claiming
from messaging.services.composition import Composer, NoContent

logger = logging.getLogger(__name__)

# Accepted but not yet committed: the bound on repeats when a sender is killed.
RECORD_EVERY = 10
RECORD_SECONDS = 0.2
# How soon a pause or a cancellation stops what is claimed already.
RENEW_SECONDS = 1.0
State = Delivery.State


def send_pending(*, channel: str) -> int:
    """Send everything due on a channel; returns how many messages the provider accepted."""
    if not Delivery.objects.sendable(channel).exists():
        return 0
    with registry.get(channel).open() as connection:
        sender = _Sender(channel, connection)
        while (claimed := claiming.claim(channel=channel, owner=sender.owner)) is not None:
            sender.send(claimed)
    return sender.accepted


class _Sender:
    """One connection's work: its leases, and the accepted messages it has yet to record."""

    def __init__(self, channel: str, connection: Connection) -> None:
        self.channel, self.connection = channel, connection
        self.marks_each = registry.get(channel).marks_each
        self.owner = uuid.uuid4()
        self.composer = Composer()
        self.unrecorded: dict[int, str] = {}
        self.recorded_at = time.monotonic()
        self.accepted = 0

    def send(self, claimed: Sequence[Delivery]) -> None:
        held, renewed_at = {delivery.pk for delivery in claimed}, time.monotonic()
        try:
            for delivery in claimed:
                if delivery.pk in held:
                    self._send_one(delivery)
                if self._is_time_to_record():
                    self.record()
                if time.monotonic() - renewed_at >= RENEW_SECONDS:
                    self.record()  # first: what is renewed or given back must not be sent already
                    held = claiming.renew(owner=self.owner, channel=self.channel)
                    renewed_at = time.monotonic()
        except SenderFault as fault:
            logger.error("Sending is paused, the provider refuses us: %s", fault.code)
        finally:
            self.record()
            claiming.release(owner=self.owner, channel=self.channel)

    def _send_one(self, delivery: Delivery) -> None:
        try:
            message = self.composer.compose(delivery)
            if self.marks_each and not self._mark_sending(delivery):
                return
            self.unrecorded[delivery.pk] = self._hand_over(delivery, message)
        except NoContent as error:
            self._finish(delivery, State.FAILED, DeliveryFailure("no_content", str(error)))
        except DeliveryFailure as failure:
            self._record_failure(delivery, failure)

    def _hand_over(self, delivery: Delivery, message: Message) -> str:
        try:
            return self.connection.send(message)
        except DeliveryFailure:
            raise
        except Exception as error:
            # A bug in a channel costs one message, never those behind it.
            logger.exception("A channel failed in an unforeseen way: delivery %s", delivery.pk)
            failure = UnknownOutcome if self.marks_each else PermanentFailure
            raise failure(type(error).__name__, str(error)) from error

    def _is_time_to_record(self) -> bool:
        return (
            self.marks_each
            or len(self.unrecorded) >= RECORD_EVERY
            or time.monotonic() - self.recorded_at >= RECORD_SECONDS
        )

    def record(self) -> None:
        """Commit what was accepted since the last time, in as few statements as it takes."""
        by_provider_id: dict[str, list[int]] = {}
        for pk, provider_id in self.unrecorded.items():
            by_provider_id.setdefault(provider_id, []).append(pk)
        for provider_id, ids in by_provider_id.items():
            self.accepted += self._mine(ids).update(
                state=State.ACCEPTED,
                accepted_at=Now(),
                provider_id=provider_id,
                lease_owner=None,
                lease_until=None,
            )
        self.unrecorded.clear()
        self.recorded_at = time.monotonic()

    def _mark_sending(self, delivery: Delivery) -> bool:
        """Commit that this message may be about to exist; False when the lease was lost."""
        mine = self._mine([delivery.pk]).filter(lease_until__gt=Now())
        return bool(mine.update(state=State.SENDING, sending_at=Now()))

    def _record_failure(self, delivery: Delivery, failure: DeliveryFailure) -> None:
        match failure:
            case TemporaryFailure():
                self._retry_later(delivery, failure)
            case SenderFault():
                self._retry_later(delivery, failure)
                because = f"{failure.code} {failure.text}"
                with suppress(broadcasts.WrongState):  # another sender met it first
                    broadcasts.pause(broadcast=delivery.broadcast, because=because)
                raise failure
            case DeadAddress():
                self._finish(delivery, State.FAILED, failure)
                suppressions.suppress(
                    channel=delivery.channel,
                    address=delivery.address,
                    reason=_suppression_reason(failure),
                    note=str(failure)[:500],
                    now=timezone.now(),
                )
            case PermanentFailure():
                self._finish(delivery, State.FAILED, failure)
            case _:
                self._finish(delivery, State.UNKNOWN, failure)

    def _retry_later(self, delivery: Delivery, failure: DeliveryFailure) -> None:
        # Full jitter, 30 s · 2ⁿ up to half an hour, until the broadcast expires.
        pause = random.uniform(1, min(30 * 2**delivery.attempts, 1800))
        self._mine([delivery.pk]).update(
            state=State.PENDING,
            not_before=claiming.from_now(pause),
            error_code=failure.code,
            error_text=failure.text,
            lease_owner=None,
            lease_until=None,
        )

    def _finish(self, delivery: Delivery, state: Delivery.State, failure: DeliveryFailure) -> None:
        finished = self._mine([delivery.pk]).update(
            state=state,
            final_at=Now(),
            error_code=failure.code,
            error_text=failure.text,
            lease_owner=None,
            lease_until=None,
        )
        if not finished:
            logger.warning("Lost the lease before recording the result of %s", delivery.pk)

    def _mine(self, ids: Sequence[int]) -> DeliveryQuerySet:
        return Delivery.objects.filter(
            pk__in=ids, lease_owner=self.owner, state__in=[State.CLAIMED, State.SENDING]
        )


def _suppression_reason(failure: DeadAddress) -> Suppression.Reason:
    # 21610: the person answered STOP to this sender.
    is_stop = failure.code == "21610"
    return Suppression.Reason.STOP if is_stop else Suppression.Reason.HARD_BOUNCE
