"""What the other side saw: a line per message and per misdeed, written before it answers."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Entry:
    """`id` is the delivery's, 0 where the other side was not told it."""

    at: float
    what: str
    id: int
    recipient: str
    digest: str


class Journal:
    """One file of one writer; a line is handed to the kernel whole and at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, what: str, *, id: int = 0, recipient: str = "", body: bytes = b"") -> None:
        words = what.replace("\t", " ").replace("\n", " ")
        digest = sha256(body).hexdigest()[:16]
        os.write(self._file, f"{time.time():.3f}\t{words}\t{id}\t{recipient}\t{digest}\n".encode())


def read(path: Path) -> Iterator[Entry]:
    if not path.exists():
        return
    with path.open() as lines:
        for line in lines:
            if not line.endswith("\n"):
                return  # It is being written at this moment.
            at, what, id_, recipient, digest = line.rstrip("\n").split("\t")
            yield Entry(float(at), what, int(id_), recipient, digest)
