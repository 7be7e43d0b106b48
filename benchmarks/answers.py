"""How 10,000 people answer within five minutes of a feedback mail, on SQLite and on PostgreSQL.

Fails where an answer is lost or kept twice, one request goes wrong, more than five in a hundred
take over 300 ms, or the logs name somebody.

python -m benchmarks.answers [--people 10000] [--minutes 5] [--rush] [--write]
    [--database sqlite|postgres]
"""

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from benchmarks import machine, pace, report, servers, visits
from benchmarks.processes import MEBIBYTE, ROOT, Child, child, cpu_seconds, watching
from tests.ports import free_port

MOST_MS = 300
# As docs/production.md has it, and embedded/processes.py.
_WEB = (
    *(sys.executable, "-m", "granian", "--interface=wsgi", "--workers=2", "--blocking-threads=2"),
    *("--no-http1-keep-alive", "config.wsgi:application"),
)
_KINDS = {
    "open": "the form is opened",
    "send": "answers are sent",
    "look": "a scanner's HEAD",
    "asset": "style sheet, script",
}
_PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
# Requests that make every process and thread of the web server read what it needs.
_WARMING = 40
Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """Where the product runs: on its embedded set-up, or as docs/production.md has it."""

    folder: Path
    port: int
    environment: Mapping[str, str]
    host: str

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *command: str) -> str:
        """What one of our own modules says in its last line."""
        environment = os.environ | self.environment
        told = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        return (told.stdout.splitlines() or [""])[-1]


def main() -> int:
    chosen = _read()
    measured = {name: _measure(name, chosen) for name in chosen.database}
    facts = machine.facts(postgres="")
    where = (
        f"{facts['processor']}, {facts['cores']} cores, load average {machine.load()} afterwards"
    )
    lines = "\n".join(table(measured, chosen, where))
    if chosen.write:
        report.put(lines, part="answers")
    told = {"people": chosen.people, "minutes": chosen.minutes, "answers": measured}
    print(f"{lines}\n\nbench: {json.dumps(told)}")
    return 0 if all(is_kept(figures) for figures in measured.values()) else 1


def is_kept(figures: Figures) -> bool:
    """Whether the promise is."""
    quick = all(figures["ms"][kind]["p95"] <= MOST_MS for kind in ("open", "send"))
    nothing = figures["errors"] or figures["named_in_logs"] or figures["wrong"]
    return quick and not nothing


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--rush", action="store_true", help="most come soon, see visits.py")
    parser.add_argument(
        "--database", nargs="+", choices=("sqlite", "postgres"), default=("sqlite", "postgres")
    )
    parser.add_argument("--write", action="store_true", help="put it into docs/performance.md")
    return parser.parse_args()


def _measure(name: str, chosen: argparse.Namespace) -> Figures:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klartext-bench-")))
        site = _production(stack, folder) if name == "postgres" else _embedded(folder)
        site.run("-m", "benchmarks.engine.invited", "plant", str(folder), str(chosen.people))
        web = stack.enter_context(
            child(f"web-{name}", [*_WEB, f"--port={site.port}"], **site.environment)
        )
        _warm(site, web)
        return _visited(site, web, chosen)


def _embedded(folder: Path) -> Site:
    """As `manage.py run` starts it, see embedded/processes.py."""
    port = free_port()
    environment = {"KLARTEXT_VAR": str(folder), "EMBEDDED_PORT": str(port)}
    return Site(folder, port, environment, "127.0.0.1")


def _production(stack: ExitStack, folder: Path) -> Site:
    """As docs/production.md has it, behind a proxy that is played."""
    environment = servers.environment(
        database=stack.enter_context(servers.postgres()),
        broker=stack.enter_context(servers.valkey()),
        folder=folder,
        senders=1,
    )
    port = free_port()
    environment |= {"DJANGO_SETTINGS_MODULE": "benchmarks.production", "TRUSTED_PROXIES": "1"}
    site = Site(folder, port, environment, "status.example.com")
    site.run("manage.py", "collectstatic", "--noinput")
    return site


