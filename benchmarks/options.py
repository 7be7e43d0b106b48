"""What a run can be told. Without options it measures everything, as docs/performance.md says."""

import argparse
import os

PARTS = ("raw", "engine", "peer", "large", "latency", "freeze")
A_MILLION = 1_000_000


def read() -> argparse.Namespace:
    is_full = os.environ.get("BENCH") == "full"
    parser = argparse.ArgumentParser(
        prog="make bench",
        description=__doc__,
        epilog="For example: make bench ARGS='--only raw engine'",
    )
    add = parser.add_argument
    add("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS))
    add("--people", type=int, default=20_000, help="recipients of a round (20000)")
    add("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS") or 3))
    add("--large", type=int, default=100_000, help="recipients of the large run (100000)")
    add("--distant", type=int, default=10_000, help="recipients at 20 ms per reply (10000)")
    add(
        "--freeze",
        type=int,
        default=A_MILLION if is_full else A_MILLION // 5,
        help="contacts whose deliveries are frozen (200000, with BENCH=full a million)",
    )
    add("--senders", type=int, default=2, help="sending processes (2)")
    add("--connections", type=int, default=2, help="of each sending process (2)")
    add("--statements", action="store_true", help="show what took the database longest")
    add("--log-level", default="WARNING", help="of the workers; their logs are shown on failure")
    add("--write", action="store_true", help="put the figures into docs/performance.md")
    return parser.parse_args()
