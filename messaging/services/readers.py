"""Who exactly hears a message, or is left out: the people behind the numbers of a forecast."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min, QuerySet

from audiences.models import LOUD, Contact, address_field
from audiences.quiet import QuietHours
from messaging.services.audience import Audience, Whom
from messaging.services.forecast import WIDTH, fate
from messaging.services.wishes import QUIET

SHOWN = 50
# Who is told; any other fate is a field of forecast.Dropped.
TOLD = ""
UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True)
class Reader:
    """One person, and what becomes of the message to them. Whoever has left hears it through no
    segment any more."""

    contact: Contact
    address: str
    segment: int | None = None
    detail: str = ""
    # It waits until then, for quiet hours.
    quiet_until: datetime | None = None


def listed(
    *,
    whom: Whom,
    channel: str,
    fate: str,
    now: datetime,
    after: int = 0,
    limit: int = SHOWN,
) -> list[Reader]:
    """The next people of one fate on one channel, by their ids, beginning behind `after`.

    Looks at everybody as the freeze would; see forecast.forecast().
    """
    audience = Audience.meant(whom, now=now)
    found: list[Any] = []
    for ids in _windows(after):
        some = _of_fate(audience, channel, fate, ids).select_related("account")
        found += some.order_by("pk")[: limit - len(found)]
        if len(found) == limit:
            break
    ends = {} if fate else _quiet(audience, channel, found)
    return [_reader(contact, channel, ends.get(contact.pk)) for contact in found]


def _windows(after: int) -> Iterator[range]:
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return
    for start in range(max(ends["first"], after + 1), ends["last"] + 1, WIDTH):
        yield range(start, start + WIDTH)


def _of_fate(audience: Audience, channel: str, named: str, ids: range) -> QuerySet[Contact]:
    if named == UNSUBSCRIBED:
        left = Contact.objects.filter(audience.has_left(channel, ids))
        return left.filter(pk__gte=ids.start, pk__lt=ids.stop)
    meant = audience.named(channel, ids).annotate(fate=fate(audience, channel))
    return meant.filter(fate=named)


def _quiet(audience: Audience, channel: str, people: list[Contact]) -> dict[int, datetime]:
    wishes = audience.wishes
    if channel not in LOUD or not wishes.are_heard:
        return {}
    asleep = wishes.sleepers().filter(pk__in=[one.pk for one in people])
    rows: Iterable[Any] = asleep.values_list("pk", *QUIET)
    return {pk: end for pk, *kind in rows if (end := QuietHours(*kind).ends_at(wishes.now))}


def _reader(contact: Any, channel: str, quiet_until: datetime | None) -> Reader:
    return Reader(
        contact=contact,
        address=getattr(contact, address_field(channel)),
        segment=getattr(contact, "told_through", None),
        detail=getattr(contact, "told_detail", ""),
        quiet_until=quiet_until,
    )
