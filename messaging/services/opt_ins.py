"""Double opt-in: what the public forms took in is answered by a letter, and counts once confirmed.

Whoever the address belongs to, known or not, learns of it there; the form's page never tells.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import F
from django.utils.translation import override

from audiences.models import Channel, Contact, Segment, SignUp, Subscription, address_field
from audiences.services import (
    confirmations,
    erasure,
    offers,
    people,
    sign_ups,
    subscriptions,
)
from audiences.services.consents import Proof
from messaging.models import Broadcast, Delivery
from messaging.services import letter_words, letters, links, moves
from messaging.services.letters import Letter, Words

logger = logging.getLogger(__name__)

CONFIRM_WITHIN = timedelta(days=7)
AT_ONCE = 500
ASKED, TOLD = "opt-in", "settings"


class TooLate(Exception):
    """The request is too old to be confirmed, or taken back since: it has to be made again."""


def answer_waiting(*, now: datetime) -> int:
    """Answer what came in through the forms, each once; returns how many."""
    answered = 0
    while _answer_next(now):
        answered += 1
    return answered


@transaction.atomic
def _answer_next(now: datetime) -> bool:
    waiting = SignUp.objects.filter(answered_at=None).order_by("pk")
    sign_up = waiting.select_for_update(skip_locked=True).first()
    if sign_up is None:
        return False
    if not sign_ups.is_repeated(sign_up):
        try:
            with transaction.atomic():
                _answer(sign_up, now)
        except (DataError, IntegrityError):
            # One that the database refuses must not keep those behind it waiting for ever.
            logger.exception("Sign-up %s cannot be answered", sign_up.pk)
    sign_up.answered_at = now
    sign_up.save(update_fields=["answered_at"])
    return True


def _answer(sign_up: SignUp, now: datetime) -> None:
    if sign_up.wish == SignUp.Wish.MOVE:
        moves.answer(sign_up=sign_up, now=now)
        return
    if sign_up.wish == SignUp.Wish.CONFIRM:
        _ask_again(sign_up, now)
        return
    is_insider = bool(sign_up.vouched_by) or _is_internal(sign_up)
    if sign_up.wish == SignUp.Wish.LINK:
        readers = people.readers(channel=sign_up.channel, address=sign_up.address)
        # A colleague sees the internal lists by it, subscribed or not.
        for reader in readers or ([_meet(sign_up, now)] if is_insider else []):
            _tell(reader, sign_up, letter_words.your_link, now)
        return
    contact = people.find(channel=sign_up.channel, address=sign_up.address)
    wanted = offers.chosen(numbers=sign_up.segments, is_insider=is_insider, now=now)
    if not wanted:
        return
    contact = contact or _meet(sign_up, now)
    if missing := _not_heard(contact, sign_up.channel, wanted):
        _ask(contact, sign_up, missing, now)
    else:
        _tell(contact, sign_up, letter_words.already_subscribed, now)


def _ask_again(sign_up: SignUp, now: datetime) -> None:
    """Ask what one of ours wants to have confirmed, as far as it still waits at that address."""
    contact = sign_up.contact
    if contact and getattr(contact, address_field(sign_up.channel)) == sign_up.address:
        waiting = confirmations.waiting(contact=contact, channel=sign_up.channel)
        if asked := [one for one in waiting if one.pk in sign_up.segments]:
            _ask(contact, sign_up, asked, now)


def _is_internal(sign_up: SignUp) -> bool:
    return sign_up.channel == Channel.EMAIL and offers.is_internal(sign_up.address)


def _meet(sign_up: SignUp, now: datetime) -> Contact:
    return people.meet(
        channel=sign_up.channel,
        address=sign_up.address,
        language=sign_up.language,
        proof=_proof(sign_up),
        now=now,
    )


def _not_heard(contact: Contact, channel: str, wanted: Sequence[Segment]) -> list[Segment]:
    among = Segment.objects.filter(pk__in=[segment.pk for segment in wanted])
    heard = set(subscriptions.heard(contact=contact, channel=channel, among=among))
    return [segment for segment in wanted if segment not in heard]


def _ask(contact: Contact, sign_up: SignUp, missing: list[Segment], now: datetime) -> None:
    subscriptions.request(
        contact=contact,
        segments=missing,
        channel=sign_up.channel,
        proof=_proof(sign_up),
        now=now,
    )
    with override(sign_up.language):
        words = letter_words.please_confirm(missing, CONFIRM_WITHIN.days)
    names = ("is_shared", "text_version", "vouched_by")
    request = {name: getattr(sign_up, name) for name in names}
    letter = _letter(contact, sign_up, words, ASKED)
    letters.send(letter=replace(letter, segments=missing, facts=request), now=now)


def _tell(contact: Contact, sign_up: SignUp, words: Callable[[], Words], now: datetime) -> None:
    with override(sign_up.language):
        letter = _letter(contact, sign_up, words(), TOLD)
    letters.send(letter=letter, now=now)


def _letter(contact: Contact, sign_up: SignUp, words: Words, thread: str) -> Letter:
    return Letter(
        contact=contact,
        channel=sign_up.channel,
        language=sign_up.language,
        words=words,
        thread=thread,
    )


def _proof(sign_up: SignUp) -> Proof:
    is_ours = sign_up.wish == SignUp.Wish.CONFIRM
    where = "Asked by letter" if is_ours else "Subscribe page"
    return Proof(
        source=Subscription.Source.STAFF if is_ours else Subscription.Source.SELF,
        evidence=f"{where}, sign-up {sign_up.pk}{_vouched(sign_up.vouched_by)}",
        network_address=sign_up.network_address,
        text_version=sign_up.text_version,
    )


def _vouched(name: str) -> str:
    return f"; vouched for by {name}" if name else ""


def is_request(delivery: Delivery) -> bool:
    """Whether a letter asks to confirm something."""
    broadcast = delivery.broadcast
    return broadcast.purpose == Broadcast.Purpose.OPT_IN and broadcast.thread == ASKED


def is_too_late(delivery: Delivery, now: datetime) -> bool:
    """Also where the person has another address by now, which was never asked."""
    is_old = now > delivery.broadcast.created_at + CONFIRM_WITHIN
    return is_old or not links.is_current(delivery) or not confirmable(delivery)


def confirmable(delivery: Delivery) -> list[Segment]:
    """The lists that a letter asks about and its reader has not left since."""
    asked = delivery.broadcast.segments.filter(is_archived=False).order_by("name")
    if delivery.contact is None:
        return []
    left = subscriptions.withdrawn_since(
        contact=delivery.contact, channel=delivery.channel, moment=delivery.broadcast.created_at
    )
    return list(asked.exclude(pk__in=left))


@transaction.atomic
def confirm(
    *, delivery: Delivery, how: str, network_address: str | None = None, now: datetime
) -> list[Segment]:
    """Let the person hear what they asked for, as of now; returns those lists.

    :raises TooLate: nothing has changed.
    """
    if delivery.contact is None or is_too_late(delivery, now):
        raise TooLate
    request = delivery.broadcast.facts
    segments = confirmable(delivery)
    voucher = _vouched(request.get("vouched_by", ""))
    proof = Proof(
        source=Subscription.Source.SELF,
        evidence=f"{how}, message {delivery.pk or 'cleared away'}{voucher}",
        network_address=network_address,
        text_version=request.get("text_version", ""),
    )
    subscriptions.join(
        contact=delivery.contact,
        segments=segments,
        channel=delivery.channel,
        proof=proof,
        now=now,
    )
    # Whoever reads what was sent there is its owner, and may undo what they had us forget.
    erasure.come_back(
        channel=delivery.channel, address=delivery.address, because=proof.evidence, now=now
    )
    if request.get("is_shared"):
        people.mark_shared(contact=delivery.contact)
    return segments


def waiting_text(*, contacts: Sequence[Contact], now: datetime) -> Delivery | None:
    """The latest text that asked one of these people to confirm and can still be answered."""
    asked = Delivery.objects.filter(
        contact__in=contacts,
        contact__phone=F("address"),
        channel=Channel.SMS,
        broadcast__purpose=Broadcast.Purpose.OPT_IN,
        broadcast__thread=ASKED,
        broadcast__created_at__gte=now - CONFIRM_WITHIN,
    )
    return asked.select_related("broadcast", "contact").order_by("-pk").first()


@transaction.atomic
def forget_unconfirmed(*, now: datetime) -> int:
    """Remove what was not confirmed for KEEP_UNCONFIRMED_DAYS, and people of whom nothing else is
    known; returns how many people, and with them what they were sent."""
    sign_ups.forget(now=now)
    if not settings.KEEP_UNCONFIRMED_DAYS:
        return 0
    # As long as a letter can be answered, it is waited for.
    before = now - max(timedelta(days=settings.KEEP_UNCONFIRMED_DAYS), CONFIRM_WITHIN)
    strangers = people.strangers(before=before)
    known = Delivery.objects.exclude(broadcast__purpose=Broadcast.Purpose.OPT_IN)
    ids = list(
        strangers.exclude(pk__in=known.filter(contact__in=strangers).values("contact"))
        .order_by("pk")
        .values_list("pk", flat=True)[:AT_ONCE]
    )
    asked = list(Delivery.objects.filter(contact__in=ids).values_list("broadcast", flat=True))
    # Somebody may have typed in an address whose owner had been forgotten: what a provider has
    # reported about the letter must not bring it back.
    for contact in people.erased_before(ids=ids):
        erasure.drop(contact=contact, now=now)
    Broadcast.objects.filter(purpose=Broadcast.Purpose.OPT_IN, pk__in=asked).delete()
    people.forget(ids=ids, before=before)
    return len(ids)
