"""How fast the recipients of a very large broadcast are written, and whether that stays so."""

import json
import os
import sys
from dataclasses import dataclass

from benchmarks.processes import BenchmarkFailed, child

PATIENCE_SECONDS = 900


@dataclass(frozen=True)
class Frozen:
    people: int
    rows: int
    seconds: float
    # How much slower the last windows were than the first, per contact.
    last_to_first: float

    @property
    def per_second(self) -> float:
        return self.rows / self.seconds

    def line(self) -> str:
        return (
            f"{self.people:,} contacts, {self.rows:,} deliveries in {self.seconds:.1f} s = "
            f"{self.per_second:,.0f}/s, the last windows took {self.last_to_first:.2f} × the first"
        )


def measure(people: int) -> Frozen:
    """:raises BenchmarkFailed: it could not."""
    command = [sys.executable, "-m", "benchmarks.engine.freeze", str(people)]
    with child("freeze", command, DATABASE_URL=os.environ["BENCH_FREEZE_DATABASE"]) as freeze:
        if freeze.process.wait(timeout=PATIENCE_SECONDS) != 0:
            raise BenchmarkFailed(f"The freeze failed: {freeze.tail()}")
        told = json.loads(freeze.log.read_text().splitlines()[-1])
    return Frozen(people, **told)
