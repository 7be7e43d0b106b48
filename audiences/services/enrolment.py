from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audiences.models import ConsentEvent, Contact, Segment, Subscription, address_field
from audiences.services import consents
from audiences.services.consents import Proof


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
    completed = [pk for pk, state in states.items() if state == Subscription.State.UNCONFIRMED]
    present.filter(contact__in=completed).update(**proof)
    consents.record_many(
        contacts=sorted({*(row.contact_id for row in new), *completed}),
        kind=ConsentEvent.Kind.GIVEN,
        proof=Proof(source=Subscription.Source.IMPORT, evidence=evidence),
        now=now,
        segment=segment,
        channel=channel,
    )
    stay_away = sum(state == Subscription.State.UNSUBSCRIBED for state in states.values())
    return Enrolled(confirmed=len(new) + len(completed), stay_away=stay_away)
