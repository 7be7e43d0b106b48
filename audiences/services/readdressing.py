"""A contact gets another address on a channel: nobody who reads it has agreed to anything there,
unless it was theirs before."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from audiences.models import (
    Channel,
    ConsentEvent,
    Contact,
    Purpose,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import aliases, consents, subscriptions
from audiences.services.consents import Proof

Kind = ConsentEvent.Kind
State = Subscription.State


@transaction.atomic
def take_back(*, channel: str, left: Mapping[int, str], proof: Proof, now: datetime) -> int:
    """Let what contacts agreed to at the addresses they `left` wait for a confirmation at the new
    ones, which they have by now; returns how many subscriptions.

    A consent to feedback requests goes with the mailbox, of who has none with the number.

    The old addresses stay known as theirs: a file that still has one means the same person.
    """
    aliases.remember_moves(channel=channel, left=left, now=now)
    _take_back_feedback(channel, left, proof, now)
    agreed = Subscription.objects.filter(contact__in=left, channel=channel)
    return let_wait(agreed=agreed, proof=proof, now=now)


@transaction.atomic
def give_back(*, contact: Contact, channel: str, proof: Proof, now: datetime) -> int:
    """Let hold again what was taken back when a contact left the address they have again, but for
    what they have left since; returns how many subscriptions.
    """
    address = getattr(contact, address_field(channel))
    moment = aliases.left(channel=channel, addresses={contact.pk: address}).get(contact.pk)
    if moment is None:
        return 0
    _give_back_feedback(contact, moment, proof, now)
    taken = contact.consents.filter(
        kind=Kind.REQUESTED, purpose=Purpose.NOTICE, channel=channel, at=moment
    )
    left = subscriptions.withdrawn_since(contact=contact, channel=channel, moment=moment)
    waiting = contact.subscriptions.filter(channel=channel, state=State.UNCONFIRMED)
    held = waiting.filter(segment__in=taken.values("segment")).exclude(segment__in=left)
    return _turn(held, State.CONFIRMED, Kind.GIVEN, proof, now)


@transaction.atomic
def let_wait(*, agreed: QuerySet[Subscription], proof: Proof, now: datetime) -> int:
    """Let these, where confirmed, wait for a confirmation at the addresses their people have now;
    returns how many."""
    confirmed = agreed.filter(state=State.CONFIRMED)
    return _turn(confirmed, State.UNCONFIRMED, Kind.REQUESTED, proof, now)


def _turn(
    found: QuerySet[Subscription], state: State, kind: str, proof: Proof, now: datetime
) -> int:
    rows = list(found.select_related("segment").select_for_update(of=("self",)))
    by_list: dict[tuple[Segment, str], list[int]] = {}
    for row in rows:
        by_list.setdefault((row.segment, row.channel), []).append(row.contact_id)
    for (segment, channel), contacts in by_list.items():
        consents.record_many(
            contacts=contacts,
            kind=kind,
            proof=proof,
            now=now,
            segment=segment,
            channel=channel,
        )
    return Subscription.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=state,
        source=proof.source,
        evidence=proof.evidence[:500],
        changed_at=now,
    )


def _take_back_feedback(channel: str, left: Mapping[int, str], proof: Proof, now: datetime) -> None:
    had_one = [number for number, address in left.items() if address]
    agreed = Contact.objects.filter(pk__in=had_one, feedback_consent_at__isnull=False)
    if channel != Channel.EMAIL:
        agreed = agreed.filter(email="")
    for contact in agreed.select_for_update():
        subscriptions.withdraw_feedback_consent(contact=contact, proof=proof, now=now)


def _give_back_feedback(contact: Contact, moment: datetime, proof: Proof, now: datetime) -> None:
    said = contact.consents.filter(purpose=Purpose.FEEDBACK).order_by("-at", "-pk")
    last = said.first()
    if last and (last.kind, last.at) == (Kind.WITHDRAWN, moment):
        subscriptions.give_feedback_consent(contact=contact, proof=proof, now=now)
