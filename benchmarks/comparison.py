"""The measurement itself, with its servers running: rounds of everything, in turns."""

import json
import os
import statistics
import sys
from urllib.parse import urlsplit

from benchmarks import options, sinks
from benchmarks.engine import audience, sending, workers
from benchmarks.engine.watcher import Watcher
from benchmarks.processes import FOLDER, MEBIBYTE, BenchmarkFailed

MAIL_PORT = urlsplit(os.environ["EMAIL_URL"]).port or 25
MAIL = FOLDER / "mail"


def say(line: str) -> None:
    print(line, flush=True)


def main() -> None:
    chosen = options.read()
    say("filling the database …")
    audience.prepare(max(chosen.people, chosen.large if "large" in chosen.only else 0))
    watcher = Watcher()
    figures: dict[str, list[float]] = {"raw": [], "engine": []}
    with workers.running(
        senders=chosen.senders,
        connections=chosen.connections,
        mail_port=MAIL_PORT,
        log_level=chosen.log_level,
    ) as running:
        with sinks.slow(MAIL_PORT, delay=0, keep=MAIL):
            few = audience.segment(500)
            sending.measure(segment=few, people=500, workers=running, watcher=watcher)
        say(f"message: {MAIL.stat().st_size:,} bytes")
        everybody = audience.segment(chosen.people)
        with sinks.fast(MAIL_PORT):
            for number in range(chosen.rounds):
                if "raw" in chosen.only:
                    seconds = sinks.raw(MAIL_PORT, messages=chosen.people, sessions=2, mail=MAIL)
                    figures["raw"].append(chosen.people / seconds)
                    say(f"round {number + 1}: raw {figures['raw'][-1]:,.0f}/s")
                if "engine" in chosen.only:
                    sent = sending.measure(
                        segment=everybody, people=chosen.people, workers=running, watcher=watcher
                    )
                    figures["engine"].append(sent.per_second)
                    say(
                        f"round {number + 1}: engine {sent.per_second:,.0f}/s, "
                        f"frozen after {sent.frozen_seconds:.2f} s, first {sent.first_seconds:.2f} s, "
                        f"{sent.statements.queries / sent.people * 1000:.0f}"
                        f" + {sent.statements.control / sent.people * 1000:.0f}"
                        " statements per 1,000, "
                        + ", ".join(
                            f"{name} {size / MEBIBYTE:.0f} MB"
                            for name, size in sent.memory.rss.items()
                        )
                    )
                    for line in watcher.dearest():
                        say(f"    {line}")
    result = {name: statistics.median(values) for name, values in figures.items() if values}
    if len(result) == 2:
        result["share_of_raw_limit"] = result["engine"] / result["raw"]
    say("bench: " + json.dumps(result))


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkFailed, KeyboardInterrupt) as error:
        sys.exit(f"\n{error or 'Stopped.'}")
