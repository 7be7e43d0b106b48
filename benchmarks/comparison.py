"""The measurement itself, with its servers running: rounds of everything, in turns."""

import os
import statistics
import sys
from argparse import Namespace
from urllib.parse import urlsplit

from benchmarks import freezes, machine, options, peers, report, sinks
from benchmarks.engine import audience, sending, workers
from benchmarks.engine.sending import Sent
from benchmarks.engine.watcher import Watcher
from benchmarks.engine.workers import Workers
from benchmarks.figures import Figures
from benchmarks.processes import FOLDER, BenchmarkFailed
from benchmarks.report import say

MAIL_PORT = urlsplit(os.environ["EMAIL_URL"]).port or 25
# One message of ours as it went over the wire, and all of a warm-up.
MAIL, MAILS = FOLDER / "mail", FOLDER / "mails"
# Enough that everything is loaded, and a figure for the memory of a small broadcast.
FEW = 1_000
# What a distant provider needs for a reply, and the connections of all processes to it.
DISTANT_SECONDS, DISTANT_CONNECTIONS = 0.02, 64


class Comparison:
    """Takes the chosen parts in turns; `figures` holds what each gave."""

    def __init__(self, chosen: Namespace) -> None:
        self.chosen, self.figures, self.watcher = chosen, Figures(), Watcher()

    def measure(self) -> None:
        with workers.running(self.chosen, MAIL_PORT, self.chosen.connections) as running:
            with sinks.slow(MAIL_PORT, delay=0, keep=MAILS):
                self.figures.few = self._send("warm-up", FEW, running)
            self._choose_mail()
            with sinks.fast(MAIL_PORT):
                for number in range(1, self.chosen.rounds + 1):
                    self._round(f"round {number}", running)
                if "large" in self.chosen.only:
                    self.figures.large = self._send("large", self.chosen.large, running)
        if "latency" in self.chosen.only:
            self._distant()
        if "freeze" in self.chosen.only:
            self.figures.frozen = freezes.measure(self.chosen.freeze)
            say(f"freeze: {self.figures.frozen.line()}")

    def _choose_mail(self) -> None:
        """The others get our smallest, so that they do not send more than we do."""
        sizes = {path: path.stat().st_size for path in MAILS.iterdir()}
        self.figures.message_bytes = round(statistics.mean(sizes.values()))
        smallest = min(sizes, key=lambda path: sizes[path])
        # smtp-source makes the line ends itself.
        MAIL.write_bytes(smallest.read_bytes().replace(b"\r\n", b"\n"))
        say(f"a message has {self.figures.message_bytes:,} bytes, the smallest {sizes[smallest]:,}")

    def _round(self, name: str, running: Workers) -> None:
        if "raw" in self.chosen.only:
            raw = sinks.raw(MAIL_PORT, messages=self.chosen.people, mail=MAIL)
            self.figures.raw.append(raw)
            say(f"{name}, raw limit: {raw:,.0f}/s")
        if "engine" in self.chosen.only:
            sent = self._send(f"{name}, engine", self.chosen.people, running)
            self.figures.engine.append(sent)
        if "peer" in self.chosen.only:
            peer = peers.post_office(self.chosen.people, MAIL)
            self.figures.peer.append(peer)
            say(f"{name}, django-post_office: {peer.line()}")

    def _distant(self) -> None:
        each = DISTANT_CONNECTIONS // self.chosen.senders
        with (
            sinks.slow(MAIL_PORT, delay=DISTANT_SECONDS),
            workers.running(self.chosen, MAIL_PORT, each) as running,
        ):
            self._send("warm-up at 20 ms per reply", FEW, running)
            self.figures.distant = self._send("20 ms per reply", self.chosen.distant, running)

    def _send(self, name: str, people: int, running: Workers) -> Sent:
        sent = sending.measure(
            segment=audience.segment(people), people=people, workers=running, watcher=self.watcher
        )
        say(f"{name}: {sent.line()}")
        if self.chosen.statements:
            say("\n".join(self.watcher.dearest()))
        return sent


def main() -> None:
    chosen = options.read()
    load_before = machine.load()
    MAILS.mkdir()
    say("filling the database …")
    sizes = {"large": chosen.large, "latency": chosen.distant}
    audience.prepare(max(chosen.people, FEW, *(sizes.get(part, 0) for part in chosen.only)))
    comparison = Comparison(chosen)
    circumstances = {
        **{name: getattr(chosen, name) for name in ("people", "rounds", "senders", "connections")},
        **machine.facts(postgres=comparison.watcher.version()),
        "load_before": load_before,
    }
    is_complete = False
    try:
        comparison.measure()
        is_complete = True
    finally:
        # What was measured before something failed is worth having, too.
        run = comparison.figures.summary() | circumstances | {"load_after": machine.load()}
        report.publish(run, write=chosen.write and is_complete)


if __name__ == "__main__":
    try:
        main()
    except BenchmarkFailed as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")
