"""A file on its way in, as rows that can be taken up again anywhere: a small database of its own.

Its place in the work is kept by the import's row in the main database; what lies here beyond that
place is written again, and is the same.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from audiences.services.intake.raw import RawRow
from audiences.services.intake.report import REFUSED, WARNING, Finding
from audiences.services.intake.rows import ContactRow

_TABLES = """
CREATE TABLE raw (
    position INTEGER PRIMARY KEY, line INTEGER, cells TEXT, problem TEXT, nul INT, hidden INT
);
CREATE TABLE people (position INTEGER PRIMARY KEY, identity TEXT, line INTEGER, row TEXT);
CREATE INDEX people_identity ON people (identity, position);
CREATE TABLE findings (position INTEGER, kind TEXT, line INTEGER, reason TEXT);
CREATE INDEX findings_position ON findings (position);
CREATE TABLE accounts (external_id TEXT, name TEXT, PRIMARY KEY (external_id, name));
CREATE TABLE said (batch INTEGER, account TEXT, field TEXT, position INTEGER, value TEXT);
CREATE INDEX said_batch ON said (batch);
CREATE INDEX said_account ON said (account, field);
CREATE INDEX findings_kind ON findings (kind, position);
"""
# Where words of the file stand, by which key.
_WORDS = (
    ("raw", "position", "cells"),
    ("raw", "position", "problem"),
    ("people", "position", "identity"),
    ("people", "position", "row"),
    ("findings", "rowid", "reason"),
    ("accounts", "rowid", "external_id"),
    ("accounts", "rowid", "name"),
    ("said", "rowid", "account"),
)
# Killed processes do no harm to it; after a power failure the file is uploaded again.
# What is erased is overwritten: the pages of a file keep it otherwise.
_SETTINGS = "PRAGMA synchronous=OFF; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"
_PATIENCE_SECONDS = 20
# Characters of a file that its report repeats: of one cell, and of all.
_QUOTED_OF_A_CELL, _QUOTED = 500, 5_000_000


class Spool:
    """Positions count from 1; `after` is the last one that is done."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path, timeout=_PATIENCE_SECONDS, isolation_level=None)
        self.database.executescript(_SETTINGS)

    @classmethod
    def create(cls, path: Path) -> "Spool":
        path.touch(mode=0o600, exist_ok=False)
        made = cls(path)
        made.database.executescript(_TABLES)
        return made

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def close(self) -> None:
        self.database.close()

    @contextmanager
    def together(self) -> Iterator[sqlite3.Connection]:
        """All that is written within is kept, or nothing."""
        if self.database.in_transaction:
            yield self.database
            return
        self.database.execute("BEGIN")
        with self.database:
            yield self.database

    def fill(self, rows: Iterable[RawRow]) -> int:
        """Keep the rows of a file; returns how many they are."""
        with self.together() as run:
            run.executemany(
                "INSERT INTO raw (line, cells, problem, nul, hidden) VALUES (?, ?, ?, ?, ?)",
                (
                    (row.line, _json(row.cells), row.problem, row.had_nul, row.is_hidden)
                    for row in rows
                ),
            )
        number: int = self.database.execute("SELECT count(*) FROM raw").fetchone()[0]
        return number

    def raw(self, *, after: int, limit: int) -> list[tuple[int, RawRow]]:
        found = self.database.execute(
            "SELECT position, line, cells, problem, nul, hidden FROM raw WHERE position > ?"
            " ORDER BY position LIMIT ?",
            (after, limit),
        )
        return [
            (position, RawRow(line, tuple(json.loads(cells)), problem, bool(nul), bool(hidden)))
            for position, line, cells, problem, nul, hidden in found
        ]

    def understand(
        self,
        positions: Sequence[int],
        people: Mapping[int, ContactRow],
        findings: Iterable[tuple[int, str, Finding]],
    ) -> None:
        """Keep what these rows say, instead of what was thought of them before."""
        ends = (positions[0], positions[-1])
        with self.together() as run:
            for table in ("people", "findings"):
                run.execute(f"DELETE FROM {table} WHERE position BETWEEN ? AND ?", ends)
            run.executemany(
                "INSERT INTO people VALUES (?, ?, ?, ?)",
                ((at, row.identity, row.line, _json(vars(row))) for at, row in people.items()),
            )
            self._find(findings)

    def remark(self, findings: Iterable[tuple[int, str, Finding]]) -> None:
        """Keep what is to be said of rows, once, however often it is found."""
        found = list(findings)
        with self.together() as run:
            run.executemany(
                "DELETE FROM findings WHERE position = ? AND kind = ? AND reason = ?",
                ((at, kind, finding.reason) for at, kind, finding in found),
            )
            self._find(found)

    def people(self, *, after: int, limit: int) -> list[tuple[int, ContactRow]]:
        """The people in the next so many rows; refused ones are not among them."""
        found = self.database.execute(
            "SELECT position, row FROM people WHERE position > ? AND position <= ?"
            " ORDER BY position",
            (after, after + limit),
        )
        return [(position, _row(json.loads(row))) for position, row in found]

    def further_down(self, *, after: int, limit: int) -> list[tuple[int, ContactRow]]:
        """What stands of the same people after the next so many rows."""
        found = self.database.execute(
            "SELECT position, row FROM people WHERE identity IN"
            " (SELECT identity FROM people WHERE position > ? AND position <= ?)"
            " AND position > ? ORDER BY position",
            (after, after + limit, after + limit),
        )
        return [(position, _row(json.loads(row))) for position, row in found]

    def first_met(self, *, after: int, limit: int) -> dict[str, tuple[int, int]]:
        """Position and line at which each person of the next so many rows stands first."""
        found = self.database.execute(
            "SELECT identity, min(position), line FROM people WHERE identity IN"
            " (SELECT identity FROM people WHERE position > ? AND position <= ?)"
            " AND position <= ? GROUP BY identity",
            (after, after + limit, after + limit),
        )
        return {identity: (position, line) for identity, position, line in found}

    def amend(self, position: int, row: ContactRow, warning: str) -> None:
        """Keep another understanding of a row, and why."""
        said = _json(vars(row))
        self.database.execute("UPDATE people SET row = ? WHERE position = ?", (said, position))
        self.remark([(position, WARNING, Finding(row.line, warning))])

    def erase(self, position: int, reason: str) -> None:
        """Take back what was understood of a row, and forget what stood in it."""
        with self.together() as run:
            (line,) = run.execute("SELECT line FROM raw WHERE position = ?", (position,)).fetchone()
            run.execute("DELETE FROM people WHERE position = ?", (position,))
            run.execute("DELETE FROM findings WHERE position = ?", (position,))
            run.execute("UPDATE raw SET cells = '[]' WHERE position = ?", (position,))
            self._find([(position, REFUSED, Finding(line, reason))])

    def forget(self, without: Callable[[Any], Any], addresses: Collection[str]) -> None:
        """Take somebody out: the rows that are about one of the addresses go, what others' rows
        say of them is blackened."""
        with self.together() as run:
            for position, row in run.execute("SELECT position, row FROM people").fetchall():
                said = json.loads(row)
                if {said["email"], said["phone"]} & set(addresses):
                    run.execute("UPDATE raw SET cells = '[]' WHERE position = ?", (position,))
                    run.execute("DELETE FROM people WHERE position = ?", (position,))
            for table, key, column in _WORDS:
                for number, text in run.execute(f"SELECT {key}, {column} FROM {table}").fetchall():
                    if (after := _text(without, text)) != text:
                        changed = f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {key} = ?"
                        run.execute(changed, (after, number))

    def name_accounts(self, keys: Iterable[tuple[str, str]]) -> int:
        """Add accounts that will be new; returns how many there are by now."""
        run = self.database
        run.executemany("INSERT OR IGNORE INTO accounts VALUES (?, ?)", keys)
        number: int = run.execute("SELECT count(*) FROM accounts").fetchone()[0]
        return number

    def forget_accounts(self) -> None:
        """Begin anew with counting accounts; people and findings are replaced as they are read."""
        self.database.execute("DELETE FROM accounts")

    def findings(self, kind: str, limit: int) -> list[Finding]:
        found = self.database.execute(
            "SELECT findings.line, reason, coalesce(cells, '[]') FROM findings"
            " LEFT JOIN raw USING (position) WHERE kind = ? ORDER BY position LIMIT ?",
            (kind, limit),
        )
        return list(_shortened(found))

    def refused(self, *, after: int, limit: int) -> list[tuple[int, Finding]]:
        """The next so many rows that are refused, with all that stood in them."""
        found = self.database.execute(
            "SELECT position, findings.line, reason, coalesce(cells, '[]') FROM findings"
            " LEFT JOIN raw USING (position) WHERE kind = ? AND position > ?"
            " ORDER BY position LIMIT ?",
            (REFUSED, after, limit),
        )
        return [
            (position, Finding(line, reason, tuple(json.loads(cells))))
            for position, line, reason, cells in found
        ]

    def count(self, kind: str, *, after: int, until: int) -> int:
        number: int = self.database.execute(
            "SELECT count(*) FROM findings WHERE kind = ? AND position > ? AND position <= ?",
            (kind, after, until),
        ).fetchone()[0]
        return number

    def tally(self, kind: str) -> dict[str, int]:
        """How often each thing was found, in the order of its first time."""
        return dict(
            self.database.execute(
                "SELECT reason, count(*) FROM findings WHERE kind = ? GROUP BY reason"
                " ORDER BY min(position), min(rowid)",
                (kind,),
            )
        )

    def _find(self, findings: Iterable[tuple[int, str, Finding]]) -> None:
        self.database.executemany(
            "INSERT INTO findings VALUES (?, ?, ?, ?)",
            ((at, kind, finding.line, finding.reason) for at, kind, finding in findings),
        )


def _shortened(found: Iterable[tuple[int, str, str]]) -> Iterator[Finding]:
    """Findings with what stood there, as far as it helps and leaves the report readable."""
    left = _QUOTED
    for line, reason, cells in found:
        quoted = tuple(cell[:_QUOTED_OF_A_CELL] for cell in json.loads(cells))
        left -= sum(map(len, quoted))
        yield Finding(line, reason, quoted if left > 0 else ())


def _text(without: Callable[[Any], Any], text: str) -> str:
    is_json = text[:1] in ("[", "{")
    return _json(without(json.loads(text))) if is_json else str(without(text))


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _row(said: dict[str, Any]) -> ContactRow:
    lists = {name: tuple(said[name]) for name in ("segments", "account_components")}
    return ContactRow(**{**said, **lists})
