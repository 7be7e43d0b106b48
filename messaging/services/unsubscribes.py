"""What the link at the end of a message does: the lists it came through, or everything."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audiences.models import Channel, Segment
from audiences.services import subscriptions
from audiences.services.consents import Proof
from messaging.models import Broadcast, Delivery
from messaging.services import links, shared_addresses
from messaging.services.shared_addresses import Left


@dataclass(frozen=True)
class Standing:
    """Where the recipient of a message stands: what still comes, what has been stopped."""

    heard: list[Segment]
    left: list[Segment]
    wants_feedback_requests: bool
    # An address that is no longer theirs agrees to nothing.
    may_return: bool
    # Nor does a telephone to questions that somebody may have ended in the mailbox.
    may_be_asked_again: bool


@dataclass(frozen=True)
class Way:
    """How somebody said it: on which page, and from where in the network."""

    words: str
    network_address: str | None = None


def standing(*, delivery: Delivery) -> Standing:
    if delivery.contact is None:
        return Standing([], [], False, False, False)
    contact, channel, lists = delivery.contact, delivery.channel, _lists(delivery)
    return Standing(
        subscriptions.heard(contact=contact, channel=channel, among=lists),
        subscriptions.left(contact=contact, channel=channel, among=lists),
        is_asked(delivery),
        links.is_current(delivery),
        _may_be_asked_again(delivery),
    )


@transaction.atomic
def leave(*, delivery: Delivery, way: Way, now: datetime) -> None:
    """Leave the lists a message came through, on its channel.

    Feedback requests are a list of their own, held together by a consent: leaving them does not
    take away the notices about incidents.
    """
    if delivery.contact is None:
        return
    proof = proof_of(way, delivery, now)
    if is_feedback(delivery):
        was_asked = is_asked(delivery)
        subscriptions.withdraw_feedback_consent(contact=delivery.contact, proof=proof, now=now)
        tell_others(delivery=delivery, left={}, was_asked=was_asked, now=now)
        return
    segments = set(standing(delivery=delivery).heard)
    if delivery.segment:
        # It may no longer name the person today, and again tomorrow.
        segments.add(delivery.segment)
    left = subscriptions.leave(
        contact=delivery.contact,
        segments=segments,
        channel=delivery.channel,
        proof=proof,
        now=now,
    )
    tell_others(delivery=delivery, left={delivery.channel: left}, was_asked=False, now=now)


@transaction.atomic
def leave_everything(*, delivery: Delivery, way: Way, now: datetime) -> None:
    """Leave every list on every channel that the link opens, and feedback requests."""
    if delivery.contact:
        was_asked = is_asked(delivery)
        left = subscriptions.leave_all(
            contact=delivery.contact,
            channels=links.opened(delivery),
            proof=proof_of(way, delivery, now),
            now=now,
        )
        tell_others(delivery=delivery, left=left, was_asked=was_asked, now=now)


def tell_others(*, delivery: Delivery, left: Left, was_asked: bool, now: datetime) -> None:
    """Of what has been left with the link of a message, to everybody who reads those addresses;
    and of feedback requests, where the person was asked before and is not any more."""
    assert delivery.contact, "somebody has left"
    shared_addresses.tell_of_leaving(
        contact=delivery.contact, left=left, language=delivery.language, now=now
    )
    if was_asked and not is_asked(delivery):
        shared_addresses.tell_of_no_more_questions(
            contact=delivery.contact, language=delivery.language, now=now
        )


def rejoin(*, delivery: Delivery, way: Way, now: datetime) -> None:
    """Take back leaving the lists a message came through, at the address it came to."""
    if delivery.contact is None or not links.is_current(delivery):
        return
    proof = proof_of(way, delivery, now)
    if is_feedback(delivery):
        _ask_again(delivery, proof, now)
        return
    subscriptions.rejoin(
        contact=delivery.contact,
        segments=_lists(delivery),
        channel=delivery.channel,
        proof=proof,
        now=now,
    )


def rejoin_everything(*, delivery: Delivery, way: Way, now: datetime) -> None:
    """Take back the latest leaving, all of it, at the addresses that were left."""
    if delivery.contact is None or not links.is_current(delivery):
        return
    proof = proof_of(way, delivery, now)
    channels = links.opened(delivery)
    subscriptions.rejoin_all(contact=delivery.contact, channels=channels, proof=proof, now=now)
    if is_feedback(delivery):
        _ask_again(delivery, proof, now)


def _ask_again(delivery: Delivery, proof: Proof, now: datetime) -> None:
    assert delivery.contact, "somebody wants to be asked"
    if _may_be_asked_again(delivery):
        subscriptions.give_feedback_consent(contact=delivery.contact, proof=proof, now=now)


def _may_be_asked_again(delivery: Delivery) -> bool:
    return links.is_current(delivery) and Channel.EMAIL in links.opened(delivery)


def is_feedback(delivery: Delivery) -> bool:
    """Whether it is a feedback request, puts one right, or tells of their end."""
    broadcast = delivery.broadcast
    is_told = broadcast.thread == shared_addresses.LEFT and not broadcast.segments.exists()
    is_put_right = broadcast.purpose == Broadcast.Purpose.CORRECTION and broadcast.needs_consent
    return broadcast.purpose == Broadcast.Purpose.FEEDBACK or is_put_right or is_told


def is_asked(delivery: Delivery) -> bool:
    """Whether its reader agrees to feedback requests."""
    return delivery.contact is not None and delivery.contact.feedback_consent_at is not None


def proof_of(way: Way, delivery: Delivery, now: datetime) -> Proof:
    """What shows later that it was said with the link of this message."""
    message = f"message {delivery.pk or 'cleared away'}"
    moment = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return Proof.by_link(f"{way.words}, {message}, {moment}", way.network_address)


def _lists(delivery: Delivery) -> QuerySet[Segment]:
    through = Q(broadcast=delivery.broadcast_id) | Q(pk=delivery.segment_id)
    return Segment.objects.filter(pk__in=Segment.objects.filter(through).values("pk"))
