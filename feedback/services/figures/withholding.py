"""Which groups are too small to be shown, and which would give a small one away.

A figure of three people tells what each of them said. Where only one group is hidden, it is the
whole minus the others: so the next smallest is hidden too, until enough answers lie in the dark.
"""

from collections.abc import Collection, Sequence

from django.conf import settings


def is_small(count: int) -> bool:
    """Whether so few have answered that their figures would speak of persons."""
    return 0 < count < settings.FEEDBACK_SMALLEST_GROUP


def withheld(counts: Sequence[int], *, also: Collection[int] = ()) -> frozenset[int]:
    """The places of the groups that are not shown; together they are the whole.

    `also` are those that are hidden in any case.
    """
    hidden = {*also} | {place for place, count in enumerate(counts) if is_small(count)}
    others = {place for place, count in enumerate(counts) if count} - hidden
    for place in sorted(others, key=lambda place: counts[place]):
        dark = [counts[one] for one in hidden if counts[one]]
        if not dark or (len(dark) > 1 and not is_small(sum(dark))):
            break
        hidden.add(place)
    return frozenset(hidden)
