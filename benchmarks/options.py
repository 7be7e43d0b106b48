import argparse
import os

PARTS = ("raw", "engine", "peer", "large", "latency", "freeze")


def read() -> argparse.Namespace:
    is_full = os.environ.get("BENCH") == "full"
    parser = argparse.ArgumentParser(
        prog="make bench", description=__doc__, epilog="Options go into ARGS: make bench ARGS='…'"
    )
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART", help=", ".join(PARTS)
    )
    parser.add_argument("--people", type=int, default=20_000, help="recipients of a round")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("BENCH_ROUNDS") or 3))
    parser.add_argument("--large", type=int, default=100_000, help="recipients of the large run")
    parser.add_argument(
        "--freeze", type=int, default=1_000_000 if is_full else 200_000, help="contacts to freeze"
    )
    parser.add_argument("--connections", type=int, default=2, help="of each sending process")
    parser.add_argument("--senders", type=int, default=2, help="sending processes")
    parser.add_argument("--log-level", default="WARNING", help="of the workers")
    parser.add_argument("--write", action="store_true", help="put the table into the docs")
    return parser.parse_args()
