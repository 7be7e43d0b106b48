"""Lists that people join by an import: confirmed by staff's evidence, never against their word."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audiences.models import ConsentEvent, Segment, Subscription
from audiences.services import consents, table_writes
from audiences.services.consents import Proof

State = Subscription.State


@dataclass(frozen=True)
class Enrolled:
    """How many hear the segment now who did not before, and how many had left it and stay away."""

    confirmed: int
    stay_away: int


def forecast(*, segment: Segment, channel: str, newcomers: int, known: Collection[int]) -> Enrolled:
    """What enrolling would do with so many new contacts and these known ones."""
    states = _states(segment, channel, known)
    waiting = sum(state == State.UNCONFIRMED for state in states.values())
    return Enrolled(
        confirmed=newcomers + len(known) - len(states) + waiting,
        stay_away=sum(state == State.UNSUBSCRIBED for state in states.values()),
    )


@transaction.atomic
def enrol(
    *, segment: Segment, channel: str, contacts: Collection[int], evidence: str, now: datetime
) -> Enrolled:
    """Subscribe contacts who have an address on the channel, and keep the proof.

    Whoever unsubscribed stays unsubscribed: a list somebody uploads is no new consent.
    """
    states = _states(segment, channel, contacts)
    proof = {
        "state": State.CONFIRMED,
        "source": Subscription.Source.IMPORT,
        "evidence": evidence[:500],
        "changed_at": now,
    }
    same = {"segment_id": segment.pk, "channel": channel, **proof}
    new = sorted(set(contacts) - states.keys())
    table_writes.insert(Subscription, ("contact",), ((pk,) for pk in new), same)
    waiting = [pk for pk, state in states.items() if state == State.UNCONFIRMED]
    # Asked again while it is written: who leaves meanwhile stays away.
    Subscription.objects.filter(
        segment=segment, channel=channel, contact__in=waiting, state=State.UNCONFIRMED
    ).update(**proof)
    consents.record_many(
        contacts=[*new, *waiting],
        kind=ConsentEvent.Kind.GIVEN,
        proof=Proof(source=Subscription.Source.IMPORT, evidence=evidence[:500]),
        now=now,
        segment=segment,
        channel=channel,
    )
    return Enrolled(
        confirmed=len(new) + len(waiting),
        stay_away=sum(state == State.UNSUBSCRIBED for state in states.values()),
    )


def _states(segment: Segment, channel: str, contacts: Iterable[int]) -> Mapping[int, str]:
    present = Subscription.objects.filter(segment=segment, channel=channel, contact__in=contacts)
    return dict(present.values_list("contact", "state"))
