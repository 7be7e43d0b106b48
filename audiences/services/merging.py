"""Two contacts that are one person become one, and nothing they wished gets lost."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import (
    Channel,
    ConsentEvent,
    Contact,
    Purpose,
    Subscription,
    address_field,
)
from audiences.services import (
    aliases,
    consents,
    erasure_turns,
    personal_data,
    readdressing,
    stricter,
)
from audiences.services.consents import Proof

# What somebody chooses, field by field; everything else follows from rules.
CHOOSABLE = ("name", "email", "phone", "language", "time_zone", "account")


class CannotMerge(ValueError):
    """Nothing was changed: one of the two is gone, or they are the same."""


class IsBeingErased(CannotMerge):
    """One of the two waits to be forgotten: merged, they would live on in the other."""


@dataclass(frozen=True)
class Merged:
    subscriptions: int
    consents: int
    # What was agreed to at an address that nobody kept.
    waiting: int
    # What was said against messages at such an address, and holds on.
    refusals: int


@transaction.atomic
def merge(
    *, keep: Contact, gone: Contact, from_gone: Collection[str], by: User | None, now: datetime
) -> Merged:
    """Move everything of one contact to the other, and delete it.

    Of the fields named the other's value is taken. Of two wishes the stricter holds: a list that
    was left stays left, a consent needs to be both's, and a STOP or a complaint at an address that
    goes holds at the one that stays, where they have not agreed by themselves since.

    Whoever reads the address that stays has agreed to what was agreed to there, and to nothing
    else: a list joined at the other's address waits for a confirmation, whether the two are one
    person or only taken for one. Without a `by` it is the person's own doing, who has proven both
    addresses: then nothing waits.

    :raises CannotMerge: one of them is gone or being erased, or they are the same.
    """
    kept, lost = _held(keep, gone)
    left = _addresses_left(kept, lost, from_gone)
    doubtful = _agreed_elsewhere(kept, lost, from_gone, left) if by else []
    moved = stricter.move_subscriptions(keep=kept, gone=lost, from_gone=from_gone)
    said = ConsentEvent.objects.filter(contact=lost).update(contact=kept)
    personal_data.move(source=lost, target=kept, now=now)
    _move_history(kept, lost)
    aliases.remember(kept=kept, gone=lost, from_gone=from_gone)
    _take_chosen(kept, lost, from_gone)
    had_agreed = kept.feedback_consent_at or lost.feedback_consent_at
    stricter.take_settings(keep=kept, gone=lost)
    number = lost.pk
    # Its addresses are free for the other from here on.
    lost.delete()
    kept.save()
    if had_agreed and not kept.feedback_consent_at:
        _record_withdrawal(kept, by, now)
    waiting = refusals = 0
    if by:
        _note(kept, number, by)
        because = f"Merged by {by}."
        refusals = stricter.keep_refusals(contact=kept, left=left, because=because, now=now)
        waiting = _let_wait(doubtful, by, now)
    return Merged(subscriptions=moved, consents=said, waiting=waiting, refusals=refusals)


def _held(keep: Contact, gone: Contact) -> tuple[Contact, Contact]:
    """Both as they are now, and nobody else changes them."""
    rows = Contact.objects.select_for_update().filter(pk__in=(keep.pk, gone.pk)).order_by("pk")
    found = {contact.pk: contact for contact in rows}
    if len(found) != 2:
        raise CannotMerge
    if erasure_turns.is_waiting(ids=found):
        raise IsBeingErased
    return found[keep.pk], found[gone.pk]


def _take_chosen(kept: Contact, lost: Contact, from_gone: Collection[str]) -> None:
    for field in set(from_gone) & set(CHOOSABLE):
        setattr(kept, field, getattr(lost, field))
    if not {"language", "time_zone"}.isdisjoint(from_gone):
        kept.is_locale_own = kept.is_locale_own or lost.is_locale_own


def _agreed_elsewhere(
    keep: Contact, gone: Contact, from_gone: Collection[str], left: Collection[Channel]
) -> list[int]:
    """The subscriptions of the one whose address goes, to what the other has not agreed to."""
    found: list[int] = []
    for channel in left:
        stays, goes = (gone, keep) if address_field(channel) in from_gone else (keep, gone)
        agreed = stays.subscriptions.filter(channel=channel, state=Subscription.State.CONFIRMED)
        others = goes.subscriptions.filter(channel=channel)
        found += others.exclude(segment__in=agreed.values("segment")).values_list("pk", flat=True)
    return found


def _addresses_left(keep: Contact, gone: Contact, from_gone: Collection[str]) -> dict[Channel, str]:
    """By channel, the addresses that nobody will have after the merge."""
    left = {}
    for channel in Channel:
        field = address_field(channel)
        stays, goes = (gone, keep) if field in from_gone else (keep, gone)
        if getattr(goes, field) != getattr(stays, field):
            left[channel] = str(getattr(goes, field))
    return left


def _let_wait(doubtful: Collection[int], by: User, now: datetime) -> int:
    evidence = consents.other_address(f"Merged by {by}.")
    return readdressing.let_wait(
        agreed=Subscription.objects.filter(pk__in=doubtful),
        proof=Proof(source=Subscription.Source.STAFF, evidence=evidence),
        now=now,
    )


def _record_withdrawal(keep: Contact, by: User | None, now: datetime) -> None:
    words = f"Merged by {by or 'themselves'}: only one of the two had agreed"
    proof = Proof(source=Subscription.Source.STAFF, evidence=words)
    consents.record(
        contact=keep,
        kind=ConsentEvent.Kind.WITHDRAWN,
        proof=proof,
        now=now,
        purpose=Purpose.FEEDBACK,
    )


def _move_history(keep: Contact, gone: Contact) -> None:
    """An erasure later finds it by the contact that is left."""
    contacts = ContentType.objects.get_for_model(Contact)
    entries = LogEntry.objects.filter(content_type=contacts, object_id=str(gone.pk))
    entries.update(object_id=str(keep.pk), object_repr=str(keep)[:200])


def _note(keep: Contact, number: int, by: User) -> None:
    LogEntry.objects.create(
        user=by,
        content_type=ContentType.objects.get_for_model(Contact),
        object_id=str(keep.pk),
        object_repr=str(keep)[:200],
        action_flag=CHANGE,
        # Without name and address: they are none of this contact's any more.
        change_message=_("Contact %(number)d was merged into this one.") % {"number": number},
    )
