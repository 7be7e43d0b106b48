"""Evidence of what somebody agreed to or took back: added with every change, and never changed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from audiences.models import ConsentEvent, Contact, Purpose, Segment, Subscription


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How a wish reached us: through what, from where, and which wording was in view."""

    source: str
    evidence: str = ""
    network_address: str | None = None
    text_version: str = ""

    @classmethod
    def by_link(cls, evidence: str, network_address: str | None = None) -> Self:
        source = Subscription.Source.LINK
        return cls(source=source, evidence=evidence, network_address=network_address)


def record(
    *,
    contact: Contact,
    kind: str,
    proof: Proof,
    now: datetime,
    purpose: str = Purpose.NOTICE,
    segment: Segment | None = None,
    channel: str = "",
) -> ConsentEvent:
    """Add what one person said; without a segment it is about all lists of the channel, without
    a channel about every channel."""
    event = _event(contact.pk, kind, proof, now, purpose, segment, channel)
    event.save(force_insert=True)
    return event


def record_many(
    *,
    contacts: Iterable[int],
    kind: str,
    proof: Proof,
    now: datetime,
    segment: Segment,
    channel: str,
) -> None:
    """Add the same about one list for many people, given by their numbers."""
    ConsentEvent.objects.bulk_create(
        (_event(pk, kind, proof, now, Purpose.NOTICE, segment, channel) for pk in contacts),
        batch_size=1_000,
    )


def _event(
    contact_id: int,
    kind: str,
    proof: Proof,
    now: datetime,
    purpose: str,
    segment: Segment | None,
    channel: str,
) -> ConsentEvent:
    return ConsentEvent(
        contact_id=contact_id,
        purpose=Purpose(purpose),
        segment=segment,
        channel=channel,
        kind=ConsentEvent.Kind(kind),
        source=proof.source,
        at=now,
        network_address=proof.network_address,
        text_version=proof.text_version,
        evidence=proof.evidence[:500],
    )
