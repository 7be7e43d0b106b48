"""Random audiences, and who must be told of them, found the slow way."""

from dataclasses import dataclass, field
from random import Random

from audiences.models import Account, Channel, Contact, Segment, Subscription, Suppression
from tests.factories import AccountFactory, SegmentFactory

STATES = ["confirmed", "confirmed", "confirmed", "unconfirmed", "unsubscribed"]
Told = dict[tuple[str, str], tuple[int, int, str, str]]


@dataclass
class Crowd:
    """Forty people in five segments, with everything that may stand against a message."""

    seed: int
    people: list[Contact] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    # By contact, segment and channel.
    subscribed: dict[tuple[int, int, str], str] = field(default_factory=dict)
    suppressed: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        random = Random(self.seed)
        accounts = [AccountFactory(tier="key"), AccountFactory(), None]
        self.people = Contact.objects.bulk_create(
            _person(number, random, random.choice(accounts)) for number in range(40)
        )
        rule = {"all": [{"field": "account.tier", "equals": "key"}]}
        self.segments = [
            SegmentFactory(),
            SegmentFactory(rule=rule),
            SegmentFactory(kind="internal", detail="technical"),
            SegmentFactory(kind="internal", detail="technical", rule=rule),
        ]
        # Everybody who hears the first one, and no key account.
        first = {"in_segment": self.segments[0].slug}
        self.segments.append(SegmentFactory(rule={"all": [first, {"not": rule}]}))
        self._subscribe(random)
        self._suppress(random)

    def _subscribe(self, random: Random) -> None:
        for person in self.people:
            for segment in random.sample(self.segments, random.randrange(4)):
                for channel in Channel.values:
                    state = random.choice(STATES)
                    self.subscribed[person.pk, segment.pk, channel] = state
        Subscription.objects.bulk_create(
            Subscription(contact_id=contact, segment_id=segment, channel=channel, state=state)
            for (contact, segment, channel), state in self.subscribed.items()
        )

    def _suppress(self, random: Random) -> None:
        for person in random.sample(self.people, 8):
            channel = random.choice(Channel.values)
            self.suppressed.add((channel, address_of(person, channel)))
        Suppression.objects.bulk_create(
            Suppression(channel=channel, address=address, reason="staff")
            for channel, address in self.suppressed
        )

    def told(self) -> Told:
        """Contact, segment, language and detail by channel and address."""
        told: Told = {}
        for channel in Channel.values:
            for person in self.people:
                where = channel, address_of(person, channel)
                through = self.through(person, channel)
                if where[1] and where not in self.suppressed and through:
                    detail = self._detail(person, channel)
                    told.setdefault(where, (person.pk, through[0].pk, person.language, detail))
        return told

    def _detail(self, person: Contact, channel: str) -> str:
        """Technical where everybody who reads it is entitled to that."""
        address = address_of(person, channel)
        readers = [one for one in self.people if address_of(one, channel) == address]
        return "technical" if all(self._is_insider(one, channel) for one in readers) else "public"

    def _is_insider(self, person: Contact, channel: str) -> bool:
        return any(one.detail == "technical" for one in self.through(person, channel))

    def through(self, person: Contact, channel: str) -> list[Segment]:
        """The segments that name somebody, the most detailed first."""
        ordered = sorted(self.segments, key=lambda one: (one.detail == "public", one.pk))
        return [segment for segment in ordered if self._names(segment, person, channel)]

    def _names(self, segment: Segment, person: Contact, channel: str) -> bool:
        state = self.subscribed.get((person.pk, segment.pk, channel))
        is_key = person.account is not None and person.account.tier == "key"
        if segment == self.segments[-1]:
            first = self.subscribed.get((person.pk, self.segments[0].pk, channel))
            is_meant = first == "confirmed" and not is_key
        else:
            is_meant = is_key
        by_rule = bool(segment.rule) and channel == "email" and is_meant
        return state == "confirmed" or (by_rule and state != "unsubscribed")

    def dropped(self) -> dict[str, tuple[int, int, int, int]]:
        """Who is meant and not told: unsubscribed, without address, suppressed, duplicates."""
        found = {}
        for channel in Channel.values:
            left = [one for one in self.people if self._has_left(one, channel)]
            named = [one for one in self.people if self.through(one, channel)]
            with_address = [one for one in named if address_of(one, channel)]
            willing = [
                one
                for one in with_address
                if (channel, address_of(one, channel)) not in self.suppressed
            ]
            once = {address_of(one, channel) for one in willing}
            found[channel] = (
                len(left),
                len(named) - len(with_address),
                len(with_address) - len(willing),
                len(willing) - len(once),
            )
        return found

    def _has_left(self, person: Contact, channel: str) -> bool:
        states = [self.subscribed.get((person.pk, one.pk, channel)) for one in self.segments]
        return "unsubscribed" in states and not self.through(person, channel)


def _person(number: int, random: Random, account: Account | None) -> Contact:
    has_email = random.random() < 0.9
    # Few numbers, so that many share theirs; but nobody that of who has no e-mail address.
    shared = random.choice(["", f"+4917139200{random.randrange(25):03}"])
    return Contact(
        account=account,
        email=f"p{number}@example.com" if has_email else "",
        phone=shared if has_email else f"+4917139201{number:03}",
        language=random.choice(["de", "en"]),
    )


def address_of(person: Contact, channel: str) -> str:
    return person.email if channel == Channel.EMAIL else person.phone
