"""A change of state that is written down once and made again and again."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self, cast

from django.db import connections
from django.db.models import QuerySet
from django.db.models.sql import UpdateQuery

# Stands in the statement where the rows' numbers will.
_HOLE = -(2**63)


@dataclass(frozen=True)
class RepeatedMove:
    """An UPDATE of a few rows at a time, by number.

    Django needs half a millisecond to write such a statement, as much as the database needs to
    carry it out; a sender repeats it for every few messages.
    """

    sql: str
    parameters: tuple[Any, ...]
    database: str

    @classmethod
    def of(cls, rows: QuerySet[Any], changes: dict[str, object]) -> Self:
        named = rows.filter(pk__among=[_HOLE])
        update = cast(UpdateQuery, named.query.chain(UpdateQuery))
        update.add_update_values(changes)
        sql, parameters = update.get_compiler(named.db).as_sql()
        return cls(sql, tuple(parameters), named.db)

    def __call__(self, ids: Iterable[int]) -> int:
        """Move those of the rows that have one of these numbers; returns how many there were."""
        numbers = ", ".join(map(str, map(int, ids)))
        if not numbers:
            return 0
        with connections[self.database].cursor() as cursor:
            cursor.execute(self.sql.replace(str(_HOLE), numbers), self.parameters)
            return int(cursor.rowcount)
