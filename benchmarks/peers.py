"""What others reach with the same mail, the same sink and the same PostgreSQL."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import MEBIBYTE, BenchmarkFailed, child, watching

PATIENCE_SECONDS = 600


@dataclass(frozen=True)
class Peer:
    """One run of django-post_office, from queueing the first message to the last one sent."""

    per_second: float
    queued_seconds: float
    memory_mb: float

    def line(self) -> str:
        return (
            f"{self.per_second:,.0f}/s, queued after {self.queued_seconds:.1f} s, "
            f"{self.memory_mb:.0f} MB in all its processes"
        )


def post_office(people: int, mail: Path) -> Peer:
    """:raises BenchmarkFailed: it did not send them all."""
    command = [sys.executable, "-m", "benchmarks.peer.sending", str(people), str(mail)]
    environment = {
        "DJANGO_SETTINGS_MODULE": "benchmarks.peer_settings",
        "DATABASE_URL": os.environ["BENCH_PEER_DATABASE"],
    }
    with child("post-office", command, **environment) as peer, watching([peer]) as memory:
        if peer.process.wait(timeout=PATIENCE_SECONDS) != 0:
            raise BenchmarkFailed(f"django-post_office failed: {peer.tail()}")
        told = json.loads(peer.log.read_text().splitlines()[-1])
    return Peer(
        people / told["seconds"], told["queued_seconds"], memory.family["post-office"] / MEBIBYTE
    )
