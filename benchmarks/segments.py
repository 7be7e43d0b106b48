"""How long a segment's live count takes, rule by rule: `python -m benchmarks.segments [people]`.

Starts a PostgreSQL of its own and ends it again. Fails where a count takes longer than promised.
"""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import servers
from tests.services import run

PEOPLE = 200_000


def main(people: str) -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klartext-bench-")))
        environment = servers.environment(
            database=stack.enter_context(servers.postgres()),
            # No message is sent here.
            broker="redis://127.0.0.1:1/0",
            folder=folder,
            senders=1,
        )
        command = [sys.executable, "-m", "benchmarks.engine.counts", people]
        return run(command, {**os.environ, **environment})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else str(PEOPLE)))
