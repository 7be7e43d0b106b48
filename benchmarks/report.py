"""What is said while it runs, and at the end."""

import json
from argparse import Namespace

from benchmarks.figures import Figures


def say(line: str) -> None:
    print(line, flush=True)


def publish(figures: Figures, chosen: Namespace) -> None:
    say(f"bench: {json.dumps(figures.summary())}")
