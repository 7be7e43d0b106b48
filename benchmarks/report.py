"""What is said while it runs, and the table at the end."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT

PAGE = ROOT / "docs" / "performance.md"


def say(line: str) -> None:
    print(line, flush=True)


def publish(run: dict[str, Any], *, write: bool) -> None:
    """Show the table and, as the last line, everything; with `write` put it into the docs."""
    lines = "\n".join(table(run))
    if write:
        put(lines)
    say(f"\n{lines}\n\nbench: {json.dumps(run)}")


def marks(part: str) -> tuple[str, str]:
    """Between which a page has the figures of this name."""
    return f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"


def put(lines: str, *, part: str = "figures", page: Path = PAGE) -> None:
    """In place of what stood there."""
    begin, end = marks(part)
    before, _begin, rest = page.read_text(encoding="utf-8").partition(begin)
    _old, _end, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n{lines}\n\n{end}{after}", encoding="utf-8")


def table(run: dict[str, Any]) -> Iterator[str]:
    yield "| | measured | |"
    yield "|---|---:|---|"
    for name, meaning, beside in ROWS:
        if name in run:
            yield f"| {meaning} | {_number(run[name])} | {beside.format_map(_Known(run))} |"
    yield ""
    yield _made(run)


# A figure's name, what it is, and what stands beside it.
ROWS = (
    ("raw_per_s", "raw limit, messages/s", "smtp-source; rounds {raw_rounds}"),
    ("engine_per_s", "this engine, messages/s", "call to last commit; rounds {engine_rounds}"),
    ("post_office_per_s", "django-post_office, messages/s", "rounds {post_office_rounds}"),
    ("share_of_raw_limit", "share of the raw limit", "at least 0.45"),
    ("ratio_to_post_office", "ratio to django-post_office", "at least 10"),
    ("large_per_s", "large run, messages/s", "{large_people:,} recipients"),
    ("first_message_s", "its first message recorded, s", "at most 1"),
    ("at_20_ms_per_s", "20 ms per reply, messages/s", "64 connections; at least 900"),
    ("freeze_rows_per_s", "deliveries frozen per second", "at least 60,000; {freeze_rows:,}"),
    ("freeze_last_to_first", "its last windows to the first, per contact", "flat is 1"),
    ("queries_per_1000", "queries per 1,000 recipients", "at most 120"),
    ("large_queries_per_1000", "… in the large run", ""),
    ("transaction_commands_per_1000", "BEGIN, COMMIT per 1,000 recipients", ""),
    ("peak_memory_mb", "most memory of a sending process, MB", "at most 120"),
    ("small_memory_mb", "… with 1,000 recipients", ""),
    ("large_memory_mb", "… in the large run", ""),
    ("post_office_memory_mb", "django-post_office, all processes, MB", ""),
    ("cpu_us_per_message", "CPU per message, µs", ""),
)


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "not measured"


def _number(value: Any) -> str:
    match value:
        case dict():
            return ", ".join(f"{name} {one:,}" for name, one in value.items())
        case float() if value < 100:
            return f"{value:.2f}"
        case _:
            return f"{value:,.0f}"


def _made(run: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {one}" for name, one in run["versions"].items())
    return (
        f"{run['people']:,} recipients, {run['message_bytes']:,} bytes per message, "
        f"{run['senders']} sending processes with {run['connections']} connections each, "
        f"{run['rounds']} rounds. {run['processor']}, {run['cores']} cores, "
        f"{run['memory_gb']} GB, {run['system']}; {versions}. Load average {run['load_before']} "
        f"before and {run['load_after']} after."
    )
