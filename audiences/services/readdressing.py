"""A contact gets another address on a channel: nobody who reads it has agreed to anything there."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from audiences.models import ConsentEvent, Segment, Subscription
from audiences.services import aliases, consents
from audiences.services.consents import Proof

State = Subscription.State


@transaction.atomic
def take_back(*, channel: str, left: Mapping[int, str], proof: Proof, now: datetime) -> int:
    """Let what contacts agreed to at the addresses they `left` wait for a confirmation at the new
    ones, which they have by now; returns how many subscriptions.

    The old addresses stay known as theirs: a file that still has one means the same person.
    """
    aliases.remember_moves(channel=channel, left=left)
    agreed = Subscription.objects.filter(contact__in=left, channel=channel, state=State.CONFIRMED)
    rows = list(agreed.select_related("segment").select_for_update(of=("self",)))
    by_segment: dict[Segment, list[int]] = {}
    for row in rows:
        by_segment.setdefault(row.segment, []).append(row.contact_id)
    for segment, contacts in by_segment.items():
        consents.record_many(
            contacts=contacts,
            kind=ConsentEvent.Kind.REQUESTED,
            proof=proof,
            now=now,
            segment=segment,
            channel=channel,
        )
    return Subscription.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=State.UNCONFIRMED,
        source=proof.source,
        evidence=proof.evidence[:500],
        changed_at=now,
    )
