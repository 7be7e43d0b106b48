"""What somebody has read: the frozen words of a broadcast as they came to one person."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext, override

from audiences.models import Channel
from messaging import merging
from messaging.models import BroadcastContent, Delivery
from messaging.services import hours
from messaging.services.composition import pick, salutation


@dataclass(frozen=True)
class Read:
    """A message in its reader's language; empty where the broadcast has no words for them."""

    delivery: Delivery
    subject: str = ""
    text: str = ""


def as_read(deliveries: Iterable[Delivery], *, name: str) -> list[Read]:
    """Each message as it was read, with one question to the database for all of them.

    Personal links are left out: whoever holds one may act for its reader. So is how to reach us,
    which was right at that moment.
    """
    deliveries = list(deliveries)
    contents: dict[int, dict[tuple[str, str], BroadcastContent]] = {}
    broadcasts = {delivery.broadcast_id for delivery in deliveries}
    for row in BroadcastContent.objects.filter(broadcast__in=broadcasts).defer("html"):
        contents.setdefault(row.broadcast_id, {})[row.language, row.detail] = row
    return [_read(one, contents.get(one.broadcast_id, {}), name) for one in deliveries]


def _read(delivery: Delivery, contents: dict[tuple[str, str], BroadcastContent], name: str) -> Read:
    is_text = delivery.channel == Channel.SMS
    worded = {key: row for key, row in contents.items() if row.sms_text or not is_text}
    content = pick(worded, delivery.language, delivery.detail)
    if content is None:
        return Read(delivery)
    with override(delivery.language):
        link = gettext("(personal link)")
    reader = dict.fromkeys(merging.FIELDS, link)
    reader |= {"salutation": salutation(delivery.language, name), "support": ""}
    say = hours.teller(
        moments=delivery.broadcast.moments, language=content.language, zone=delivery.time_zone
    )
    text = merging.without(content.sms_text if is_text else content.text, "support")
    text = merging.merge(say(text), reader)
    if is_text:
        return Read(delivery, text=text)
    return Read(delivery, subject=merging.merge(say(content.subject), reader), text=text)
