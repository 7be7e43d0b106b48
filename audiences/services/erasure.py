"""Somebody wants to be forgotten: only a keyed hash of their addresses remains."""

import logging
from datetime import datetime

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from audiences.models import Contact, Suppression
from audiences.services import everywhere, personal_data
from audiences.services.erased import marks
from audiences.services.personal_data import Person
from audiences.services.spelling import as_stored
from audiences.services.traces import ERASED

logger = logging.getLogger(__name__)


@transaction.atomic
def erase(*, contact: Contact, by: User | None, now: datetime) -> None:
    """Take a person out of every table, for good.

    What was counted stays counted, without a name; what was to be sent to them is cancelled; their
    addresses are recognised by a keyed hash and not taken up again, until they come back by
    themselves. Addresses that others share stay theirs.
    """
    locked = Contact.objects.select_for_update().filter(pk=contact.pk).first()
    if locked is None:
        return
    known_as = [personal_data.person(contact=locked), *personal_data.earlier(contact=locked)]
    for person in known_as:
        personal_data.forget(person=person, now=now)
    locked.delete()
    everywhere.scrub(people=known_as)
    if by:
        LogEntry.objects.create(
            user=by,
            content_type=ContentType.objects.get_for_model(Contact),
            object_id=str(contact.pk),
            object_repr=ERASED,
            action_flag=DELETION,
            change_message=ERASED,
        )
    # By its number it can be erased again after a backup from before has been restored.
    logger.info("Contact %s was erased", contact.pk)


@transaction.atomic
def erase_address(*, channel: str, address: str, now: datetime) -> None:
    """The same for an address that no contact has any more, or never had."""
    stored = as_stored(channel, address)
    person = Person(None, "", {channel: stored})
    personal_data.forget(person=person, now=now)
    everywhere.scrub(people=[person])


@transaction.atomic
def drop(*, contact: Contact, now: datetime) -> None:
    """The same for somebody who never confirmed: not even a hash remains, they may be asked again.

    Unless there was one before. Nobody has written about them: their own rows are all there is.
    """
    person = personal_data.person(contact=contact)
    known = Suppression.objects.active().filter(reason=Suppression.Reason.ERASURE)
    hashes = [
        mark
        for channel, address in person.addresses.items()
        for mark in marks(channel=channel, address=address)
    ]
    before = set(known.filter(address__in=hashes).values_list("pk", flat=True))
    personal_data.forget(person=person, now=now)
    known.filter(address__in=hashes).exclude(pk__in=before).delete()
    contact.delete()


def come_back(*, channel: str, address: str, because: str, now: datetime) -> bool:
    """Lift an erasure because the address's owner has confirmed wanting to hear from us again.

    False when there is none.
    """
    mine = Suppression.objects.active().filter(
        channel=channel,
        address__in=marks(channel=channel, address=address),
        reason=Suppression.Reason.ERASURE,
    )
    return bool(mine.update(lifted_at=now, lifted_because=because[:500]))
