"""What the link at the end of a message does: the lists it came through, or everything."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from audiences.models import Segment
from audiences.services import subscriptions
from messaging.models import Broadcast, Delivery


@dataclass(frozen=True)
class Standing:
    """Where the recipient of a message stands: what still comes, what has been stopped."""

    heard: list[Segment]
    left: list[Segment]
    wants_feedback_requests: bool


def standing(*, delivery: Delivery) -> Standing:
    if delivery.contact is None:
        return Standing([], [], False)
    contact, channel, lists = delivery.contact, delivery.channel, _lists(delivery)
    return Standing(
        subscriptions.heard(contact=contact, channel=channel, among=lists),
        subscriptions.left(contact=contact, channel=channel, among=lists),
        contact.feedback_consent_at is not None,
    )


def leave(*, delivery: Delivery, how: str, now: datetime) -> None:
    """Leave the lists a message came through, on its channel.

    Feedback requests are a list of their own, held together by a consent: leaving them does not
    take away the notices about incidents.
    """
    if delivery.contact is None:
        return
    if is_feedback(delivery):
        subscriptions.withdraw_feedback_consent(contact=delivery.contact)
        return
    segments = set(standing(delivery=delivery).heard)
    if delivery.segment:
        # It may no longer name the person today, and again tomorrow.
        segments.add(delivery.segment)
    subscriptions.leave(
        contact=delivery.contact,
        segments=segments,
        channel=delivery.channel,
        evidence=_evidence(how, delivery, now),
        now=now,
    )


def leave_everything(*, delivery: Delivery, how: str, now: datetime) -> None:
    """Leave every list on every channel, and feedback requests."""
    if delivery.contact:
        subscriptions.leave_all(
            contact=delivery.contact, evidence=_evidence(how, delivery, now), now=now
        )


def rejoin(*, delivery: Delivery, how: str, now: datetime) -> None:
    """Take back leaving the lists a message came through."""
    if delivery.contact is None:
        return
    if is_feedback(delivery):
        subscriptions.give_feedback_consent(contact=delivery.contact, now=now)
        return
    subscriptions.rejoin(
        contact=delivery.contact,
        segments=_lists(delivery),
        channel=delivery.channel,
        evidence=_evidence(how, delivery, now),
        now=now,
    )


def rejoin_everything(*, delivery: Delivery, how: str, now: datetime) -> None:
    """Take back the latest leaving, all of it."""
    if delivery.contact is None:
        return
    subscriptions.rejoin_all(
        contact=delivery.contact, evidence=_evidence(how, delivery, now), now=now
    )
    if is_feedback(delivery):
        subscriptions.give_feedback_consent(contact=delivery.contact, now=now)


def is_feedback(delivery: Delivery) -> bool:
    return delivery.broadcast.purpose == Broadcast.Purpose.FEEDBACK


def _lists(delivery: Delivery) -> QuerySet[Segment]:
    through = Q(broadcast=delivery.broadcast_id) | Q(pk=delivery.segment_id)
    return Segment.objects.filter(pk__in=Segment.objects.filter(through).values("pk"))


def _evidence(how: str, delivery: Delivery, now: datetime) -> str:
    return f"{how}, message {delivery.pk}, {now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
