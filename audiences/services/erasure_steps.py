"""An erasure step by step, each in a transaction of its own: a worker that dies loses one."""

import logging
from datetime import datetime

from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from audiences.models import Contact, Erasure
from audiences.services import everywhere, personal_data
from audiences.services.personal_data import Person
from audiences.services.traces import ERASED

logger = logging.getLogger(__name__)

# As many are looked for together: the more, the longer a look at each row takes.
AT_ONCE = 50


@transaction.atomic
def step(*, pk: int, now: datetime) -> bool:
    """Take some people's own rows away, or all of them out of one more table.

    False when nothing is left to do, or somebody else is at it.
    """
    open_ones = Erasure.objects.filter(finished_at=None)
    one = open_ones.select_for_update(skip_locked=True).filter(pk=pk).first()
    if one is None:
        return False
    if one.people:
        _search(one)
    elif one.contacts:
        _take_out(one, now)
    else:
        one.finished_at = now
    one.problem = ""
    one.save()
    return one.finished_at is None


def _take_out(one: Erasure, now: datetime) -> None:
    ids, one.contacts = one.contacts[:AT_ONCE], one.contacts[AT_ONCE:]
    contacts = list(Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    known_as = [
        person
        for contact in contacts
        for person in (
            personal_data.person(contact=contact),
            *personal_data.earlier(contact=contact),
        )
    ]
    personal_data.forget(people=known_as, now=now)
    Contact.objects.filter(pk__in=ids).delete()
    sought = everywhere.by_what_tells(known_as)
    one.people, one.tables_done = [person.as_json() for person in sought], 0
    _note(contacts, one.requested_by)


def _note(contacts: list[Contact], by: User | None) -> None:
    kind = ContentType.objects.get_for_model(Contact)
    for contact in contacts:
        # By its number it can be erased again after a backup from before has been restored.
        logger.info("Contact %s was erased", contact.pk)
    if by:
        LogEntry.objects.bulk_create(
            LogEntry(
                user=by,
                content_type=kind,
                object_id=str(contact.pk),
                object_repr=ERASED,
                action_flag=DELETION,
                change_message=ERASED,
            )
            for contact in contacts
        )


def _search(one: Erasure) -> None:
    people = [Person(**said) for said in one.people]
    one.texts += everywhere.scrub(people=people, place=one.tables_done)
    one.tables_done += 1
    if one.tables_done == everywhere.places():
        one.people = []
