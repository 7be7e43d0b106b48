"""Lists that people join by an import: confirmed by staff's evidence, never against their word."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from audiences.models import ConsentEvent, Purpose, Segment, Subscription
from audiences.services import bulk

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
    bulk.insert(Subscription, ("contact",), ((pk,) for pk in new), same)
    waiting = [pk for pk, state in states.items() if state == State.UNCONFIRMED]
    # Asked again while it is written: who leaves meanwhile stays away.
    Subscription.objects.filter(
        segment=segment, channel=channel, contact__in=waiting, state=State.UNCONFIRMED
    ).update(**proof)
    _remember([*new, *waiting], segment, channel, evidence, now)
    return Enrolled(
        confirmed=len(new) + len(waiting),
        stay_away=sum(state == State.UNSUBSCRIBED for state in states.values()),
    )


def _states(segment: Segment, channel: str, contacts: Iterable[int]) -> Mapping[int, str]:
    present = Subscription.objects.filter(segment=segment, channel=channel, contact__in=contacts)
    return dict(present.values_list("contact", "state"))


def _remember(
    contacts: Iterable[int], segment: Segment, channel: str, evidence: str, now: datetime
) -> None:
    same = {
        "purpose": Purpose.NOTICE,
        "segment_id": segment.pk,
        "channel": channel,
        "kind": ConsentEvent.Kind.GIVEN,
        "source": Subscription.Source.IMPORT,
        "at": now,
        "evidence": evidence[:500],
    }
    bulk.insert(ConsentEvent, ("contact",), ((pk,) for pk in contacts), same)
