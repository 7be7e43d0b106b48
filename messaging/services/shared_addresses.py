"""Several people read one address: what one of them ends by a link, the others hear of."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils.translation import override

from audiences.models import Segment
from messaging.models import Broadcast, Delivery
from messaging.services import letter_words, letters
from messaging.services.letters import Letter

# So often a list's leaving is told of: leaving and coming back in turn must not fill a mailbox.
PAUSE = timedelta(days=1)
LEFT = "left"


def tell_of_leaving(*, delivery: Delivery, left: Collection[Segment], now: datetime) -> None:
    """Tell a shared address that somebody has unsubscribed it, with the way back; for each list at
    most once a day. Nothing is told to an address that one person reads."""
    contact = delivery.contact
    if contact is None or not contact.is_shared:
        return
    told = _told_lately(contact.pk, delivery.channel, now)
    news = sorted({one for one in left if one.pk not in told}, key=lambda one: one.name)
    if not news:
        return
    with override(delivery.language):
        words = letter_words.somebody_left(news)
    letter = Letter(
        contact=contact,
        channel=delivery.channel,
        language=delivery.language,
        words=words,
        thread=LEFT,
        segments=news,
    )
    letters.send(letter=letter, now=now)


def _told_lately(contact_id: int, channel: str, now: datetime) -> set[int]:
    letters_before = Delivery.objects.filter(
        contact=contact_id,
        channel=channel,
        broadcast__purpose=Broadcast.Purpose.OPT_IN,
        broadcast__thread=LEFT,
        broadcast__created_at__gt=now - PAUSE,
    )
    told = Segment.objects.filter(broadcast__in=letters_before.values("broadcast"))
    return set(told.values_list("pk", flat=True))