def _warm(site: Site, web: Child) -> None:
    """Wait for the web server, and look at a form from many sides at once.

    :raises BenchmarkFailed: it has ended.
    """
    path = next(iter(json.loads((site.folder / "links.json").read_text())))
    while not _shows(site, path):
        web.must_live()
        time.sleep(0.2)
    with ThreadPoolExecutor(_WARMING) as visitors:
        list(visitors.map(lambda _number: _shows(site, path), range(2 * _WARMING)))


def _shows(site: Site, path: str) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": site.host, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _visited(site: Site, web: Child, chosen: argparse.Namespace) -> Figures:
    serving = {"web": psutil.Process(web.process.pid)}
    serving |= dict(_servers())
    before = {name: cpu_seconds(one) for name, one in serving.items()}
    where = (str(site.folder), site.address, site.host, str(chosen.minutes * 60))
    crowd = ("-m", "benchmarks.visiting", *where, *["rush"] * chosen.rush)
    with watching([web]) as memory, pace.paced() as kept_pace:
        told = json.loads(site.run(*crowd))
    spent = {name: round(cpu_seconds(one) - before[name], 1) for name, one in serving.items()}
    found = json.loads(site.run("-m", "benchmarks.engine.invited", "check", str(site.folder)))
    return {
        "ms": {kind: _spread(times) for kind, times in told["ms"].items()},
        "errors": told["errors"],
        "kept": found.pop("kept"),
        "wrong": sum(found.values()),
        "named_in_logs": named_in(web.log.read_text(errors="replace"), site.folder),
        "held_up_s": kept_pace.held_up_seconds(),
        "web_mb": round(memory.family[web.name] / MEBIBYTE),
        "cpu_s": {**spent, "crowd": told["cpu_s"]},
    }


def _servers() -> Iterator[tuple[str, psutil.Process]]:
    """The database that this process has started, if it has."""
    for one in psutil.Process().children():
        if one.name().startswith("postgres"):
            yield "database", one


def _spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    last = len(ordered) - 1
    found = {
        name: round(ordered[min(int(part * len(ordered)), last)], 1)
        for name, part in _PARTS.items()
    }
    return {"requests": len(ordered), **found}


def named_in(log: str, folder: Path) -> int:
    """How many links, addresses and comments stand in what the web server wrote."""
    links = {path[3:-1] for path in json.loads((folder / "links.json").read_text())}
    words = sum(log.count(one) for one in ("@customer.example", visits.WORDS))
    return words + len(links.intersection(re.findall(r"[\w-]{35}", log)))


def table(measured: Mapping[str, Figures], chosen: argparse.Namespace, where: str) -> Iterator[str]:
    yield "| | database | requests | half, ms | 95 %, ms | 99 %, ms | the last, ms |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for database, figures in measured.items():
        for kind, words in _KINDS.items():
            row = figures["ms"].get(kind, {"requests": 0})
            times = " | ".join(f"{row.get(name, 0):,.0f}" for name in _PARTS)
            yield f"| {words} | {database} | {row['requests']:,} | {times} |"
    yield ""
    yield from (_said(database, figures) for database, figures in measured.items())
    yield ""
    rush = ", in a rush" if chosen.rush else ""
    yield f"{chosen.people:,} people in {chosen.minutes:g} minutes{rush}. {where}."


def _said(database: str, figures: Figures) -> str:
    errors = sum(figures["errors"].values())
    cpu = ", ".join(f"{name} {spent:.0f} s" for name, spent in figures["cpu_s"].items())
    kept, wrong, named = (figures[name] for name in ("kept", "wrong", "named_in_logs"))
    held_up = figures["held_up_s"]
    paused = f" The machine itself was held up for {held_up:g} s." if held_up else ""
    return (
        f"- {database}: {kept:,} answers kept as they were sent last, {wrong} lost, doubled or of"
        f" nobody; {errors} errors; {named} links, addresses or comments in the log;"
        f" {figures['web_mb']} MB for web; CPU: {cpu}.{paused}"
    )


if __name__ == "__main__":
    sys.exit(main())
