"""Questions to the database that thousands of people lead to within minutes.

To put one of them into SQL takes Django ten times as long as the database takes to answer it. Here
that is done once per process; from one time to the next only values change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)


class NotPreparable(TypeError):
    """One of the values does not reach the database as it is."""


@dataclass(frozen=True)
class _Words:
    sql: str
    params: Sequence[Any]
    compiler: SQLCompiler
    model: type[Any]
    # Of a row's columns, those of the model itself, in their order, which come first.
    names: Sequence[str]
    related: Sequence[RelatedPopulator]


class Prepared(Generic[Row]):
    """A query set, with select_related() and only() if need be, asked with other values each time.

    `ask` is called once, with something that stands for each value: a number or a text.
    """

    def __init__(self, ask: Callable[..., QuerySet[Row]], *kinds: type[int | str]) -> None:
        self._ask = ask
        self._places = [_standing_for(at, kind) for at, kind in enumerate(kinds)]

    def all(self, *values: int | str) -> list[Row]:
        words, given = self._words, dict(zip(self._places, values, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(words.sql, [given.get(one, one) for one in words.params])
            found = cursor.fetchall()
        return [self._built(row) for row in words.compiler.results_iter([found])]

    def first(self, *values: int | str) -> Row | None:
        return next(iter(self.all(*values)), None)

    def _built(self, row: Sequence[Any]) -> Row:
        """As Django does it, in ModelIterable."""
        words = self._words
        built: Row = words.model.from_db(connection.alias, words.names, row[: len(words.names)])
        for one in words.related:
            one.populate(row, built)
        return built

    @cached_property
    def _words(self) -> _Words:
        """:raises NotPreparable: a value is no value of its SQL."""
        asked = self._ask(*self._places)
        compiler = asked.query.get_compiler(using=connection.alias)
        sql, params = compiler.as_sql()
        if missing := set(self._places) - set(params):
            raise NotPreparable(f"{missing} not among {params}")
        select, info = compiler.select, compiler.klass_info
        names = [select[at][0].target.attname for at in info["select_fields"]]
        # The stubs are those of the next Django.
        related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg]
        return _Words(sql, params, compiler, asked.model, names, related)


def _standing_for(at: int, kind: type[int | str]) -> int | str:
    """Nothing that a query has by itself."""
    number = 2_000_000_011 + at
    return number if kind is int else str(number)
