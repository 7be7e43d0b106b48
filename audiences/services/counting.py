"""How many people there are, within the time somebody looks at a page."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_

from django.db.models import Max, Min, Q, QuerySet

from audiences.models import Channel, Contact, Segment, address_field

WIDTH = 250_000
PATIENCE_SECONDS = 1.5

# The condition on contacts, for a window of their ids.
Condition = Callable[[range], Q]


@dataclass(frozen=True)
class Count:
    """People; where there was no time to look at everybody, as many as that lets expect."""

    number: int
    is_exact: bool = True


def members(*, segment: Segment, channel: str, seconds: float = PATIENCE_SECONDS) -> Count:
    """How many would hear a segment on a channel now; looks no longer than about `seconds`.

    :raises InvalidRule: see Segment.names().
    """
    return people(condition=lambda ids: reached(segment, channel, ids), seconds=seconds)


def people(*, condition: Condition, seconds: float = PATIENCE_SECONDS) -> Count:
    """How many contacts meet a condition; looks no longer than about `seconds`."""
    windows = list(_scattered_windows())
    number, looked_at, until = 0, 0, time.monotonic() + seconds
    for ids in windows:
        number += _among(condition, ids).count()
        looked_at += 1
        if time.monotonic() >= until:
            break
    is_exact = looked_at == len(windows)
    return Count(number if is_exact else round(number * len(windows) / looked_at), is_exact)


def sample(
    *, segment: Segment, limit: int = 20, seconds: float = PATIENCE_SECONDS
) -> list[Contact]:
    """Some of those who hear a segment on any channel, as found within about `seconds`."""
    found: list[Contact] = []
    until = time.monotonic() + seconds
    for ids in _scattered_windows():
        some = _among(partial(_reached_anyhow, segment), ids).select_related("account")
        found += some.order_by("pk")[: limit - len(found)]
        if len(found) == limit or time.monotonic() >= until:
            break
    return found


def _reached_anyhow(segment: Segment, ids: range) -> Q:
    return reduce(or_, (reached(segment, channel, ids) for channel in Channel.values))


def reached(segment: Segment, channel: str, ids: range) -> Q:
    """The condition to hear a segment on a channel and to have an address there."""
    return segment.names(channel, ids) & ~Q(**{address_field(channel): ""})


def _among(condition: Condition, ids: range) -> QuerySet[Contact]:
    return Contact.objects.filter(condition(ids), pk__gte=ids.start, pk__lt=ids.stop)


def _scattered_windows() -> Iterator[range]:
    """Everybody's ids in windows, in an order in which the first ones stand for all.

    Those who came together, by one file, have much in common and ids next to each other.
    """
    ends = Contact.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["last"] is None:
        return
    starts = range(ends["first"], ends["last"] + 1, WIDTH)
    # Multiples of the golden ratio, without their whole numbers, fill the line evenly.
    order = sorted(range(len(starts)), key=lambda place: place * 0.618033988749 % 1)
    for place in order:
        yield range(starts[place], starts[place] + WIDTH)
