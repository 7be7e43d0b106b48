"""How long planning takes, and a tick with 500 open incidents, on SQLite and on PostgreSQL.

Fails where the median needs more than promised, waited and worked.

python -m benchmarks.plans [--incidents 500] [--rounds 5] [--database sqlite|postgres] [--write]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from benchmarks import machine, report, servers
from benchmarks.processes import ROOT

Figures = Mapping[str, Mapping[str, float]]


def main() -> int:
    chosen = _read()
    measured = {name: _measure(name, chosen) for name in chosen.database}
    facts = machine.facts(postgres="")
    where = (
        f"{facts['processor']}, {facts['cores']} cores, load average {machine.load()} afterwards"
    )
    lines = "\n".join(table(measured, chosen.incidents, where))
    if chosen.write:
        report.put(lines, part="plans")
    print(f"{lines}\n\nbench: {json.dumps({'incidents': chosen.incidents, 'plans': measured})}")
    # Of two figures the lower one: waiting for neighbours is none.
    rows = [row for figures in measured.values() for row in figures.values()]
    return 0 if all(min(row["ms"], row["cpu"]) <= row["most"] for row in rows) else 1


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plans", description=__doc__)
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgres"), default=("sqlite", "postgres")
    )
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    return parser.parse_args()


def _measure(name: str, chosen: argparse.Namespace) -> dict[str, dict[str, float]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klartext-bench-")))
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "KLARTEXT_VAR": str(folder),
            "PYTHONPATH": str(ROOT),
        }
        if name == "postgres":
            environment["TEST_DATABASE_URL"] = stack.enter_context(servers.postgres())
        command = [sys.executable, "-m", "benchmarks.engine.timelines"]
        command += [str(chosen.incidents), str(chosen.rounds)]
        told = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, check=True, text=True
        )
    measured: dict[str, dict[str, float]] = json.loads(told.stdout.splitlines()[-1])
    return measured


def table(measured: Mapping[str, Figures], incidents: int, where: str) -> Iterator[str]:
    yield "| | database | median, ms | at work, ms | promised, ms |"
    yield "|---|---|---:|---:|---:|"
    for database, figures in measured.items():
        for name, row in figures.items():
            times = f"{row['ms']:.0f} | {row['cpu']:.0f} | {row['most']:.0f}"
            yield f"| {name} | {database} | {times} |"
    yield ""
    yield f"{incidents:,} open incidents, a plan of 60 steps. {where}."


if __name__ == "__main__":
    sys.exit(main())
