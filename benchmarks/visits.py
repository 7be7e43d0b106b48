"""Who comes after a feedback mail, when, and what they do: drawn by lot, the same in each run.

People come at any moment of the time alike. In a rush most of them come soon: their rate falls
evenly from twice the average to nothing, so that four in ten open the form in the first fifth of
the time, and two thirds in the first two. Each thinks for a while, and sends.
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

# Thinking takes a part of the whole time: with five minutes, 6 to 36 seconds.
THINKING = (0.02, 0.12)
# Mailboxes whose scanner opens what it finds, soon after the mail.
SCANNED, SCANNING = 0.2, 0.3
CLICKED = 0.8
# Who presses the button twice, and who comes back and changes their mind.
HASTY, FICKLE = 0.05, 0.05
HELPFUL = ("email", "sms", "page", "call", "next", "workaround")
# By which an answer is recognised where it has no business.
WORDS = "Was wir solange tun können, kam zu spät"


@dataclass(frozen=True)
class Person:
    """Times in seconds after the mail; `scans_at` and `changes_at` only where that happens."""

    path: str
    opens_at: float
    sends_at: float
    # The score that they send, and whether they clicked it in the mail.
    score: int
    has_clicked: bool
    is_hasty: bool
    scans_at: float | None
    changes_at: float | None

    @property
    def last_score(self) -> int:
        return self.score if self.changes_at is None else 6 - self.score


def people(paths: Iterable[str], *, seconds: float, is_rush: bool = False) -> Iterator[Person]:
    dice = random.Random(7)
    for path in paths:
        waits = dice.random()
        yield _person(path, seconds, 1 - waits**0.5 if is_rush else waits, dice)


def _person(path: str, seconds: float, comes: float, dice: random.Random) -> Person:
    """`comes` is the part of the time after which the form is opened."""
    opens_at = seconds * (1 - 2 * THINKING[1]) * comes
    thinks = dice.uniform(*THINKING) * seconds
    is_fickle = dice.random() < FICKLE
    return Person(
        path=path,
        opens_at=opens_at,
        sends_at=opens_at + thinks,
        score=dice.choices((1, 2, 3, 4, 5), (10, 10, 15, 30, 35))[0],
        has_clicked=dice.random() < CLICKED,
        is_hasty=not is_fickle and dice.random() < HASTY,
        scans_at=dice.random() * SCANNING * seconds if dice.random() < SCANNED else None,
        changes_at=opens_at + 2 * thinks if is_fickle else None,
    )


def form(person: Person, score: int, names: list[str]) -> bytes:
    """What a browser sends of the survey that comes with the product; its fields in their order."""
    dice = random.Random(person.path)
    informed, missing, early, helpful, better, contact = names
    sent = [(informed, str(score)), (missing, WORDS if score <= 2 else "")]
    sent.append((early, dice.choice(("yes", "no"))))
    sent += [(helpful, one) for one in dice.sample(HELPFUL, dice.randrange(1, 4))]
    sent.append((better, f"{WORDS} ({person.path[3:12]}). " * 3 if dice.random() < 0.3 else ""))
    if dice.random() < 0.05:
        sent.append((contact, "yes"))
    return urlencode([*sent, ("website", ""), ("go", "send")]).encode()
