"""Old messages are proof without an address; what providers said about them is counted, not kept.

No row goes: the links in a message work for as long as its delivery is there.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from audiences.models import Channel
from audiences.services.erased import is_mark
from audiences.services.retention import BATCH, MOST, limit
from messaging.models import Broadcast, Delivery, DeliveryEvent
from messaging.services.holdings import without_address

logger = logging.getLogger(__name__)


def forget(*, now: datetime) -> dict[str, int]:
    """Give up what has been kept long enough; returns how many rows of each kind."""
    events, addresses = settings.KEEP_EVENTS_DAYS, settings.KEEP_ADDRESSES_DAYS
    given_up = {
        "events": _events(limit(now, events)) if events else 0,
        "addresses": _addresses(limit(now, addresses), now) if addresses else 0,
    }
    logger.info("Given up: %s", given_up)
    return given_up


def _events(before: datetime) -> int:
    """That something was reported stays, and when; the provider's own words go."""
    done, beyond = 0, 0
    while done < MOST:
        old = DeliveryEvent.objects.filter(received_at__lt=before, pk__gt=beyond).exclude(raw={})
        ids = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        beyond = ids[-1]
        done += DeliveryEvent.objects.filter(pk__in=ids).update(raw={})
    return done


def _addresses(before: datetime, now: datetime) -> int:
    """Of broadcasts that were over by then; the contact stays for as long as there is one."""
    done = 0
    old = Broadcast.objects.filter(
        state__in=Broadcast.OVER, anonymised_at=None, created_at__lt=before
    ).exclude(finished_at__gte=before)
    for pk in old.order_by("pk").values_list("pk", flat=True):
        for ids in _pieces(pk):
            done += Delivery.objects.filter(pk__among=ids).update(**without_address())
        Broadcast.objects.filter(pk=pk).update(anonymised_at=now)
        if done >= MOST:
            break
    return done


def _pieces(broadcast_id: int) -> Iterator[list[int]]:
    """Its deliveries in the order of the unique index, so that nothing is looked at twice."""
    for channel in Channel.values:
        address = ""
        while True:
            rows = Delivery.objects.filter(
                broadcast=broadcast_id, channel=channel, address__gt=address
            ).order_by("address")
            some = list(rows.values_list("pk", "address")[:BATCH])
            if not some:
                break
            address = some[-1][1]
            # What was rewritten a moment ago stands among those to come.
            yield [pk for pk, one in some if not is_mark(one)]
