"""Who hears what a second person is asked about: how many, and by which rules.

People come and go by the hour, and an approval must outlast that: only when many more would hear
it, or when others were chosen, has somebody to look at it again.
"""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from audiences import rules
from audiences.models import Segment
from audiences.rules import InvalidRule
from audiences.services import counting

# The segments of a message, and its channels.
Readers = tuple[Sequence[Segment], Sequence[str]]
_MORE, _SHARE = 10, 10
# It decides: an estimate is for crowds that no page waits for.
_SECONDS = 10


def count(told: Iterable[Readers]) -> int:
    """Everybody once who is meant by one of these and has an address there."""
    pairs = {
        (one.pk, channel): one for segments, via in told for channel in via for one in segments
    }

    def is_reached(ids: range) -> Q:
        reached = (counting.reached(one, via, ids) for (_pk, via), one in sorted(pairs.items()))
        return reduce(or_, reached, Q(pk__in=()))

    try:
        return counting.people(condition=is_reached, seconds=_SECONDS).number
    except InvalidRule:
        return 0  # It cannot be sent either, and whoever looks after that is told.


def has_grown(*, then: int | None, now: int | None) -> bool:
    """By more than a tenth, and by more than ten people, where they were counted."""
    if then is None or now is None:
        return False
    more = now - then
    return more > _MORE and more * _SHARE > then


def rules_of(segments: Iterable[Segment]) -> list[tuple[str, Any]]:
    """The rules by which people are in these segments, with those that they refer to."""
    found: dict[str, Any] = {one.slug: None if one.is_archived else one.rule for one in segments}
    while missing := {to for rule in found.values() for to in rules.referenced(rule)} - set(found):
        there = Segment.objects.in_use().filter(slug__in=missing)
        found |= dict.fromkeys(missing) | dict(there.values_list("slug", "rule"))
    return sorted(found.items())
