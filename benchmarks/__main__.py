"""How fast a broadcast is frozen and sent here, beside what the same mail server takes at most.

    python -m benchmarks [--people 2000] [--rounds 3]

Works in a temporary folder on SQLite, against the embedded mail catcher in a process of its own.
Timings on shared machines are noisy: compare the figures of one run, and their medians.
"""

import argparse
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parent.parent


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="klartext-bench-") as folder:
        os.environ |= {
            "KLARTEXT_VAR": folder,
            "EMBEDDED_PORT": os.environ.get("EMBEDDED_PORT", "8700"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        _measure(options.people, options.rounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


def _measure(people: int, rounds: int) -> None:
    import django  # noqa: PLC0415 — the environment has to be set before the settings are read

    django.setup()
    from benchmarks import sending  # noqa: PLC0415

    sending.prepare(people)
    figures: dict[str, list[float]] = {"freeze": [], "send": [], "smtplib": []}
    with _mail_catcher():
        for _round in range(rounds):
            frozen, sent = sending.broadcast()
            figures["freeze"].append(frozen)
            figures["send"].append(sent)
            figures["smtplib"].append(_smtplib(people))
    median = {name: statistics.median(values) for name, values in figures.items()}
    print(f"{people:,} people, median of {rounds} rounds")  # noqa: T201
    print(f"  frozen             {median['freeze']:>9,.0f} rows/s")  # noqa: T201
    print(f"  sent and recorded  {median['send']:>9,.0f} messages/s, one connection")  # noqa: T201
    print(f"  bare smtplib       {median['smtplib']:>9,.0f} messages/s, one connection")  # noqa: T201
    print(f"  share              {median['send'] / median['smtplib']:>9.0%}")  # noqa: T201


@contextmanager
def _mail_catcher() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "standins"], cwd=ROOT)
    try:
        _until_it_answers()
        yield
    finally:
        process.terminate()
        process.wait()


def _until_it_answers() -> None:
    from django.conf import settings  # noqa: PLC0415

    until = time.monotonic() + timedelta(seconds=30).total_seconds()
    while True:
        try:
            smtplib.SMTP("127.0.0.1", settings.EMBEDDED_SMTP_PORT, timeout=5).quit()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _smtplib(count: int) -> float:
    """Messages per second with nothing to compose and nothing to record."""
    from django.conf import settings  # noqa: PLC0415

    mail = b"Subject: x\r\n\r\n" + b"x" * 5_000 + b"\r\n"
    with smtplib.SMTP("127.0.0.1", settings.EMBEDDED_SMTP_PORT) as connection:
        began = time.perf_counter()
        for number in range(count):
            connection.sendmail("a@example.com", [f"p{number}@example.com"], mail)
        return count / (time.perf_counter() - began)


if __name__ == "__main__":
    main()
