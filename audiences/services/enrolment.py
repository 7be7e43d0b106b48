"""Lists that people join by a file or by staff: confirmed by evidence, never against their word."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db import transaction
from django.db.models import QuerySet

from audiences.models import (
    Channel,
    ConsentEvent,
    Contact,
    ContactAlias,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import addresses, consents, table_writes
from audiences.services.consents import Proof

State = Subscription.State
# A contact's number; of somebody who is still to be created, their address.
Person = int | str


@dataclass(frozen=True)
class Enrolled:
    """How many hear the segment now who did not before, how many had left it and stay away, and how
    many numbers take no text messages."""

    confirmed: int = 0
    stay_away: int = 0
    unable: int = 0

    def __add__(self, more: Self) -> "Enrolled":
        return Enrolled(
            self.confirmed + more.confirmed,
            self.stay_away + more.stay_away,
            self.unable + more.unable,
        )


@dataclass(frozen=True)
class _Sorted:
    """Who has nothing to do with the segment yet, who waits for a confirmation, and the others."""

    new: list[Person]
    waiting: list[Person]
    stay_away: int
    unable: int

    def enrolled(self) -> Enrolled:
        return Enrolled(len(self.new) + len(self.waiting), self.stay_away, self.unable)


def forecast(
    *, segment: Segment, channel: str, people: Mapping[Person, str], moving: Collection[int] = ()
) -> Enrolled:
    """What enrolling people with these addresses would do; of those `moving`, they are new."""
    return _sort(segment, channel, people, moving).enrolled()


@transaction.atomic
def enrol(
    *, segment: Segment, channel: str, contacts: Collection[int], proof: Proof, now: datetime
) -> Enrolled:
    """Subscribe contacts who can be reached on the channel, and keep the proof.

    Whoever unsubscribed stays unsubscribed, under every contact that has the address: a list that
    somebody else has is no new consent.
    """
    field = address_field(channel)
    reachable = Contact.objects.filter(pk__in=contacts).exclude(**{field: ""})
    found = _sort(segment, channel, dict(reachable.values_list("pk", field)))
    joining = [pk for pk in (*found.new, *found.waiting) if isinstance(pk, int)]
    values = {
        "state": State.CONFIRMED,
        "source": proof.source,
        "evidence": proof.evidence[:500],
        "changed_at": now,
    }
    same = {"segment_id": segment.pk, "channel": channel, **values}
    table_writes.insert(Subscription, ("contact",), ((pk,) for pk in found.new), same)
    # Asked again while it is written: who leaves meanwhile stays away.
    Subscription.objects.filter(
        segment=segment, channel=channel, contact__in=joining, state=State.UNCONFIRMED
    ).update(**values)
    consents.record_many(
        contacts=joining,
        kind=ConsentEvent.Kind.GIVEN,
        proof=proof,
        now=now,
        segment=segment,
        channel=channel,
    )
    return found.enrolled()


def _sort(
    segment: Segment, channel: str, people: Mapping[Person, str], moving: Collection[int] = ()
) -> _Sorted:
    rows = Subscription.objects.filter(segment=segment, channel=channel)
    numbers = [one for one in people if isinstance(one, int)]
    present = rows.filter(contact__in=numbers)
    states: dict[Person, str] = dict(present.values_list("contact", "state"))
    confirmed = {one for one, state in states.items() if state == State.CONFIRMED}
    asked = {one: people[one] for one in people if one in moving or one not in confirmed}
    refused = _refused(rows, channel, set(asked.values()))
    free = [
        one
        for one, address in asked.items()
        if states.get(one) != State.UNSUBSCRIBED and address not in refused
    ]
    able = [one for one in free if channel != Channel.SMS or addresses.may_take_texts(asked[one])]
    return _Sorted(
        new=[one for one in able if one not in states],
        waiting=[one for one in able if one in states],
        stay_away=len(asked) - len(free),
        unable=len(free) - len(able),
    )


def _refused(rows: QuerySet[Subscription], channel: str, given: Collection[str]) -> set[str]:
    """Those of the addresses at which somebody has left, also before they moved or were merged."""
    field = address_field(channel)
    left = rows.filter(state=State.UNSUBSCRIBED)
    there = left.filter(**{f"contact__{field}__in": given})
    before = ContactAlias.objects.filter(
        **{f"{field}__in": given}, contact__in=left.values("contact")
    )
    return {
        *there.values_list(f"contact__{field}", flat=True),
        *before.values_list(field, flat=True),
    }
