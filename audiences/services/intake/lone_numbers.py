"""Rows of a file that know somebody by a telephone alone, and those that have it beside a
mailbox."""

import json
from collections.abc import Collection, Mapping
from typing import NamedTuple

from audiences.services.intake.spool import Spool


class Beside(NamedTuple):
    """A row by a number alone, and the line of one that has a mailbox."""

    position: int
    line: int
    other_line: int


def among(spool: Spool, numbers: Collection[str]) -> set[str]:
    """Those of some telephones by which alone rows know somebody."""
    found = spool.database.execute(
        "SELECT DISTINCT identity FROM people WHERE identity IN (SELECT value FROM json_each(?))",
        (json.dumps(list(numbers)),),
    )
    return {number for (number,) in found}


def all_of(spool: Spool) -> list[str]:
    """The telephones by which alone rows know somebody, each once."""
    found = spool.database.execute(
        "SELECT DISTINCT identity FROM people WHERE identity NOT LIKE '%@%'"
    )
    return [number for (number,) in found]


def readdress(spool: Spool, mailboxes: Mapping[str, str]) -> list[Beside]:
    """Let the rows by numbers be about the mailboxes, each given by its number, that other rows
    have, and return them; none, where no row has it."""
    return [one for number, mailbox in mailboxes.items() for one in _moved(spool, number, mailbox)]


def _moved(spool: Spool, number: str, mailbox: str) -> list[Beside]:
    first = spool.database.execute(
        "SELECT line FROM people WHERE identity = ? ORDER BY position LIMIT 1", (mailbox,)
    ).fetchone()
    if first is None:
        return []
    moved = spool.database.execute(
        "UPDATE people SET identity = ?1, row = json_set(row, '$.email', ?1)"
        " WHERE identity = ?2 RETURNING position, line",
        (mailbox, number),
    )
    return [Beside(position, line, first[0]) for position, line in moved.fetchall()]


def beside_mailboxes(spool: Spool) -> list[Beside]:
    """The first row of each number, where another has it beside a mailbox. Each side is one row per
    number before they meet: a switchboard may stand in every row of a file."""
    found = spool.database.execute(
        "WITH alone AS MATERIALIZED (SELECT identity, min(position) AS position, line FROM people"
        " WHERE identity NOT LIKE '%@%' GROUP BY identity),"
        " beside AS MATERIALIZED (SELECT json_extract(row, '$.phone') AS phone, min(line) AS line"
        " FROM people WHERE identity LIKE '%@%' GROUP BY 1)"
        " SELECT position, alone.line, beside.line FROM alone JOIN beside ON identity = phone"
        " ORDER BY position"
    )
    return [Beside(*row) for row in found]
