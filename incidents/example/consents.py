"""What the invented people agreed to hear on which channel, and whom nobody may write to."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

from audiences.models import AudienceKind, Channel, Segment, Subscription, Suppression
from audiences.services import suppressions
from incidents.example.people import Person

_UNSUBSCRIBED = 12
_SUPPRESSED = {
    (Channel.EMAIL, Suppression.Reason.HARD_BOUNCE): 4,
    (Channel.EMAIL, Suppression.Reason.COMPLAINT): 2,
    (Channel.SMS, Suppression.Reason.STOP): 3,
}
_OWN_SEGMENT = {
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
    Subscription.objects.bulk_create(
        subscription
        for person in people
        for subscription in _subscriptions(person, segments, person.contact.pk in left, now)
    )
    for (channel, reason), count in _SUPPRESSED.items():
        able = [address for person in people if (address := _address(person, channel))]
        for address in chance.sample(able, count):
            suppressions.suppress(channel=channel, address=address, reason=reason, now=now)


def _subscriptions(
    person: Person, segments: Mapping[str, Segment], has_left: bool, now: datetime
) -> Iterator[Subscription]:
    slugs = (_OWN_SEGMENT[person.kind], *(f"uses-{slug}" for slug in person.uses))
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
                evidence="Signed with the contract",
                changed_at=now - timedelta(days=30),
            )


def _address(person: Person, channel: Channel) -> str:
    """Where the person agreed to hear from us on this channel."""
    if channel == Channel.EMAIL:
        return person.contact.email
    return person.contact.phone if person.chose_sms else ""
