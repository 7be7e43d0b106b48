"""Evidence of what somebody agreed to or took back: added with every change, and never changed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.auth.models import User

from audiences.models import (
    ConsentEvent,
    Contact,
    Purpose,
    Segment,
    Subscription,
    address_field,
)
from audiences.services import table_writes


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
    values = _values(kind, proof, now, purpose, segment, channel)
    address = hint(getattr(contact, address_field(channel))) if channel else ""
    return ConsentEvent.objects.create(contact=contact, address=address, **values)


def record_many(
    *,
    contacts: Collection[int],
    kind: str,
    proof: Proof,
    now: datetime,
    segment: Segment,
    channel: str,
) -> None:
    """Add the same about one list for many people, given by their numbers."""
    same = _values(kind, proof, now, Purpose.NOTICE, segment, channel)
    people = Contact.objects.filter(pk__in=contacts).order_by("pk")
    addresses = people.values_list("pk", address_field(channel))
    rows = ((pk, hint(address)) for pk, address in addresses)
    table_writes.insert(ConsentEvent, ("contact", "address"), rows, same)


def other_address(because: str) -> str:
    """What is noted where somebody is reached at another address than the one they agreed at."""
    return f"The address has changed, and what was agreed to was about the one before. {because}"


def same_address(because: str) -> str:
    """What is noted where somebody is reached again at the address they had agreed at."""
    return f"Back at the address it was agreed to at. {because}"


def is_said(evidence: str) -> bool:
    """Whether there is a word in it: a dot proves nothing to anybody."""
    return sum(sign.isalpha() for sign in evidence) > 1


def hint(address: str) -> str:
    """So much of an address that its owner recognises it, and nobody else can use it."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return f"{address[:3]}…{address[-3:]}" if address else ""


def is_withdrawn(*, contact: Contact, channel: str) -> bool:
    """Whether a person has taken back a whole channel, and not agreed to it again since."""
    said = contact.consents.filter(
        purpose=Purpose.NOTICE, channel=channel, segment=None, list_name=""
    ).exclude(kind=ConsentEvent.Kind.REQUESTED)
    latest = said.order_by("-at", "-pk").first()
    return latest is not None and latest.kind == ConsentEvent.Kind.WITHDRAWN


_BY_STATE = {
    Subscription.State.UNCONFIRMED: ConsentEvent.Kind.REQUESTED,
    Subscription.State.CONFIRMED: ConsentEvent.Kind.GIVEN,
    Subscription.State.UNSUBSCRIBED: ConsentEvent.Kind.WITHDRAWN,
}


def record_as_set(*, subscription: Subscription, by: User, now: datetime) -> ConsentEvent:
    """Add what somebody of the team has set by hand, with the evidence they gave for it."""
    kind = _BY_STATE[Subscription.State(subscription.state)]
    return record(
        contact=subscription.contact,
        kind=kind,
        proof=_by_hand(by, subscription.evidence),
        now=now,
        segment=subscription.segment,
        channel=subscription.channel,
    )


def record_feedback_as_set(
    *, contact: Contact, by: User, evidence: str, now: datetime
) -> ConsentEvent:
    """The same for feedback requests, which the contact itself carries."""
    is_given = contact.feedback_consent_at is not None
    kind = ConsentEvent.Kind.GIVEN if is_given else ConsentEvent.Kind.WITHDRAWN
    proof = _by_hand(by, evidence)
    return record(contact=contact, kind=kind, proof=proof, now=now, purpose=Purpose.FEEDBACK)


def _by_hand(by: User, evidence: str) -> Proof:
    words = f"Set by {by.get_username()}" + (f": {evidence}" if evidence else "")
    return Proof(source=Subscription.Source.STAFF, evidence=words)


def _values(
    kind: str,
    proof: Proof,
    now: datetime,
    purpose: str,
    segment: Segment | None,
    channel: str,
) -> dict[str, Any]:
    return {
        "purpose": Purpose(purpose).value,
        "segment_id": segment.pk if segment else None,
        "list_name": segment.evidence_name if segment else "",
        "channel": channel,
        "kind": ConsentEvent.Kind(kind).value,
        "source": proof.source,
        "at": now,
        "network_address": proof.network_address,
        "text_version": proof.text_version,
        "evidence": proof.evidence[:500],
    }
