"""A message as its readers get it: each language and detail level, filled for somebody made up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import override

from audiences.models import Channel
from messaging import merging
from messaging.admin.preview import sample_reader
from messaging.channels import sms_units
from messaging.models import BroadcastContent
from messaging.services import brand, composition
from messaging.services.forecast import Share


@dataclass(frozen=True)
class Letter:
    """What one language and detail level reads."""

    content: BroadcastContent
    has_email: bool
    has_sms: bool
    people: int

    @property
    def html(self) -> str:
        if not self.has_email:
            return ""
        return brand.on_page(merging.merge_html(self.content.html, self._reader()))

    @property
    def text(self) -> str:
        return merging.merge(self.content.text, self._reader())

    @property
    def sms(self) -> str:
        return merging.merge(self.content.sms_text, self._reader()) if self.has_sms else ""

    @property
    def sms_parts(self) -> int:
        """As how many text messages it is charged."""
        return sms_units.segments(self.sms)

    def _reader(self) -> dict[str, str]:
        with override(self.content.language):
            return sample_reader()


def of_contents(
    contents: Iterable[BroadcastContent], channels: Sequence[str], shares: Iterable[Share]
) -> list[Letter]:
    """In the order of the languages, the public text first; only what somebody reads, if anybody
    reads anything at all."""
    found = sorted(contents, key=lambda one: (one.language, one.detail))
    by_kind = {(one.language, one.detail): one for one in found}
    readers: Counter[int] = Counter()
    for share in shares:
        if read := composition.pick(by_kind, share.language, share.detail):
            readers[id(read)] += share.people
    has_email, has_sms = Channel.EMAIL in channels, Channel.SMS in channels
    return [
        Letter(content, has_email, has_sms, readers[id(content)])
        for content in found
        if readers[id(content)] or not readers
    ]
