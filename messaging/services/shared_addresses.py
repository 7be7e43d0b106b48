"""Several people read one address: what one of them ends by a link, the others hear of."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.utils.translation import override

from audiences.models import Channel, Contact, Segment
from messaging.services import letter_words, letters
from messaging.services.letters import Letter

LEFT = "left"
# By channel, what somebody has just left there.
Left = Mapping[str, Collection[Segment]]


def tell_of_leaving(*, contact: Contact, left: Left, language: str, now: datetime) -> None:
    """Tell the readers of each shared address that somebody has unsubscribed it, with the way back,
    whichever way it was done. Nothing is told to an address that one person reads.

    Each time: one that comes after a way back is the one that those who went it must not miss.
    """
    if not contact.is_shared:
        return
    for channel, segments in left.items():
        if news := sorted(segments, key=lambda one: one.name):
            _tell(contact, channel, news, language, now)


def tell_of_no_more_questions(*, contact: Contact, language: str, now: datetime) -> None:
    """The same of feedback requests: in the mailbox, where there is one, as nothing else leads back
    to them."""
    if contact.is_shared:
        _tell(contact, Channel.EMAIL if contact.email else Channel.SMS, [], language, now)


def _tell(
    contact: Contact, channel: str, news: list[Segment], language: str, now: datetime
) -> None:
    with override(language):
        words = letter_words.somebody_left(news) if news else letter_words.nobody_is_asked()
    letter = Letter(
        contact=contact,
        channel=channel,
        language=language,
        words=words,
        thread=LEFT,
        segments=news,
    )
    letters.send(letter=letter, now=now)
