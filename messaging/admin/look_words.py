"""What is said beside a message about whoever it is looked at with."""

from collections.abc import Iterator
from functools import partial

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Q
from django.utils.translation import gettext as _

from audiences.models import Channel, Contact, Detail, Segment, address_field, locales
from audiences.services import counting
from messaging.admin.fates import LEFT_OUT
from messaging.admin.look_readers import Seen
from messaging.services.hearing import NOT_MEANT, Hearing
from messaging.services.readers import TOLD

# For each of a few numbers; see counting.people().
_SECONDS = 0.3


def notes(seen: Seen) -> list[str]:
    return [*_about_whom(seen), *_about_words(seen)]


def _about_whom(seen: Seen) -> Iterator[str]:
    if seen.segment:
        yield from _about_segment(seen.segment)
    if seen.person and seen.hearing:
        yield f"{seen.person} · {_became(seen.person, seen.hearing, seen.channel)}"
    elif seen.segment and seen.person is None:
        yield _("Nobody was found in this segment: this is what a member would get.")


def _became(person: Contact, heard: Hearing, channel: str) -> str:
    if heard.delivery:
        return f"{heard.delivery.get_state_display()} · {heard.delivery.address}"
    address: str = heard.address or getattr(person, address_field(channel))
    if heard.fate == TOLD and heard.segment:
        through = Segment.objects.get(pk=heard.segment)
        return _("gets it at %(address)s through “%(segment)s”") % {
            "address": address,
            "segment": through,
        }
    if heard.fate == TOLD:
        return address
    if heard.fate == NOT_MEANT:
        return _("This message is not for them: they do not get it.")
    return _("They do not get it: %(why)s.") % {"why": LEFT_OUT[heard.fate]}


def _about_segment(segment: Segment) -> Iterator[str]:
    """Which languages its members read on which channel, all at the segment's detail level."""
    detail = Detail(segment.detail).label
    for channel in Channel:
        numbers = [
            f"{name} {intcomma(found.number)}"
            for code, name in settings.LANGUAGES
            if (found := _members(segment, channel, code)).number
        ]
        if numbers:
            yield f"{segment} · {channel.label} · {detail}: {', '.join(numbers)}"


def _members(segment: Segment, channel: str, language: str) -> counting.Count:
    among = partial(_reads, segment, channel, language)
    return counting.people(condition=among, seconds=_SECONDS)


def _reads(segment: Segment, channel: str, language: str, ids: range) -> Q:
    return counting.reached(segment, channel, ids) & locales.hears_in(language)


def _about_words(seen: Seen) -> Iterator[str]:
    look, reader = seen.look, seen.reader
    if look is None:
        yield _("This message has no words for this channel: nobody gets it there.")
        return
    if seen.channel not in seen.shown.channels:
        yield _("It is not sent by this channel.")
    if (look.language, look.detail) != (reader.language, reader.detail):
        names = dict(settings.LANGUAGES)
        yield _("There are no words in %(wanted)s (%(level)s): this is what they read instead.") % {
            "wanted": names.get(reader.language, reader.language),
            "level": Detail(reader.detail).label,
        }
    if reader.zone and reader.zone != settings.TIME_ZONE:
        yield _("With the times of %(zone)s.") % {"zone": reader.zone}
    if seen.shown.sent:
        yield _("How to reach us is left out: it was right at that moment.")
