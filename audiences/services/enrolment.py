from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audiences.models import Contact, Segment, Subscription, address_field


@dataclass(frozen=True)
class Enrolled:
    """How many hear the segment now who did not before, and how many had left it and stay away."""

    confirmed: int
    stay_away: int


@transaction.atomic
def enrol(
    *, segment: Segment, channel: str, contacts: Collection[Contact], evidence: str, now: datetime
) -> Enrolled:
    """Subscribe everyone who has an address on the channel, confirmed by staff's evidence.

    Whoever unsubscribed stays unsubscribed: a list somebody uploads is no new consent.
    """
    reachable = {contact.pk for contact in contacts if getattr(contact, address_field(channel))}
    present = Subscription.objects.filter(segment=segment, channel=channel, contact__in=reachable)
    states = dict(present.values_list("contact", "state"))
    proof = {
        "state": Subscription.State.CONFIRMED,
        "source": Subscription.Source.IMPORT,
        "evidence": evidence[:500],
        "changed_at": now,
    }
    new = [
        Subscription(contact_id=pk, segment=segment, channel=channel, **proof)
        for pk in sorted(reachable - states.keys())
    ]
    Subscription.objects.bulk_create(new)
    completed = present.filter(state=Subscription.State.UNCONFIRMED).update(**proof)
    stay_away = sum(state == Subscription.State.UNSUBSCRIBED for state in states.values())
    return Enrolled(confirmed=len(new) + completed, stay_away=stay_away)
