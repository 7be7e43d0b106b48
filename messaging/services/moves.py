"""Somebody's new address: proven by a letter to it before anything changes, told to the old one.

Until then it is a person of its own, of whom nothing is known: whoever reads it, should it have
been mistyped, sees nobody's settings. Confirming makes the two one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import override

from audiences.models import (
    AudienceKind,
    Channel,
    ConsentEvent,
    Contact,
    Segment,
    SignUp,
    Subscription,
    address_field,
)
from audiences.services import aliases, consents, erasure, merging, offers, people, subscriptions
from audiences.services.consents import Proof
from audiences.services.sign_ups import Choice, Visitor
from messaging.models import Broadcast, Delivery
from messaging.services import letter_words, letters, sign_ups
from messaging.services.letters import Letter, Words

CONFIRM_WITHIN = timedelta(days=7)
ASKED, TOLD = "new-address", "settings"
_CONFIRMED = Subscription.State.CONFIRMED


class TooLate(Exception):
    """The request is too old, or one of the two people is another by now: nothing has changed."""


def request(
    *, contact: Contact, wanted: Sequence[tuple[str, str]], visitor: Visitor, now: datetime
) -> None:
    """Ask at new addresses, given with their channels, whether they are to be the contact's.

    What happens here is the same whoever they belong to.

    :raises Crowded: too many have asked from this network lately; nothing was kept.
    """
    choices = [
        Choice(wish=SignUp.Wish.MOVE, channel=channel, address=address, contact_id=contact.pk)
        for channel, address in wanted
    ]
    sign_ups.take(choices=choices, visitor=visitor, now=now)


def answer(*, sign_up: SignUp, now: datetime) -> None:
    """Ask at the new address; where it is somebody's already, tell them, and change nothing."""
    mover, channel = sign_up.contact, sign_up.channel
    there = Contact.objects.filter(**{address_field(channel): sign_up.address})
    if mover is None or there.filter(pk=mover.pk).exists():
        return
    if there.exclude(pk__in=_strangers(now)).exists():
        if owner := people.find(channel=channel, address=sign_up.address):
            with override(owner.spoken):
                _send(owner, channel, letter_words.address_is_known(), TOLD, now)
        return
    proof = Proof(
        source=Subscription.Source.SELF,
        evidence=f"Preferences page, new address, sign-up {sign_up.pk}",
        network_address=sign_up.network_address,
    )
    newcomer = people.meet(
        channel=channel,
        address=sign_up.address,
        language=sign_up.language,
        proof=proof,
        now=now,
    )
    with override(sign_up.language):
        words = letter_words.please_move(CONFIRM_WITHIN.days)
        _send(newcomer, channel, words, ASKED, now, moves=mover.pk)


def is_request(delivery: Delivery) -> bool:
    """Whether a letter asks to confirm a new address."""
    broadcast = delivery.broadcast
    return broadcast.purpose == Broadcast.Purpose.OPT_IN and broadcast.thread == ASKED


def mover(*, delivery: Delivery, now: datetime) -> Contact:
    """Whose address a letter is about.

    :raises TooLate: it cannot be theirs any more.
    """
    number = aliases.current(number=delivery.broadcast.facts["moves"])
    found = Contact.objects.filter(pk=number).first()
    if found is None or delivery.contact is None:
        raise TooLate
    is_done = found.pk == _who_reads(delivery)
    is_free = _strangers(now).filter(pk=delivery.contact.pk).exists()
    if not is_done and (now > delivery.broadcast.created_at + CONFIRM_WITHIN or not is_free):
        raise TooLate
    return found


@transaction.atomic
def confirm(*, delivery: Delivery, network_address: str | None, now: datetime) -> None:
    """Reach the contact at the new address from now on; doing it again changes nothing.

    What stands against the old address, a suppression for example, stays with it.

    :raises TooLate: nothing has changed.
    """
    contact, newcomer = mover(delivery=delivery, now=now), delivery.contact
    channel = delivery.channel
    if newcomer is None or contact.pk == _who_reads(delivery):
        return
    field, proof = address_field(channel), _proof(delivery, network_address)
    old = getattr(contact, field)
    # A merge of two people takes what only one of them agreed to away; here it is one person.
    Contact.objects.filter(pk=newcomer.pk).update(feedback_consent_at=contact.feedback_consent_at)
    try:
        merging.merge(keep=contact, gone=newcomer, from_gone=[field], by=None, now=now)
    except merging.CannotMerge as error:
        if contact.pk == _who_reads(delivery):
            # Somebody clicks twice, and the first click was done meanwhile.
            return
        raise TooLate from error
    contact.refresh_from_db()
    consents.record(
        contact=contact, kind=ConsentEvent.Kind.GIVEN, proof=proof, now=now, channel=channel
    )
    erasure.come_back(channel=channel, address=delivery.address, because=proof.evidence, now=now)
    _leave_internal_lists(contact, channel, proof, now)
    if old:
        with override(contact.spoken):
            _send(contact, channel, letter_words.has_moved(), TOLD, now, address=old)


def _who_reads(delivery: Delivery) -> int | None:
    """The number by which its reader is known by now."""
    return aliases.current(number=delivery.contact_id) if delivery.contact_id else None


def _strangers(now: datetime) -> QuerySet[Contact]:
    return people.strangers(before=now)


def _proof(delivery: Delivery, network_address: str | None) -> Proof:
    return Proof(
        source=Subscription.Source.SELF,
        evidence=f"New address confirmed, message {delivery.pk or 'cleared away'}",
        network_address=network_address,
    )


def _leave_internal_lists(contact: Contact, channel: str, proof: Proof, now: datetime) -> None:
    """They are for mailboxes of our own domains, which the new one has to be."""
    if channel != Channel.EMAIL or offers.is_internal(contact.email):
        return
    internal = Segment.objects.filter(
        kind=AudienceKind.INTERNAL,
        subscriptions__contact=contact,
        subscriptions__channel=channel,
        subscriptions__state=_CONFIRMED,
    )
    subscriptions.leave(
        contact=contact, segments=list(internal), channel=channel, proof=proof, now=now
    )


def _send(
    contact: Contact,
    channel: str,
    words: Words,
    thread: str,
    now: datetime,
    *,
    address: str = "",
    **facts: int,
) -> None:
    letter = Letter(
        contact=contact,
        channel=channel,
        language=contact.spoken,
        words=words,
        thread=thread,
        facts=facts,
        address=address,
    )
    letters.send(letter=letter, now=now)
