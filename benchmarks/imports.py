"""How long an import of many contacts takes, and the same file again; the last line says it.

python -m benchmarks.imports [--rows 100000] [--database sqlite|postgres]
"""

import argparse
import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil

from benchmarks import machine, servers
from benchmarks.processes import ROOT, BenchmarkFailed, child

PATIENCE_SECONDS = 1_800
HEADINGS = ("E-Mail", "Vorname", "Nachname", "Mobil", "Sprache", "Zeitzone", "Firma", "Plan")


def main() -> None:
    chosen = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klartext-bench-")))
        file = folder / "people.csv"
        write(file, chosen.rows)
        told: dict[str, Any] = {"rows": chosen.rows, "load_before": machine.load()}
        for name in chosen.database:
            environment = {"KLARTEXT_VAR": str(folder / name), "PYTHONPATH": str(ROOT)}
            if name == "postgres":
                url = stack.enter_context(servers.postgres())
                environment |= {
                    "DJANGO_SETTINGS_MODULE": "tests.settings",
                    "TEST_DATABASE_URL": url,
                }
            told[name] = measure(file, folder, environment)
    print("bench:", json.dumps(told))


def write(file: Path, rows: int) -> None:
    """A list as a customer database gives it: no two people share a mailbox."""
    dice = random.Random(1)
    with file.open("w", newline="", encoding="utf-8") as target:
        out = csv.writer(target)
        out.writerow(HEADINGS)
        out.writerows(_person(number, dice) for number in range(rows))


def measure(file: Path, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    _run("migrate", ["migrate", "--verbosity=0"], folder, environment)
    command = ["import_contacts", str(file), "--channel=email"]
    first, again = (_run(name, command, folder, environment) for name in ("import", "import-again"))
    return {
        "import_s": first["seconds"],
        "import_cpu_s": first["cpu"],
        "again_s": again["seconds"],
        "again_cpu_s": again["cpu"],
        "peak_mb": max(first["peak_mb"], again["peak_mb"]),
    }


def _run(
    name: str, command: list[str], folder: Path, environment: dict[str, str]
) -> dict[str, float]:
    """:raises BenchmarkFailed: the command did."""
    began, peak, cpu = time.perf_counter(), 0, 0.0
    Path(environment["KLARTEXT_VAR"]).mkdir(exist_ok=True)
    with child(name, [sys.executable, "manage.py", *command], **environment) as running:
        watched = psutil.Process(running.process.pid)
        while running.process.poll() is None and time.perf_counter() - began < PATIENCE_SECONDS:
            try:
                peak = max(peak, watched.memory_info().rss)
                cpu = sum(watched.cpu_times()[:2])
            except psutil.Error:
                break
            time.sleep(0.05)
        if running.process.wait(timeout=PATIENCE_SECONDS) != 0:
            raise BenchmarkFailed(running.tail())
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds, 1), "cpu": round(cpu, 1), "peak_mb": round(peak / (1 << 20))}


def _person(number: int, dice: random.Random) -> Iterator[str]:
    first = dice.choice(("anna", "ben", "cem", "doerte", "eva", "ines", "joao", "mia"))
    yield f"{first}.{number:07d}@{dice.choice(('example.com', 'example.org', 'mail.example'))}"
    yield first.title()
    yield dice.choice(("Köhler", "O'Neill", "Núñez", "Yılmaz"))
    # Of numbers that Germany's regulator keeps for films.
    yield f"0171 39200{dice.randrange(100):02d}" if dice.random() < 0.6 else ""
    yield dice.choice(("de", "en", ""))
    yield dice.choice(("Europe/Berlin", "UTC", ""))
    yield f"Firma {dice.randrange(2000)}"
    yield dice.choice(("basic", "premium"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument(
        "--database",
        nargs="+",
        choices=("sqlite", "postgres"),
        default=("sqlite", "postgres"),
    )
    return parser.parse_args()


if __name__ == "__main__":
    os.environ.setdefault("BENCH_FOLDER", tempfile.gettempdir())
    main()
