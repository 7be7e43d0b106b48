"""A message as its readers get it: each language and detail level, filled for somebody made up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from audiences.models import Channel, Segment
from messaging.channels import sms_units
from messaging.models import BroadcastContent
from messaging.services import brand, composition, looks
from messaging.services.forecast import Forecast
from messaging.services.looks import Look
from messaging.services.reception import Reception

NAME = "Ana Example"


@dataclass(frozen=True)
class Letter:
    """What one language and detail level reads; `support` is how its readers can reach us."""

    content: BroadcastContent
    has_email: bool
    has_sms: bool
    people: int
    support: str

    @cached_property
    def _mail(self) -> Look | None:
        return self._look(Channel.EMAIL)

    @property
    def html(self) -> str:
        return brand.on_page(self._mail.html) if self.has_email and self._mail else ""

    @property
    def text(self) -> str:
        return self._mail.text if self._mail else ""

    @cached_property
    def sms(self) -> str:
        said = self._look(Channel.SMS) if self.has_sms else None
        return said.sms_text if said else ""

    @property
    def sms_parts(self) -> int:
        """As how many text messages it is charged."""
        return sms_units.segments(self.sms)

    def _look(self, channel: Channel) -> Look | None:
        reader = looks.Reader(self.content.language, self.content.detail, name=NAME)
        return looks.look(
            contents=[self.content],
            moments=(),
            reader=reader,
            channel=channel,
            support=self.support,
        )


def of_contents(
    contents: Iterable[BroadcastContent],
    channels: Sequence[str],
    foreseen: Forecast | None,
    segments: Sequence[Segment],
) -> list[Letter]:
    """In the order of the languages, the public text first; only what somebody reads, if anybody
    reads anything at all."""
    found = sorted(contents, key=lambda one: (one.language, one.detail))
    by_kind = {(one.language, one.detail): one for one in found}
    readers: Counter[int] = Counter()
    for share in foreseen.shares if foreseen else ():
        if read := composition.pick(by_kind, share.language, share.detail):
            readers[id(read)] += share.people
    has_email, has_sms = Channel.EMAIL in channels, Channel.SMS in channels
    reception, counts = Reception(), foreseen.by_segment if foreseen else {}
    largest = sorted(segments, key=lambda one: -counts.get(one.pk, 0))
    return [
        Letter(
            content,
            has_email,
            has_sms,
            readers[id(content)],
            reception.words(segment=_of(content, largest), language=content.language),
        )
        for content in found
        if readers[id(content)] or not readers
    ]


def _of(content: BroadcastContent, segments: Sequence[Segment]) -> int | None:
    """The segment that reads it, as far as one can tell beforehand."""
    reading = [one for one in segments if one.detail == content.detail] or segments
    return reading[0].pk if reading else None
