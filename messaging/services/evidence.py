"""What Twilio knows of texts whose outcome we do not: found by number and text.

A callback usually resolves them first. Without either, a person decides (services/decisions.py).
"""

import logging
import time
from datetime import datetime, timedelta

from django.db.models import F, Q

from audiences.models import Channel, Contact
from messaging.channels import twilio_lookup
from messaging.channels.twilio_lookup import Ask, NoAnswer, Sighting
from messaging.models import Delivery, DeliveryQuerySet
from messaging.services import barring, events, twilio_reports
from messaging.services.composition import Composer, NoContent
from messaging.services.events import Report
from messaging.states import State

logger = logging.getLogger(__name__)

# Twilio needs a moment until a text is in its list; after a day nobody acts on the news any more.
AFTER, UNTIL = timedelta(minutes=1), timedelta(hours=24)
AGAIN_AFTER = timedelta(minutes=3)
AT_ONCE = 20
# The thread that asks would rather send.
PATIENCE_SECONDS = 10.0
# Between our clock and Twilio's.
_TOLERANCE = timedelta(minutes=1)


def look_up(*, now: datetime) -> int:
    """Ask after texts that may have gone out; returns how many were found.

    A provider that does not answer is asked again later; nothing is raised for it.
    """
    waiting = _due(now).order_by(F("looked_up_at").asc(nulls_first=True), "pk")
    ids = list(waiting.values_list("pk", flat=True)[:AT_ONCE])
    if not ids:
        return 0
    until = time.monotonic() + PATIENCE_SECONDS
    found = 0
    with twilio_lookup.open_line() as ask:
        for pk in ids:
            if time.monotonic() > until:
                break
            try:
                found += _look_up(pk, ask, now)
            except NoAnswer as reason:
                logger.warning("Nobody can say what became of delivery %s: %s", pk, reason)
                break
    return found


def _due(now: datetime) -> DeliveryQuerySet:
    return Delivery.objects.filter(
        Q(looked_up_at=None) | Q(looked_up_at__lte=now - AGAIN_AFTER),
        channel=Channel.SMS,
        state=State.UNKNOWN,
        sending_at__gt=now - UNTIL,
        sending_at__lte=now - AFTER,
        # Nobody can be asked about who was erased.
        contact__isnull=False,
    )


def _look_up(pk: int, ask: Ask, now: datetime) -> bool:
    """:raises NoAnswer: Twilio does not say."""
    # Several look-ups may run at the same time: whoever notes it first, asks.
    if not _due(now).filter(pk=pk).update(looked_up_at=now):
        return False
    delivery = Delivery.objects.select_related("broadcast").get(pk=pk)
    words = _words(delivery)
    if not words or not delivery.sending_at:
        return False
    known = ask(delivery.address, delivery.sending_at - _TOLERANCE)
    same = [one for one in known if _bare(one.body) == _bare(words)]
    if sighting := _unclaimed(same, delivery):
        return events.record(delivery=delivery, report=_report(sighting), now=now)
    return False


def _words(delivery: Delivery) -> str:
    rows = Delivery.objects.filter(pk=delivery.pk)
    try:
        [claimed] = barring.look_at(rows, delivery.broadcast)
        return Composer(Channel.SMS).compose(claimed).sms_text
    except NoContent:
        return ""


def _bare(words: str) -> str:
    return " ".join(words.split())


def _unclaimed(sightings: list[Sighting], delivery: Delivery) -> Sighting | None:
    """The earliest that is not already known to be another delivery's: two notices may say the
    same."""
    # Read first, so that the deliveries are found by their contacts.
    people = set(Contact.objects.filter(phone=delivery.address).values_list("pk", flat=True))
    others = Delivery.objects.filter(
        contact__in=people | {delivery.contact_id or 0}, channel=Channel.SMS
    ).exclude(pk=delivery.pk)
    sids = [one.sid for one in sightings]
    taken = set(others.filter(provider_id__in=sids).values_list("provider_id", flat=True))
    return next((one for one in sightings[::-1] if one.sid not in taken), None)


def _report(sighting: Sighting) -> Report:
    return twilio_reports.of_text(
        sid=sighting.sid,
        word=sighting.status,
        code=sighting.error_code,
        raw={
            "LookedUp": True,
            "MessageSid": sighting.sid,
            "MessageStatus": sighting.status,
            "ErrorCode": sighting.error_code,
        },
    )
