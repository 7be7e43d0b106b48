"""What starting a round would do, as it is shown beforehand: who is asked, who is not, what they
read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from audiences.admin.moments import moment
from audiences.admin.pages import address
from audiences.models import Channel
from feedback.admin.authors import may_see_names
from feedback.models import SurveyVersion
from feedback.services import orders
from feedback.services.orders import Order
from messaging.admin import letters
from messaging.admin.fates import LEFT_OUT
from messaging.admin.letters import Letter
from messaging.admin.look_readers import Shown
from messaging.admin.prices import spoken_price
from messaging.models import BroadcastContent
from messaging.services import readers
from messaging.services.audience import Whom
from messaging.services.forecast import Forecast, forecast

_SAMPLE = 5


@dataclass(frozen=True)
class ByChannel:
    """One channel's people: how many are asked, in which languages, some of them by name; and how
    many are not, by reason."""

    label: str
    people: int
    languages: Sequence[tuple[str, int]]
    left_out: Sequence[tuple[str, int]]
    # Name, and the page of the person.
    sample: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Preview:
    order: Order
    version: SurveyVersion
    is_now: bool
    channels: Sequence[ByChannel]
    foreseen: Forecast
    letters: Sequence[Letter]

    @property
    def people(self) -> int:
        """Nobody is asked by two channels."""
        return sum(one.people for one in self.channels)

    @property
    def segments(self) -> str:
        return ", ".join(str(one) for one in self.order.segments)

    @property
    def asks_at(self) -> str:
        return _("at once") if self.is_now else moment(self.order.asks_at)

    @property
    def reminds_at(self) -> str:
        return moment(self.order.reminds_at)

    @property
    def closes_at(self) -> str:
        return moment(self.version.closes_at(self.order.asks_at))

    @property
    def price(self) -> str:
        return spoken_price(self.foreseen.cost)

    @property
    def sms_parts(self) -> int:
        return self.foreseen.sms_segments

    @property
    def lacks_sms(self) -> bool:
        """Whether some hear nothing, because nobody wrote a text for them."""
        texts = (one for one in self.foreseen.shares if one.channel == Channel.SMS)
        return any(not one.sms_segments for one in texts)

    @property
    def until_awake(self) -> int:
        return sum(held.until_awake for held in self.foreseen.held.values())


def preview(
    request: HttpRequest, *, order: Order, version: SurveyVersion, now: datetime
) -> Preview:
    """:raises CannotSay: its words cannot be made."""
    contents = orders.contents(order=order)
    # Pauses and nights are looked at as they will be then.
    whom = orders.whom(order=order, now=order.asks_at)
    foreseen = forecast(whom=whom, channels=order.channels, now=order.asks_at, contents=contents)
    is_named = may_see_names(request)
    return Preview(
        order,
        version,
        order.asks_at <= now,
        [_of_channel(name, foreseen, whom, order, is_named) for name in order.channels],
        foreseen,
        letters.of_contents(contents, order.channels, foreseen, order.segments),
    )


def shown(order: Order, contents: Sequence[BroadcastContent]) -> list[Shown]:
    """For whoever looks at it with other eyes."""
    whom = orders.whom(order=order, now=order.asks_at)
    return [Shown(str(order.template), contents, order.channels, whom=whom)]


def _of_channel(
    channel: str, foreseen: Forecast, whom: Whom, order: Order, is_named: bool
) -> ByChannel:
    names = dict(settings.LANGUAGES)
    spoken = Counter[str]()
    for share in foreseen.shares:
        if share.channel == channel:
            spoken[share.language] += share.people
    dropped = foreseen.dropped[channel]
    people = (
        readers.listed(
            whom=whom, channel=channel, fate=readers.TOLD, now=order.asks_at, limit=_SAMPLE
        )
        if is_named and spoken
        else []
    )
    return ByChannel(
        label=str(Channel(channel).label),
        people=spoken.total(),
        languages=[(str(names.get(code, code)), number) for code, number in spoken.most_common()],
        left_out=[
            (str(words), number)
            for name, words in LEFT_OUT.items()
            if (number := getattr(dropped, name))
        ],
        sample=[(str(one.contact), address(one.contact)) for one in people],
    )
