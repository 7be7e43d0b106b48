"""What starting a broadcast now would do: who hears it, who does not and why, and what it costs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from django.conf import settings
from django.db.models import Case, CharField, Count, Max, Min, Q, Value, When

from audiences.models import Channel, Contact, Segment
from messaging import merging
from messaging.channels import sms_units
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import composition, links
from messaging.services.audience import Audience, is_suppressed

# Contacts looked at together: PostgreSQL sorts and compares so many within its working memory.
WIDTH = 20_000

K = TypeVar("K")


@dataclass(frozen=True)
class Share:
    """People whose messages differ in what is merged only."""

    channel: str
    # Through which they hear it; feedback requests go to no segment.
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
    # Another person with the same address is told.
    duplicates: int = 0


@dataclass(frozen=True)
class Forecast:
    """People, exactly as a freeze at this moment would find them, and the price of their texts."""

    shares: Sequence[Share]
    dropped: Mapping[str, Dropped]

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
    def by_detail(self) -> dict[str, int]:
        return self._sum(lambda share: share.detail)

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
    channels: Sequence[str],
    segments: Iterable[Segment] = (),
    purpose: str = Broadcast.Purpose.NOTICE,
    thread: str = "",
    contents: Iterable[BroadcastContent] = (),
) -> Forecast:
    """Look at everybody as the freeze would, and write nothing.

    Without `contents` nothing is said about texts and their price.
    """
    audience = Audience.meant(segments=segments, purpose=purpose, thread=thread)
    texts = {(one.language, one.detail): one.sms_text for one in contents if one.sms_text}
    shares: list[Share] = []
    dropped: dict[str, Dropped] = {}
    for channel in channels:
        counted = _count(audience, channel)
        shares += _shares(channel, counted, texts if channel == Channel.SMS else {})
        dropped[channel] = _dropped(counted)
    return Forecast(shares, dropped)


Group = tuple[str, int | None, str, str]


def _count(audience: Audience, channel: str) -> Counter[Group]:
    """People by what becomes of them, segment, language and detail level."""
    fate = Case(
        When(told_address="", then=Value("without_address")),
        When(is_suppressed(channel), then=Value("suppressed")),
        When(audience.is_repeated(channel), then=Value("duplicates")),
        default=Value(""),
        output_field=CharField(),
    )
    counted: Counter[Group] = Counter()
    for ids in _windows():
        groups = (
            audience.named(channel, ids)
            .annotate(fate=fate)
            .values_list("fate", "told_through", "language", "told_detail")
            .annotate(people=Count("pk"))
            .order_by()
        )
        for *group, people in groups:
            counted[tuple(group)] += people
        left = Contact.objects.filter(audience.has_left(channel, ids), _is_among(ids)).count()
        counted["unsubscribed", None, "", ""] += left
    return counted


def _windows() -> Iterator[range]:
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is not None:
        for start in range(ends["first"], ends["last"] + 1, WIDTH):
            yield range(start, start + WIDTH)


def _is_among(ids: range) -> Q:
    return Q(pk__gte=ids.start, pk__lt=ids.stop)


def _shares(
    channel: str, counted: Counter[Group], texts: Mapping[tuple[str, str], str]
) -> Iterator[Share]:
    for (fate, segment, language, detail), people in sorted(counted.items(), key=str):
        if not fate:
            text = composition.pick(texts, language, detail)
            number = sms_units.segments(_as_received(text, language)) if text else 0
            yield Share(channel, segment, language, detail, people, number)


def _as_received(text: str, language: str) -> str:
    """With links as long as theirs will be, and a greeting without a name."""
    token = links.token(Delivery(broadcast=Broadcast(), channel=Channel.SMS))
    values = {
        "salutation": composition.salutation(language, ""),
        "unsubscribe_url": settings.PUBLIC_BASE_URL + links.unsubscribe_path(token),
        "feedback_url": settings.PUBLIC_BASE_URL + links.feedback_path(token),
        "preferences_url": settings.PUBLIC_BASE_URL + links.preferences_path(token),
        "confirm_url": settings.PUBLIC_BASE_URL + links.confirm_path(token),
    }
    return merging.merge(text, values)


def _dropped(counted: Counter[Group]) -> Dropped:
    sums: Counter[str] = Counter()
    for (fate, *_group), people in counted.items():
        if fate:
            sums[fate] += people
    return Dropped(**sums)
