"""What the rows of a file say of accounts, kept until all of them are heard: the last one counts,
wherever in the file it stands and whichever person it is about."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from audiences.services.intake.spool import Spool

# Beside the fields of accounts: that it was made for these rows, and what it uses.
FRESH, USES = "fresh", "uses "


class Word(NamedTuple):
    # By its key, or by its name where it is still to be made.
    account: str
    field: str
    position: int
    value: Any


@dataclass
class Final:
    """What counts of an account, once all is said."""

    account: str
    values: dict[str, Any] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)
    is_fresh: bool = False
    is_contradicted: bool = False


def keep(spool: Spool, words: Iterable[Word], *, after: int) -> None:
    """Keep the words of the rows after one, instead of what was kept of these and of later ones."""
    latest: dict[tuple[str, str, str], int] = {}
    for word in words:
        said = (word.account, word.field, json.dumps(word.value))
        latest[said] = max(word.position, latest.get(said, 0))
    with spool.together() as run:
        run.execute("DELETE FROM said WHERE batch >= ?", (after,))
        run.executemany(
            "INSERT INTO said VALUES (?, ?, ?, ?, ?)",
            (
                (after, account, name, position, value)
                for (account, name, value), position in latest.items()
            ),
        )


def final(spool: Spool, *, after: str, limit: int) -> list[Final]:
    """Of the next so many accounts after one."""
    found = spool.database.execute(
        "SELECT account, field, value, max(position), count(DISTINCT value) FROM said"
        " WHERE account IN (SELECT DISTINCT account FROM said WHERE account > ?"
        " ORDER BY account LIMIT ?) GROUP BY account, field ORDER BY account",
        (after, limit),
    )
    accounts: dict[str, Final] = {}
    for account, name, value, _position, variants in found:
        one = accounts.setdefault(account, Final(account))
        if name == FRESH:
            one.is_fresh = True
        elif name.startswith(USES):
            one.uses.add(json.loads(value))
        else:
            one.values[name] = json.loads(value)
            one.is_contradicted |= variants > 1
    return list(accounts.values())
