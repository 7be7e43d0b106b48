"""Starts the servers a measurement needs, and measures in a child with that environment.

`make bench` gets here with Postfix's test programs on the PATH; see docs/performance.md.
"""

import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks import options, servers
from tests.services import run


def main() -> int:
    # A wrong option is refused before anything starts.
    chosen = options.read()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klartext-bench-")))
        database = stack.enter_context(servers.postgres())
        broker = stack.enter_context(servers.valkey())
        environment = servers.environment(
            database=database, broker=broker, folder=folder, senders=chosen.senders
        )
        command = [sys.executable, "-m", "benchmarks.comparison", *sys.argv[1:]]
        return run(command, {**os.environ, **environment})


if __name__ == "__main__":
    sys.exit(main())
