"""Whoever was chosen to look with becomes a reader: their words, channel, zone, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.db.models import Q
from django.utils.translation import override

from audiences.models import Channel, Contact, Detail, Segment, address_field
from audiences.services import counting
from messaging.admin.look_form import Asked
from messaging.admin.preview import sample_reader
from messaging.models import Broadcast, BroadcastContent
from messaging.services import hearing, looks
from messaging.services.audience import Whom
from messaging.services.hearing import Hearing
from messaging.services.looks import Look, Reader
from messaging.services.posts import Post
from messaging.services.readers import TOLD
from messaging.services.reception import Reception

# Nobody waits long for a preview: so long is looked for a member of a segment.
_SECONDS = 0.5


@dataclass(frozen=True)
class Shown:
    """A message that is looked at: one that will be heard, by `whom`; of these only by who got one
    of the `copies`, where these are put right; one that was `sent`; or an example, which nobody
    hears. `posts` are by language."""

    name: str
    contents: Sequence[BroadcastContent]
    channels: Sequence[str]
    moments: Sequence[Sequence[str]] = ()
    posts: Mapping[str, Post] = field(default_factory=dict)
    whom: Whom | None = None
    copies: Q | None = None
    sent: Broadcast | None = None
    # Why some of its words cannot be made.
    errors: Sequence[str] = ()

    @property
    def is_example(self) -> bool:
        return self.whom is None and self.sent is None

    def segments(self) -> Sequence[Segment]:
        if self.sent:
            return list(self.sent.segments.all())
        return list(self.whom.segments) if self.whom else ()

    def has_insiders(self) -> bool:
        """Whether somebody reads it in technical words."""
        readers = self.contents if self.is_example else self.segments()
        return any(one.detail == Detail.TECHNICAL for one in readers)


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


def see(asked: Asked, anybody: Asked, shown: Sequence[Shown], now: datetime) -> Seen:
    """Choose the message that this reader gets, and read it as they do.

    What was asked for comes before what they get; where nobody was chosen, `anybody` reads.
    """
    segment = asked.segment
    person = asked.contact or (_member(segment) if segment else None)
    if person:
        told, channel, heard = _told(person, asked, shown, now)
    else:
        channel, heard = asked.channel or anybody.channel, None
        told = min(shown, key=lambda one: _distance(one, asked, anybody))
    reader = _reader(asked, anybody, heard, person)
    look = looks.look(
        contents=told.contents,
        moments=told.moments,
        reader=reader,
        channel=channel,
        support=_support(told, heard.segment if heard else None, reader),
    )
    return Seen(told, channel, reader, look, heard, person, segment)


def _member(segment: Segment) -> Contact | None:
    return next(iter(counting.sample(segment=segment, limit=1, seconds=_SECONDS)), None)


def _told(
    person: Contact, asked: Asked, shown: Sequence[Shown], now: datetime
) -> tuple[Shown, str, Hearing]:
    """The first message and channel that tell this person; where none does, the nearest."""
    public = Asked(detail=Detail.PUBLIC)
    order = sorted(shown, key=lambda one: _distance(one, asked, public))
    # Each is asked for with heavy queries: no more of them than are needed.
    heard = (
        (one, channel, _heard(person, asked.segment, one, channel, now))
        for one in order
        for channel in ([asked.channel] if asked.channel else one.channels or Channel.values)
    )
    nearest = next(heard)
    return next((one for one in chain([nearest], heard) if one[2].fate == TOLD), nearest)


def _distance(shown: Shown, asked: Asked, anybody: Asked) -> tuple[bool, bool, bool]:
    """Whether a message is for others: another segment, another channel, another detail level."""
    segments = shown.segments()
    channel, detail = asked.channel or anybody.channel, asked.detail or anybody.detail
    return (
        asked.segment is not None and asked.segment not in segments,
        bool(channel) and channel not in shown.channels,
        bool(detail) and bool(segments) and detail not in {one.detail for one in segments},
    )


def _heard(
    person: Contact, segment: Segment | None, shown: Shown, channel: str, now: datetime
) -> Hearing:
    if shown.sent:
        return hearing.remember(contact=person, channel=channel, broadcast=shown.sent)
    if shown.copies is not None:
        return hearing.again(contact=person, channel=channel, copies=shown.copies)
    if shown.whom is not None:
        return hearing.foresee(contact=person, channel=channel, whom=shown.whom, now=now)
    address = getattr(person, address_field(channel))
    fate = TOLD if address else "without_address"
    detail = segment.detail if segment else Detail.PUBLIC
    return Hearing(fate, person.spoken, detail, person.zone)


def _reader(asked: Asked, anybody: Asked, heard: Hearing | None, person: Contact | None) -> Reader:
    own = asked.segment.detail if asked.segment else anybody.detail
    return Reader(
        language=asked.language or (heard.language if heard else anybody.language),
        detail=asked.detail or (heard.detail if heard else own),
        name=person.name if person else "Ana Example",
        zone=heard.zone if heard else "",
    )


def _support(shown: Shown, segment: int | None, reader: Reader) -> str:
    """How to reach us: an example's own, as it is now, and not said any more of what was sent."""
    if shown.sent:
        return ""
    if shown.is_example:
        with override(reader.language):
            return sample_reader()["support"]
    return Reception().words(segment=segment, language=reader.language, zone=reader.zone)
