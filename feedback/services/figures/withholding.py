"""Which groups are too small to be shown, and which would give a small one away.

A figure of three people tells what each of them said. So does the difference of two figures: of the
whole and all groups but one, or of a group and another that lies in it but for three people.
"""

from collections import Counter
from collections.abc import Collection, Mapping

from django.conf import settings

# How many people belong to exactly these groups, by the places of the groups; nobody's group is
# that of whoever belongs to none.
Together = Mapping[frozenset[int], int]


def is_small(count: int) -> bool:
    """Whether so few have answered that their figures would speak of persons."""
    return 0 < count < settings.FEEDBACK_SMALLEST_GROUP


def withheld(
    together: Together, nameless: Together | None = None, *, also: Collection[int] = ()
) -> frozenset[int]:
    """The places of the groups that are not shown; `also` are hidden in any case.

    `nameless` are the anonymous ones among them: where a survey was once not anonymous, whoever
    reads its figures can read the other answers one by one, and subtract them.
    """
    hidden = _withheld(together, also)
    if not nameless:
        return hidden
    while (more := _withheld(together, _withheld(nameless, hidden))) != hidden:
        hidden = more
    return hidden


def _withheld(together: Together, also: Collection[int]) -> frozenset[int]:
    """Of one kind of answers.

    Whatever is added and subtracted of what is shown, and of the whole, speaks of everybody who
    belongs to the same shown groups. So groups are hidden, the smallest first, until such people
    are nowhere few. Of equals the first is hidden, whoever looks and whenever: what one page hides
    and another shows would be told by both.
    """
    counts = Counter[int]()
    for places, number in together.items():
        counts.update(dict.fromkeys(places, number))
    hidden = {*also} | {place for place in counts if is_small(counts[place])}
    while True:
        alike = Counter[frozenset[int]]()
        for places, number in together.items():
            alike[places - hidden] += number
        few = min((places for places in alike if is_small(alike[places])), key=sorted, default=None)
        shown = sorted(place for place in counts if counts[place] and place not in hidden)
        if few is None or not shown:
            return frozenset(hidden)
        # Without one of these groups the few are like others; the smallest is the least loss.
        near = [place for place in shown if alike[few ^ {place}]] or shown
        hidden.add(min(near, key=counts.__getitem__))
