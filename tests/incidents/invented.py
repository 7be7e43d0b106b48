"""Invented histories: as irregular as real ones, the same for the same seed."""

import random
from collections.abc import Iterator
from datetime import timedelta

from incidents.recordings import Recording, Words
from tests.factories import NOON

_NEXT = {"investigating": "identified", "identified": "monitoring"}


def histories(number: int, *, seed: int) -> list[Recording]:
    dice = random.Random(seed)
    return [_history(one, dice) for one in range(number)]


def _history(number: int, dice: random.Random) -> Recording:
    # Days apart, at any hour, so that nights and the change of clocks are among them.
    started = NOON - timedelta(days=number * 9, minutes=dice.randrange(24 * 60))
    updates = []
    at, status = started + timedelta(minutes=dice.choice((0, 0, 1, 7, 45))), "investigating"
    for words in _course(dice):
        updates.append(Words(at, status, words))
        # Mostly minutes, sometimes hours: the long silences are what a plan is for.
        at += timedelta(minutes=dice.choice((1, 4, 14, 29, 30, 31, 44, 95, 260)))
        if status != "monitoring":
            status = dice.choice((status, _NEXT[status]))
    updates.append(Words(at, "resolved", "It works again."))
    return Recording(
        id=f"invented-{number}",
        name=f"Invented {number}",
        kind="incident",
        impact=dice.choice(("minor", "major", "critical")),
        components=("Login",),
        started_at=started,
        updates=tuple(updates),
    )


def _course(dice: random.Random) -> Iterator[str]:
    for part in range(dice.randint(1, 5)):
        yield f"Part {part} of the story."
