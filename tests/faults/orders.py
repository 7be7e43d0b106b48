"""How the other side is to behave: a file that the test writes and the other side reads again."""

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Orders:
    """`faults` holds, per phase of a conversation, what it does instead and in which share.

    The SMTP sink knows the phases `connect`, `mail`, `rcpt` and `dot`, and does what the words
    say: answers them when they begin with a code, or `reset` (RST, not accepted), `drop` (accepts,
    then RST), `silence` (never answers), `stall` (answers after `stall` seconds).
    The stand-in for Twilio knows the phases `create` (one of its kinds of fault) and `callback`
    (`lose`, `double`, `late`).
    """

    seed: int = 0
    # Seconds that every answer, or flight of answers, takes.
    delay: float = 0.0
    stall: float = 1.0
    # Refuse the first attempt of every recipient.
    greylist: bool = False
    faults: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        aside = path.with_suffix(".new")
        aside.write_text(json.dumps(self.__dict__))
        os.replace(aside, path)


class Ordered:
    """The orders as they stand, and the dice they are drawn with."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self.now = Orders()
        self.refresh()
        self._dice = random.Random(self.now.seed)

    def refresh(self) -> None:
        changed_at = self._path.stat().st_mtime_ns
        if changed_at != self._read_at:
            self.now, self._read_at = Orders(**json.loads(self._path.read_text())), changed_at

    def draw(self, phase: str) -> str:
        """What to do instead of the right thing; empty for the right thing."""
        left = self._dice.random()
        for deed, share in self.now.faults.get(phase, {}).items():
            left -= share
            if left < 0:
                return deed
        return ""
