"""Leasing due deliveries to one sender, with a last look at who must not be written to."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from audiences.models import Channel, Contact, Detail, Subscription, Suppression
from messaging.models import Broadcast, Delivery

# Small, so that a dead sender holds little; an SMS is slow and marked one by one anyway.
CHUNK = {Channel.EMAIL: 50, Channel.SMS: 20}


def from_now(seconds: float) -> "ExpressionWrapper[CombinedExpression]":
    """A moment on the database's clock: no worker's clock decides about a lease."""
    return ExpressionWrapper(Now() + timedelta(seconds=seconds), output_field=DateTimeField())


def claim(*, channel: str, owner: uuid.UUID) -> list[Delivery] | None:
    """Lease the next deliveries to `owner`; None when nothing is due.

    The list may be empty: everything looked at was barred at the last moment.
    """
    if not _lease(channel, owner):
        return None
    mine = Delivery.objects.filter(state=Delivery.State.CLAIMED, lease_owner=owner)
    claimed = list(mine.select_related("broadcast", "contact").order_by("pk"))
    barred = _barred(claimed) if claimed else {}
    for why, ids in barred.items():
        mine.filter(pk__in=ids).update(
            state=Delivery.State.SKIPPED, error_code=why, final_at=Now(), lease_owner=None
        )
    unwanted = {pk for ids in barred.values() for pk in ids}
    return [delivery for delivery in claimed if delivery.pk not in unwanted]


@transaction.atomic
def _lease(channel: str, owner: uuid.UUID) -> int:
    """Take the next few rows; returns how many.

    In two steps on purpose: PostgreSQL may run a subquery with LIMIT … SKIP LOCKED once per row of
    the UPDATE around it, which then takes everything.
    """
    due = Delivery.objects.sendable(channel).order_by("pk").values_list("pk", flat=True)
    ids = list(due.select_for_update(skip_locked=True, of=("self",))[: CHUNK[Channel(channel)]])
    return Delivery.objects.filter(pk__in=ids, state=Delivery.State.PENDING).update(
        state=Delivery.State.CLAIMED,
        lease_owner=owner,
        lease_until=from_now(settings.LEASE_SECONDS),
        attempts=F("attempts") + 1,
    )


def renew(*, owner: uuid.UUID, channel: str) -> set[int]:
    """Extend what this sender still holds of broadcasts that are still being sent; returns it."""
    held = Delivery.objects.filter(channel=channel, state=Delivery.State.CLAIMED, lease_owner=owner)
    stopped = held.exclude(broadcast__state=Broadcast.State.SENDING)
    _give_back(Delivery.objects.filter(pk__in=list(stopped.values_list("pk", flat=True))))
    held.update(lease_until=from_now(settings.LEASE_SECONDS))
    return set(held.values_list("pk", flat=True))


def release(*, owner: uuid.UUID, channel: str) -> None:
    """Give back what was claimed and not sent."""
    _give_back(
        Delivery.objects.filter(channel=channel, state=Delivery.State.CLAIMED, lease_owner=owner)
    )


def _give_back(untouched: QuerySet[Delivery]) -> None:
    untouched.update(
        state=Delivery.State.PENDING,
        attempts=F("attempts") - 1,  # nothing was attempted
        lease_owner=None,
        lease_until=None,
    )


def _barred(deliveries: Sequence[Delivery]) -> dict[str, list[int]]:
    """The last-second unsubscribe wins: delivery ids that must not go out, by reason."""
    channel = deliveries[0].channel
    suppressed = set(
        Suppression.objects.active()
        .filter(channel=channel, address__in=[delivery.address for delivery in deliveries])
        .values_list("address", flat=True)
    )
    left = set(
        Subscription.objects.filter(
            channel=channel,
            state=Subscription.State.UNSUBSCRIBED,
            contact__in=[delivery.contact_id for delivery in deliveries],
        ).values_list("contact_id", "segment_id")
    )
    barred: dict[str, list[int]] = {}
    for delivery in deliveries:
        if why := _why_barred(delivery, suppressed, left):
            barred.setdefault(why, []).append(delivery.pk)
    return barred


def _why_barred(delivery: Delivery, suppressed: set[str], left: set[tuple[int, int]]) -> str | None:
    if delivery.contact is None:
        return "erased"
    if delivery.address in suppressed:
        return "suppressed"
    if delivery.broadcast.purpose == Broadcast.Purpose.FEEDBACK:
        return None if delivery.contact.feedback_consent_at else "no_consent"
    if (delivery.contact.pk, delivery.segment_id) not in left:
        return None
    detail = _still_entitled(delivery, delivery.contact)
    if detail and detail != delivery.detail:
        delivery.detail = detail
        delivery.save(update_fields=["detail"])
    return None if detail else "unsubscribed"


def _still_entitled(delivery: Delivery, contact: Contact) -> str | None:
    """The detail level of the other lists this person is on, None when there is none."""
    details = {
        segment.detail
        for segment in delivery.broadcast.segments.all()
        if segment.members(delivery.channel).filter(pk=contact.pk).exists()
    }
    if not details:
        return None
    return Detail.TECHNICAL if Detail.TECHNICAL in details else Detail.PUBLIC
