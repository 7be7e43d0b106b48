"""How often the check is right, rule by rule, on labelled messages: `python -m benchmarks.check`.

With `--write` the table goes into docs/check.md. Precision is the share of its findings that a
careful reader shares, recall the share of such a reader's findings that it makes.

With `--recorded` it reads a company's history instead, of any format that a replay takes, and
counts the updates with a finding per rule.

python -m benchmarks.check [--file seen|unseen|close] [--wrong] [--write]
python -m benchmarks.check --recorded FILE… [--language de|en]
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from benchmarks import report
from benchmarks.engine import histories
from benchmarks.processes import ROOT
from messaging import check

FOLDER = Path(__file__).parent / "messages"
PAGE = ROOT / "docs" / "check.md"


@dataclass(frozen=True)
class Labelled:
    """A message, and the rules that a careful reader would name; `near` are those nearly broken."""

    id: str
    draft: check.Draft
    expected: frozenset[str]
    near: frozenset[str] = frozenset()


@dataclass
class Score:
    """Counts per rule: found rightly, found wrongly, missed."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def precision(self, *rules: str) -> float:
        right, wrong = _sum(self.right, rules), _sum(self.wrong, rules)
        return right / (right + wrong) if right + wrong else 1.0

    def recall(self, *rules: str) -> float:
        right, missed = _sum(self.right, rules), _sum(self.missed, rules)
        return right / (right + missed) if right + missed else 1.0


def _sum(counts: Counter[str], rules: Sequence[str]) -> int:
    return sum(counts[rule] for rule in rules or counts)


def read(name: str) -> list[Labelled]:
    """The messages of one file of benchmarks/messages."""
    rows = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [_labelled(row) for row in rows]


def _labelled(row: dict[str, Any]) -> Labelled:
    promised = row.get("next_update_at")
    draft = check.Draft(
        text=row["text"],
        language=row["language"],
        stage=row["stage"],
        status=row["status"],
        impact=row["impact"],
        is_public=row.get("detail", "public") == "public",
        now=datetime.fromisoformat(row["now"]),
        next_update_at=datetime.fromisoformat(promised) if promised else None,
        components=row.get("components", ()),
        effect=row.get("effect", ""),
        technical=row.get("technical", ()),
        systems=row.get("systems", ()),
        workaround=row.get("workaround", ""),
        internal_words=row.get("internal_words", ()),
    )
    return Labelled(row["id"], draft, frozenset(row["expect"]), frozenset(row.get("near", ())))


def score(messages: Sequence[Labelled]) -> Score:
    total = Score()
    for message in messages:
        found = {finding.rule for finding in check.read(message.draft)}
        total.right.update(found & message.expected)
        total.wrong.update(found - message.expected)
        total.missed.update(message.expected - found)
    return total


def table(total: Score, messages: int) -> Iterator[str]:
    yield "| rule | labelled | found rightly | wrongly | missed | precision | recall |"
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for rule in check.RULES:
        yield _row(f"`{rule}`", total, rule)
    yield _row(f"all, in {messages} messages", total)


def _row(name: str, total: Score, *rules: str) -> str:
    right, wrong, missed = (
        _sum(counts, rules) for counts in (total.right, total.wrong, total.missed)
    )
    rates = f"{total.precision(*rules):.2f} | {total.recall(*rules):.2f}"
    return f"| {name} | {right + missed} | {right} | {wrong} | {missed} | {rates} |"


def _say_what_is_wrong(messages: Sequence[Labelled]) -> None:
    for message in messages:
        findings = check.read(message.draft)
        wrong = [one for one in findings if one.rule not in message.expected]
        missed = message.expected - {one.rule for one in findings}
        if wrong or missed:
            said = [f"{one.rule} ({one.quote})" for one in wrong]
            print(f"{message.id}: wrongly {said}, missed {sorted(missed)}\n  {message.draft.text}")


def _read() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.check", description=__doc__)
    parser.add_argument("--file", choices=("seen", "unseen", "close"), default="unseen")
    parser.add_argument("--wrong", action="store_true", help="show each message misjudged")
    parser.add_argument("--write", action="store_true", help="put the table into docs/check.md")
    parser.add_argument("--recorded", nargs="+", type=Path, help="histories to read instead")
    parser.add_argument("--language", default="en", help="what they are written in")
    return parser.parse_args()


def main() -> int:
    chosen = _read()
    if chosen.recorded:
        drafts = histories.read(chosen.recorded, language=chosen.language)
        print("\n".join(histories.table(drafts)))
        return 0
    messages = read(chosen.file)
    if chosen.wrong:
        _say_what_is_wrong(messages)
    lines = "\n".join(table(score(messages), len(messages)))
    print(lines)
    if chosen.write:
        report.put(lines, page=PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
