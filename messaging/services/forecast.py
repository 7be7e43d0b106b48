"""What starting a broadcast now would do: who hears it, who does not and why, and what it costs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db.models import Case, CharField, Count, Max, Min, Q, Value, When

from audiences.models import Channel, Contact, locales
from messaging import merging
from messaging.channels import sms_units
from messaging.models import Broadcast, BroadcastContent
from messaging.services import broadcasts, composition, links
from messaging.services.audience import Audience, Whom, is_suppressed
from messaging.services.reception import Reception
from messaging.services.wishes import Ends, Wishes

# Contacts looked at together: PostgreSQL sorts and compares so many within its working memory.
WIDTH = 20_000

K = TypeVar("K")


@dataclass(frozen=True)
class Share:
    """People whose messages differ in what is merged only."""

    channel: str
    # Through which they hear it; requests about a story go to no segment.
    segment: int | None
    language: str
    detail: str
    people: int
    # Segments of each of their texts; 0 where there is no text, and for e-mail.
    sms_segments: int = 0


@dataclass(frozen=True)
class Dropped:
    """People who were meant and are not told; each counts where it comes first here."""

    unsubscribed: int = 0
    without_address: int = 0
    suppressed: int = 0
    # Who would be asked for feedback, and has not agreed to it, has answered, or was asked lately.
    no_consent: int = 0
    answered: int = 0
    asked_lately: int = 0
    # By a channel that comes before this one.
    asked_elsewhere: int = 0
    # Want to hear of worse things only, on this channel; want to hear nothing for a while.
    unwanted: int = 0
    paused: int = 0
    # Another person with the same address is told.
    duplicates: int = 0


@dataclass(frozen=True)
class Held:
    """People among those who are told whose message waits until their quiet hours are over."""

    until_awake: int = 0
    # Of the others it is known already: until then it will be no longer news, and not be sent.
    too_long: int = 0


@dataclass(frozen=True)
class Forecast:
    """People, exactly as a freeze at this moment would find them, and the price of their texts."""

    shares: Sequence[Share]
    dropped: Mapping[str, Dropped]
    held: Mapping[str, Held] = field(default_factory=dict)

    @property
    def by_channel(self) -> dict[str, int]:
        return dict.fromkeys(self.dropped, 0) | self._sum(lambda share: share.channel)

    @property
    def by_segment(self) -> dict[int | None, int]:
        return self._sum(lambda share: share.segment)

    @property
    def by_language(self) -> dict[str, int]:
        return self._sum(lambda share: share.language)

    @property
    def sms_segments(self) -> int:
        return sum(share.people * share.sms_segments for share in self.shares)

    @property
    def cost(self) -> Decimal:
        """What the texts cost, in `settings.SMS_CURRENCY`."""
        return sms_units.cost(self.sms_segments)

    def _sum(self, key: Callable[[Share], K]) -> dict[K, int]:
        sums: Counter[K] = Counter()
        for share in self.shares:
            sums[key(share)] += share.people
        return dict(sums)


def forecast(
    *,
    whom: Whom,
    channels: Sequence[str],
    now: datetime,
    contents: Iterable[BroadcastContent] = (),
) -> Forecast:
    """Look at everybody as the freeze would, and write nothing.

    Without `contents` nothing is said about texts and their price.
    """
    audience = Audience.meant(whom, now=now)
    expires_at = now + broadcasts.LIFETIME[Broadcast.Purpose(whom.purpose)]
    texts = {(one.language, one.detail): one.sms_text for one in contents if one.sms_text}
    shares: list[Share] = []
    dropped: dict[str, Dropped] = {}
    held: dict[str, Held] = {}
    for channel in channels:
        counted, held[channel] = _count(audience, channel, expires_at)
        shares += _shares(channel, counted, texts if channel == Channel.SMS else {})
        dropped[channel] = _dropped(counted)
    return Forecast(shares, dropped, held)


def reaches_anybody(*, whom: Whom, channels: Sequence[str], now: datetime) -> bool:
    """Whether a freeze at this moment would find somebody to tell."""
    audience = Audience.meant(whom, now=now)
    return any(audience.people(channel).exists() for channel in channels)


Group = tuple[str, int | None, str, str]


def _count(audience: Audience, channel: str, expires_at: datetime) -> tuple[Counter[Group], Held]:
    """People by what becomes of them, segment, language and detail level; and who has to wait."""
    counted: Counter[Group] = Counter()
    waiting = asleep = 0
    for ids, ends in _windows(audience.wishes, channel):
        outlasted = {one for one, end in ends.items() if end >= expires_at}
        groups = (
            audience.named(channel, ids)
            .annotate(fate=fate(audience, channel), told_language=locales.heard("language"))
            .values_list("fate", "told_through", "told_language", "told_detail")
            .annotate(
                people=Count("pk"),
                waiting=Count("pk", filter=audience.wishes.is_held(set(ends) - outlasted)),
                asleep=Count("pk", filter=audience.wishes.is_held(outlasted)),
            )
            .order_by()
        )
        for *group, people, until_awake, too_long in groups:
            counted[tuple(group)] += people
            if not group[0]:
                waiting, asleep = waiting + until_awake, asleep + too_long
        left = Contact.objects.filter(audience.has_left(channel, ids), _is_among(ids)).count()
        counted["unsubscribed", None, "", ""] += left
    return counted, Held(waiting, asleep)


def fate(audience: Audience, channel: str) -> Case:
    """What becomes of a message to somebody who is meant: "" if it is sent, else why not."""
    return Case(
        When(told_address="", then=Value("without_address")),
        When(is_suppressed(channel), then=Value("suppressed")),
        *(When(why, then=Value(name)) for name, why in audience.objections(channel).items()),
        When(audience.wishes.is_too_small(channel), then=Value("unwanted")),
        When(audience.wishes.is_paused(), then=Value("paused")),
        When(audience.is_repeated(channel), then=Value("duplicates")),
        default=Value(""),
        output_field=CharField(),
    )


def _windows(wishes: Wishes, channel: str) -> Iterator[tuple[range, Ends]]:
    found = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    start, last = found["first"], found["last"]
    width = WIDTH
    while start is not None and start <= last:
        ids, ends = wishes.window(range(start, min(start + width, last + 1)), channel)
        yield ids, ends
        # Where windows are cut, the next one is not looked at in vain as far as the last.
        start, width = ids.stop, min(len(ids) * 4, WIDTH)


def _is_among(ids: range) -> Q:
    return Q(pk__gte=ids.start, pk__lt=ids.stop)


def _shares(
    channel: str, counted: Counter[Group], texts: Mapping[tuple[str, str], str]
) -> Iterator[Share]:
    reception = Reception()
    for (fate, segment, language, detail), people in sorted(counted.items(), key=str):
        if not fate:
            text = composition.pick(texts, language, detail)
            text = as_received(text, segment, language, reception) if text else ""
            number = sms_units.segments(text) if text else 0
            yield Share(channel, segment, language, detail, people, number)


def as_received(text: str, segment: int | None, language: str, reception: Reception) -> str:
    """With links as long as theirs will be, and a greeting without a name."""
    values = {
        "salutation": composition.salutation(language, ""),
        "support": reception.words(segment=segment, language=language),
        **links.of_nobody(),
    }
    return merging.merge(text, values)


def _dropped(counted: Counter[Group]) -> Dropped:
    sums: Counter[str] = Counter()
    for (fate, *_group), people in counted.items():
        if fate:
            sums[fate] += people
    return Dropped(**sums)
