"""How long the admin's lists take with 200,000 contacts and a million deliveries.

Fails where one needs more than 300 ms, waited and worked.

python -m benchmarks.admin [PEOPLE] [--write]
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping

from benchmarks import machine, report, servers

PEOPLE = 200_000
MOST_MS = 300


def main() -> int:
    chosen = _read()
    with servers.postgres() as database:
        pages = _measure(chosen.people, database)
    facts = machine.facts(postgres="")
    lines = "\n".join(table(pages, chosen.people, f"{facts['processor']}, {facts['cores']} cores"))
    if chosen.write:
        report.put(lines, part="admin")
    print(f"{lines}\n\nbench: {json.dumps({'people': chosen.people, 'admin_ms': pages})}")
    # Of two figures the lower one: waiting for neighbours is none, nor are two cores at once.
    return 0 if max(min(page.values()) for page in pages.values()) <= MOST_MS else 1


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.admin", description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=PEOPLE)
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    return parser.parse_args()


def _measure(people: int, database: str) -> dict[str, dict[str, float]]:
    environment = {
        **os.environ,
        "TEST_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PYTHONPATH": os.getcwd(),
    }
    command = [sys.executable, "-m", "benchmarks.engine.pages", str(people)]
    told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    measured: dict[str, dict[str, float]] = json.loads(told.stdout.splitlines()[-1])
    return measured


def table(pages: Mapping[str, Mapping[str, float]], people: int, where: str) -> Iterator[str]:
    yield "| page | ms | of it at work, ms |"
    yield "|---|---:|---:|"
    for name, page in pages.items():
        yield f"| {name} | {page['ms']:.0f} | {page['cpu']:.0f} |"
    yield ""
    load = f"Load average {machine.load()} afterwards"
    yield f"{people:,} contacts, {5 * people:,} deliveries. {where}. {load}."


if __name__ == "__main__":
    sys.exit(main())
