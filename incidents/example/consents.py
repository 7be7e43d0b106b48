"""What the invented people agreed to hear on which channel, and whom nobody may write to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from audiences import wordings
from audiences.models import (
    AudienceKind,
    Channel,
    ConsentEvent,
    Contact,
    Purpose,
    Segment,
    Subscription,
    Suppression,
    address_field,
)
from audiences.services import consents, suppressions
from incidents.example.people import Person

_UNSUBSCRIBED = 12
_SIGNED, _LEFT = "Signed with the contract", "Unsubscribe page"
_UNTIL_LEFT = timedelta(days=200)
_SUPPRESSED = {
    (Channel.EMAIL, Suppression.Reason.HARD_BOUNCE): 4,
    (Channel.EMAIL, Suppression.Reason.COMPLAINT): 2,
    (Channel.SMS, Suppression.Reason.STOP): 3,
}
OWN_SEGMENT = {
    AudienceKind.CUSTOMER: "customers",
    AudienceKind.PARTNER: "partners",
    AudienceKind.INTERNAL: "operations",
}


def load(*, people: Sequence[Person], segments: Mapping[str, Segment], now: datetime) -> None:
    """Subscribe everybody to their own segment and to the components they use; let a few leave."""
    chance = Random(1815)
    # Whoever a rule names stays in, so that leaving is easy to see.
    leavers = chance.sample(
        [person for person in people if person.uses and not person.is_key], _UNSUBSCRIBED
    )
    left = {person.contact.pk for person in leavers}
    rows = [
        subscription
        for person in people
        for subscription in _subscriptions(person, segments, person.contact.pk in left, now)
    ]
    Subscription.objects.bulk_create(rows)
    ConsentEvent.objects.bulk_create(event for row in rows for event in _events(row))
    ConsentEvent.objects.bulk_create(
        _feedback(person.contact, at)
        for person in people
        if (at := person.contact.feedback_consent_at)
    )
    for (channel, reason), count in _SUPPRESSED.items():
        able = [address for person in people if (address := _address(person, channel))]
        for address in chance.sample(able, count):
            suppressions.suppress(channel=channel, address=address, reason=reason, now=now)


def _subscriptions(
    person: Person, segments: Mapping[str, Segment], has_left: bool, now: datetime
) -> Iterator[Subscription]:
    slugs = (OWN_SEGMENT[person.kind], *(f"component-{slug}" for slug in person.uses))
    state, source = Subscription.State.CONFIRMED, Subscription.Source.STAFF
    if has_left:
        state, source = Subscription.State.UNSUBSCRIBED, Subscription.Source.LINK
    for channel in Channel:
        if not _address(person, channel):
            continue
        for slug in slugs:
            yield Subscription(
                contact=person.contact,
                segment=segments[slug],
                channel=channel,
                state=state,
                source=source,
                evidence=_LEFT if has_left else _SIGNED,
                changed_at=now - timedelta(days=30),
            )


def _events(row: Subscription) -> Iterator[ConsentEvent]:
    """What proves the row: they all agreed with the contract, and some took it back later."""
    same = {
        "contact": row.contact,
        "segment": row.segment,
        "list_name": row.segment.evidence_name,
        "channel": row.channel,
        "address": consents.hint(getattr(row.contact, address_field(row.channel))),
        "purpose": Purpose.NOTICE,
    }
    yield ConsentEvent(
        **same,
        kind=ConsentEvent.Kind.GIVEN,
        source=Subscription.Source.STAFF,
        evidence=_SIGNED,
        at=row.changed_at - _UNTIL_LEFT if _has_left(row) else row.changed_at,
    )
    if _has_left(row):
        yield ConsentEvent(
            **same,
            kind=ConsentEvent.Kind.WITHDRAWN,
            source=row.source,
            evidence=row.evidence,
            at=row.changed_at,
        )


def _feedback(contact: Contact, at: datetime) -> ConsentEvent:
    return ConsentEvent(
        contact=contact,
        purpose=Purpose.FEEDBACK,
        kind=ConsentEvent.Kind.GIVEN,
        source=Subscription.Source.STAFF,
        evidence=_SIGNED,
        text_version=wordings.current(Purpose.FEEDBACK),
        at=at,
    )


def _has_left(row: Subscription) -> bool:
    return row.state == Subscription.State.UNSUBSCRIBED


def _address(person: Person, channel: Channel) -> str:
    """Where the person agreed to hear from us on this channel."""
    if channel == Channel.EMAIL:
        return person.contact.email
    return person.contact.phone if person.chose_sms else ""
