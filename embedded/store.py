"""What the stand-ins caught: one small SQLite file, written before the sender gets its answer."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

# Addresses compare without case; their indexes serve the threads, and people() wholly.
SCHEMA = """
CREATE TABLE IF NOT EXISTS mails (
    id INTEGER PRIMARY KEY, at REAL NOT NULL,
    sender TEXT NOT NULL, recipient TEXT NOT NULL COLLATE NOCASE,
    message_id TEXT NOT NULL, subject TEXT NOT NULL, raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mails_by_recipient ON mails (recipient, at, subject);
CREATE TABLE IF NOT EXISTS texts (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, updated_at REAL NOT NULL,
    sid TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, service TEXT NOT NULL,
    recipient TEXT NOT NULL COLLATE NOCASE, body TEXT NOT NULL, segments INTEGER NOT NULL,
    status_callback TEXT NOT NULL, status TEXT NOT NULL, error_code INTEGER
);
CREATE INDEX IF NOT EXISTS texts_by_recipient ON texts (recipient, at, body);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY, kind TEXT NOT NULL, remaining INTEGER NOT NULL
);
"""

PEOPLE = """
SELECT recipient AS address, sum(mail) AS mails, count(*) - sum(mail) AS texts, max(at) AS last_at
FROM (
    SELECT recipient, at, subject AS words, 1 AS mail FROM mails
    UNION ALL SELECT recipient, at, body, 0 FROM texts
)
WHERE instr(lower(recipient || ' ' || words), lower(:search)) > 0
GROUP BY recipient ORDER BY last_at DESC, address LIMIT :limit OFFSET :offset
"""


@dataclass(frozen=True)
class Mail:
    id: int
    at: float
    sender: str
    recipient: str
    message_id: str
    subject: str
    raw: bytes


@dataclass(frozen=True)
class NewText:
    """A text message about to be kept; `service` is a messaging service's SID or empty."""

    sid: str
    sender: str
    service: str
    recipient: str
    body: str
    segments: int
    status_callback: str
    status: str
    # The code a text ends undelivered with; known, and kept, from the beginning.
    error_code: int | None


@dataclass(frozen=True)
class Text(NewText):
    id: int
    at: float
    updated_at: float


@dataclass(frozen=True)
class Person:
    """Somebody who got something, known by the address it went to."""

    address: str
    mails: int
    texts: int
    last_at: float


@dataclass(frozen=True)
class Counts:
    mails: int
    texts: int


@dataclass(frozen=True)
class Fault:
    kind: str
    remaining: int


class Store:
    """One connection to the file; every method has committed when it returns."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, timeout=20, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        # What was caught may go down with the machine, but not with a process.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in self._db.execute(sql, values)]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add_mail(
        self, *, sender: str, recipients: list[str], message_id: str, subject: str, raw: bytes
    ) -> None:
        """Keep a message once for each recipient of its envelope."""
        now = time.time()
        with self._transaction():
            self._db.executemany(
                "INSERT INTO mails (at, sender, recipient, message_id, subject, raw)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [(now, sender, each, message_id, subject, raw) for each in recipients],
            )

    def mail(self, mail_id: int) -> Mail | None:
        found = self._rows("SELECT * FROM mails WHERE id = ?", mail_id)
        return Mail(**found[0]) if found else None

    def mails(self) -> list[Mail]:
        """Every mail, newest first."""
        return [Mail(**row) for row in self._rows("SELECT * FROM mails ORDER BY id DESC")]

    def mails_to(self, recipient: str) -> list[Mail]:
        """Everything one address got by e-mail, oldest first."""
        rows = self._rows("SELECT * FROM mails WHERE recipient = ? ORDER BY at, id", recipient)
        return [Mail(**row) for row in rows]

    def add_text(self, new: NewText) -> Text:
        now = time.time()
        row = self._db.execute(
            "INSERT INTO texts (at, updated_at, sid, sender, service, recipient, body, segments,"
            " status_callback, status, error_code)"
            " VALUES (:at, :at, :sid, :sender, :service, :recipient, :body, :segments,"
            " :status_callback, :status, :error_code)",
            {"at": now, **asdict(new)},
        )
        return Text(id=row.lastrowid or 0, at=now, updated_at=now, **asdict(new))

    def text(self, sid: str) -> Text | None:
        found = self._rows("SELECT * FROM texts WHERE sid = ?", sid)
        return Text(**found[0]) if found else None

    def texts(self) -> list[Text]:
        """Every text, newest first."""
        return [Text(**row) for row in self._rows("SELECT * FROM texts ORDER BY id DESC")]

    def texts_to(self, recipient: str) -> list[Text]:
        """Every text one number got, oldest first."""
        rows = self._rows("SELECT * FROM texts WHERE recipient = ? ORDER BY at, id", recipient)
        return [Text(**row) for row in rows]

    def texts_in(self, *statuses: str) -> list[Text]:
        marks = ", ".join("?" * len(statuses))
        rows = self._rows(f"SELECT * FROM texts WHERE status IN ({marks}) ORDER BY id", *statuses)
        return [Text(**row) for row in rows]

    def set_status(self, *, sid: str, status: str) -> None:
        self._db.execute(
            "UPDATE texts SET status = ?, updated_at = ? WHERE sid = ?", [status, time.time(), sid]
        )

    def people(self, *, search: str, limit: int, offset: int) -> list[Person]:
        """Who got something with these words in its address, subject or text, the latest first."""
        found = self._db.execute(PEOPLE, {"search": search, "limit": limit, "offset": offset})
        return [Person(**dict(row)) for row in found]

    def counts(self) -> Counts:
        [row] = self._rows(
            "SELECT (SELECT count(*) FROM mails) AS mails, (SELECT count(*) FROM texts) AS texts"
        )
        return Counts(**row)

    def clear(self) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM mails")
            self._db.execute("DELETE FROM texts")

    def add_fault(self, *, kind: str, count: int) -> None:
        self._db.execute("INSERT INTO faults (kind, remaining) VALUES (?, ?)", [kind, count])

    def take_fault(self) -> str | None:
        """The fault to play for one request, the oldest first; each is played as often as told."""
        with self._transaction():
            found = self._rows("SELECT id, kind FROM faults ORDER BY id LIMIT 1")
            if not found:
                return None
            self._db.execute(
                "UPDATE faults SET remaining = remaining - 1 WHERE id = ?", [found[0]["id"]]
            )
            self._db.execute("DELETE FROM faults WHERE remaining < 1")
        return str(found[0]["kind"])

    def faults(self) -> list[Fault]:
        rows = self._rows("SELECT kind, remaining FROM faults ORDER BY id")
        return [Fault(**row) for row in rows]

    def clear_faults(self) -> None:
        self._db.execute("DELETE FROM faults")
