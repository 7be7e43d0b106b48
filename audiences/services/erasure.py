"""Somebody wants to be forgotten: only a keyed hash of their addresses remains.

Their own rows go first, and with few people before a request is over; the texts of others are
searched by a worker, see erasure_steps.py.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from audiences.models import Contact, Erasure, Suppression
from audiences.services import erasure_steps, erasure_turns, personal_data
from audiences.services.erased import marks
from audiences.services.personal_data import Person
from audiences.services.spelling import as_stored

# Whoever waits for their turn hears nothing any more.
_FOR_GOOD = datetime(9999, 12, 31, tzinfo=UTC)


@transaction.atomic
def request(*, ids: Collection[int], by: User | None, now: datetime) -> Erasure:
    """Take people out of every table, for good.

    What was counted stays counted, without a name; what was to be sent to them is cancelled; their
    addresses are recognised by a keyed hash and not taken up again, until they come back by
    themselves. Addresses that others share stay theirs.

    Of few people nothing is left when this returns but what others have written about them; many
    hear nothing any more. The rest is a worker's.
    """
    people = Contact.objects.select_for_update().filter(pk__in=ids)
    found = sorted(people.values_list("pk", flat=True))
    Contact.objects.filter(pk__in=found).update(paused_until=_FOR_GOOD)
    erasure = Erasure.objects.create(
        contacts=found, size=len(found), requested_by=by, requested_at=now
    )
    if len(found) <= erasure_steps.AT_ONCE:
        erasure_steps.step(pk=erasure.pk, now=now)
    transaction.on_commit(partial(erasure_turns.call, erasure.pk))
    return erasure


def erase(*, contact: Contact, by: User | None, now: datetime) -> None:
    """The same for one person, to its end, however long that takes.

    :raises DatabaseError: it is not over yet; a worker tries again.
    """
    _finish(request(ids=[contact.pk], by=by, now=now), now)


def erase_address(*, channel: str, address: str, now: datetime) -> None:
    """The same for an address that no contact has any more, or never had.

    :raises DatabaseError: it is not over yet; a worker tries again.
    """
    stored = as_stored(channel, address)
    person = Person(None, "", {channel: stored})
    with transaction.atomic():
        personal_data.forget(people=[person], now=now)
        erasure = Erasure.objects.create(people=[person.as_json()], size=1, requested_at=now)
    _finish(erasure, now)


def _finish(erasure: Erasure, now: datetime) -> None:
    while erasure_steps.step(pk=erasure.pk, now=now):
        pass


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
    personal_data.forget(people=[person], now=now)
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
