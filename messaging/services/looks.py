"""A message as one reader gets it: their language, detail level, zone, and the way to reach us."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audiences.models import Channel
from messaging import merging
from messaging.channels import Content, sms_units
from messaging.models import BroadcastContent
from messaging.services import composition, links


@dataclass(frozen=True)
class Reader:
    """Whose eyes a message is looked at with; without a zone with our own clocks."""

    language: str
    detail: str
    name: str = ""
    zone: str = ""


@dataclass(frozen=True)
class Look:
    """What is read; `language` and `detail` are those of the words, which may be second best."""

    channel: str
    language: str
    detail: str
    subject: str = ""
    text: str = ""
    html: str = ""
    sms_text: str = ""
    # What it is charged as.
    parts: Sequence[str] = ()


def look(
    *,
    contents: Iterable[BroadcastContent],
    moments: Sequence[Sequence[str]],
    reader: Reader,
    channel: str,
    support: str,
) -> Look | None:
    """None where the message has no words for this channel.

    `support` is how this reader can reach us, see `Reception`. Personal links lead nowhere: whoever
    looks must not act for somebody else.
    """
    is_text = channel == Channel.SMS
    worded = {(one.language, one.detail): one for one in contents if one.sms_text or not is_text}
    found = composition.pick(worded, reader.language, reader.detail)
    if found is None:
        return None
    content = Content(found.subject, found.text, found.html, found.sms_text)
    wording = composition.worded(found.language, content).in_zone(moments, reader.zone)
    silent = None if support else wording.without_support
    said = silent or wording.full
    values = {
        "salutation": composition.salutation(reader.language, reader.name),
        "support": support,
        **links.of_nobody(),
    }
    text = merging.merge(said.sms_text, values)
    return Look(
        channel,
        found.language,
        found.detail,
        subject=merging.merge(said.subject, values),
        text=merging.merge(said.text, values),
        html=merging.merge_html(said.html, values),
        sms_text=text,
        parts=sms_units.parts(text) if is_text else (),
    )
