"""Whether the machine itself kept its pace during a measurement.

A virtual machine whose host takes its processors away reports the lost time as work: the same loop
then needs many times the processor time. Other work beside it cannot do that; it makes the loop
wait, or at most twice as slow where two cores are two threads of one.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

LOOK_SECONDS = 0.2
# Two to three milliseconds: the witness must not be a load.
_ROUNDS = 50_000
# How many times its usual processor time the loop takes when the machine counts as held up.
HELD_UP = 5


@dataclass
class Pace:
    """What the loop took at each look: the moment in seconds of the run, and processor seconds."""

    looks: list[tuple[float, float]] = field(default_factory=list)

    def held_up_seconds(self) -> float:
        """For how long the machine ran at less than a fifth of its usual speed."""
        usual = sorted(spent for _, spent in self.looks)[len(self.looks) // 2]
        steps = zip(self.looks, self.looks[1:], strict=False)
        held_up = (after - at for (at, spent), (after, _) in steps if spent > HELD_UP * usual)
        return round(sum(held_up), 1)


@contextmanager
def paced() -> Iterator[Pace]:
    pace, ended = Pace(), threading.Event()
    witness = threading.Thread(target=_look, args=(pace, ended))
    witness.start()
    try:
        yield pace
    finally:
        ended.set()
        witness.join()


def _look(pace: Pace, ended: threading.Event) -> None:
    began = time.monotonic()
    while not ended.wait(LOOK_SECONDS):
        at, before = time.monotonic() - began, time.thread_time()
        for _ in range(_ROUNDS):
            pass
        pace.looks.append((at, time.thread_time() - before))
