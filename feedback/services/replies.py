"""Writing back to a customer about their feedback."""

import re
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.colleagues import called
from audiences.models import Channel, Contact, Suppression
from feedback.models import FollowUp, Reply
from messaging.models import Broadcast
from messaging.services import letters
from messaging.services.letters import Letter, Words

LIFETIME = timedelta(days=3)


class CannotReply(ValueError):
    """Nothing was sent; the message says why."""


def reader(*, follow_up: FollowUp) -> Contact:
    """To whom a reply goes.

    :raises CannotReply: there is nobody who can be written to.
    """
    delivery = follow_up.response.delivery
    contact = delivery.contact if delivery else None
    if contact is None:
        raise CannotReply(_("Nobody knows any more who gave this answer."))
    if not contact.email:
        raise CannotReply(_("We have no e-mail address of this customer: please call."))
    active = Suppression.objects.active()
    if active.filter(channel=Channel.EMAIL, address=contact.email).exists():
        raise CannotReply(_("This address must not be written to: please call."))
    return contact


def words(*, subject: str, text: str, by: User) -> Words:
    """The letter; the greeting comes before it, the organisation after it."""
    paragraphs = [one.strip() for one in re.split(r"\n\s*\n", text.replace("\r\n", "\n"))]
    name = called(by)
    return Words(subject=subject, before=[one for one in paragraphs if one], after=[name])


@transaction.atomic
def send(*, follow_up: FollowUp, subject: str, text: str, by: User, now: datetime) -> Reply:
    """Send a customer an e-mail and keep what it said; an answer to it reaches whoever wrote it.

    :raises CannotReply: there is nobody who can be written to, or it was sent already.
    """
    FollowUp.objects.select_for_update().get(pk=follow_up.pk)
    contact = reader(follow_up=follow_up)
    if follow_up.replies.filter(subject=subject, text=text).exists():
        raise CannotReply(_("Just this was sent already."))
    letter = Letter(
        contact=contact,
        channel=Channel.EMAIL,
        language=follow_up.response.language,
        words=words(subject=subject, text=text, by=by),
        thread=f"follow-up-{follow_up.pk}",
        facts={"reply_to": by.email},
        purpose=Broadcast.Purpose.REPLY,
        lifetime=LIFETIME,
    )
    delivery = letters.send(letter=letter, now=now)
    return Reply.objects.create(
        follow_up=follow_up,
        delivery=delivery,
        subject=subject,
        text=text,
        sent_at=now,
        sent_by=by,
    )
