"""Somebody reports a message as unwanted in a mailbox that several people read: it is one reader's
word, not everybody's."""

from datetime import datetime

from django.db import transaction

from audiences.models import Channel, ConsentEvent, Contact
from audiences.services import subscriptions
from audiences.services.consents import Proof
from audiences.services.spelling import as_stored
from messaging.models import Delivery
from messaging.services import shared_addresses


@transaction.atomic
def left_by_one(
    *, channel: str, address: str, delivery: Delivery | None, source: str, now: datetime
) -> bool:
    """Take a report for the unsubscribing of a shared mailbox: everything ends there at once, and
    the others hear of it. Further messages from before that may be reported with it.

    False, and nothing changes, where one person reads the address, or nothing was left to end:
    whoever reports the letter about it, too, is not to be written to any more.
    """
    if channel != Channel.EMAIL:
        return False
    shared = Contact.objects.select_for_update().filter(is_shared=True)
    contact = shared.filter(email=as_stored(channel, address)).first()
    if contact is None:
        return False
    was_asked = contact.feedback_consent_at is not None
    proof = Proof.by_link(f"Reported as unwanted ({source})")
    left = subscriptions.leave_all(contact=contact, channels=[channel], proof=proof, now=now)
    shared_addresses.tell_of_leaving(contact=contact, left=left, language=contact.spoken, now=now)
    if was_asked:
        shared_addresses.tell_of_no_more_questions(
            contact=contact, language=contact.spoken, now=now
        )
    return was_asked or any(left.values()) or _is_from_before(delivery, contact)


def _is_from_before(delivery: Delivery | None, contact: Contact) -> bool:
    """Whether a message went out before the mailbox left what it heard."""
    if delivery is None or delivery.accepted_at is None:
        return False
    ended = contact.consents.filter(kind=ConsentEvent.Kind.WITHDRAWN)
    return ended.filter(at__gte=delivery.accepted_at).exists()
