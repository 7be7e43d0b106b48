"""Whoever was chosen to look with becomes a reader: their words, channel, zone, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import override

from audiences.models import Channel, Contact, Detail, Segment, address_field
from audiences.services import counting
from messaging.admin.look_form import ReaderForm
from messaging.admin.preview import sample_reader
from messaging.models import Broadcast, BroadcastContent
from messaging.services import hearing, looks
from messaging.services.hearing import Hearing
from messaging.services.looks import Look, Reader
from messaging.services.readers import TOLD
from messaging.services.reception import Reception

# Nobody waits long for a preview: so long is looked for a member of a segment.
_SECONDS = 0.5


@dataclass(frozen=True)
class Shown:
    """A message that is looked at. `whom` is who would hear it, as hearing.foresee() asks; without
    it and without `sent` it is an example that nobody hears. `posts` are its short texts."""

    name: str
    contents: Sequence[BroadcastContent]
    channels: Sequence[str]
    moments: Sequence[Sequence[str]] = ()
    posts: Mapping[str, str] = field(default_factory=dict)
    whom: Mapping[str, Any] | None = None
    sent: Broadcast | None = None
    # Why some of its words cannot be made.
    errors: Sequence[str] = ()

    @property
    def is_example(self) -> bool:
        return self.whom is None and self.sent is None

    def segments(self) -> Sequence[Segment]:
        if self.sent:
            return list(self.sent.segments.all())
        return list(self.whom["segments"]) if self.whom else ()


@dataclass(frozen=True)
class Seen:
    """What one reader gets; without a look the message has no words for them on this channel."""

    shown: Shown
    channel: str
    reader: Reader
    look: Look | None
    hearing: Hearing | None = None
    person: Contact | None = None
    segment: Segment | None = None


def see(form: ReaderForm, shown: Sequence[Shown], now: datetime) -> Seen:
    """Choose the message that this reader gets, and read it as they do."""
    segment = form.asked("segment")
    person = form.asked("contact") or (_member(segment) if segment else None)
    told, channel, heard = _found(person, segment, form.asked("channel"), shown, now)
    reader = _reader(form, heard, person, segment)
    look = looks.look(
        contents=told.contents,
        moments=told.moments,
        reader=reader,
        channel=channel,
        support=_support(told, heard.segment if heard else None, reader.language),
    )
    return Seen(told, channel, reader, look, heard, person, segment)


def _member(segment: Segment) -> Contact | None:
    return next(iter(counting.sample(segment=segment, limit=1, seconds=_SECONDS)), None)


def _found(
    person: Contact | None,
    segment: Segment | None,
    asked: str | None,
    shown: Sequence[Shown],
    now: datetime,
) -> tuple[Shown, str, Hearing | None]:
    """The first message and channel that tell this person; where none does, the first of all."""
    order = sorted(shown, key=lambda one: bool(segment) and segment not in one.segments())
    ways = [
        (one, channel)
        for one in order
        for channel in ([asked] if asked else one.channels or Channel.values)
    ]
    if person is None:
        return *ways[0], None
    heard = [(*way, _heard(person, segment, *way, now)) for way in ways]
    return next((one for one in heard if one[2].fate == TOLD), heard[0])


def _heard(
    person: Contact, segment: Segment | None, shown: Shown, channel: str, now: datetime
) -> Hearing:
    if shown.sent:
        return hearing.remember(contact=person, channel=channel, broadcast=shown.sent)
    if shown.whom is not None:
        return hearing.foresee(contact=person, channel=channel, now=now, **shown.whom)
    address = getattr(person, address_field(channel))
    fate = TOLD if address else "without_address"
    detail = segment.detail if segment else Detail.PUBLIC
    return Hearing(fate, person.language, detail, person.time_zone)


def _reader(
    form: ReaderForm, heard: Hearing | None, person: Contact | None, segment: Segment | None
) -> Reader:
    """What was chosen by hand comes before what they get."""
    detail = heard.detail if heard else segment.detail if segment else Detail.PUBLIC
    return Reader(
        language=form.asked("language") or (heard.language if heard else settings.LANGUAGE_CODE),
        detail=form.asked("detail") or detail,
        name=person.name if person else "Ana Example",
        zone=heard.zone if heard else "",
    )


def _support(shown: Shown, segment: int | None, language: str) -> str:
    """How to reach us: an example's own, as it is now, and not said any more of what was sent."""
    if shown.sent:
        return ""
    if shown.is_example:
        with override(language):
            return sample_reader()["support"]
    return Reception().words(segment=segment, language=language)
