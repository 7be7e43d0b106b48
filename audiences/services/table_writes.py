"""Rows by the thousand, written straight from values.

`bulk_create` makes an object and a piece of SQL of every row, which was the largest part of an
import. Here the statement is the same for all, and only values travel.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models

Rows = Iterable[Sequence[Any]]
# What each database has words of its own for; everything else travels as it is.
_TRANSLATED = (models.DateTimeField, models.JSONField, models.UUIDField)


def insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Rows,
    same: Mapping[str, Any] | None = None,
) -> None:
    """INSERT rows whose values stand in the order of the columns.

    All of them have the `same` values besides, and the default of every column that is not named.
    """
    given = [model._meta.get_field(name) for name in columns]
    defaults = {
        field.attname: field.get_default()
        for field in model._meta.concrete_fields
        if field not in given and not (field.primary_key or field.generated)
    }
    rest: dict[Any, Any] = {
        model._meta.get_field(name): value for name, value in (defaults | dict(same or {})).items()
    }
    constants = [field.get_db_prep_save(value, connection) for field, value in rest.items()]
    names = ", ".join(_column(field) for field in (*given, *rest))
    marks = ", ".join(["%s"] * (len(given) + len(rest)))
    _execute(f"INSERT INTO {_table(model)} ({names}) VALUES ({marks})", given, rows, constants)


def update(model: type[models.Model], columns: Sequence[str], rows: Rows) -> None:
    """UPDATE rows by their primary key, which stands last among the values."""
    given = [model._meta.get_field(name) for name in columns]
    changes = ", ".join(f"{_column(field)} = %s" for field in given)
    key = model._meta.pk
    statement = f"UPDATE {_table(model)} SET {changes} WHERE {_column(key)} = %s"
    _execute(statement, [*given, key], rows, [])


def _execute(statement: str, fields: Sequence[Any], rows: Rows, rest: Sequence[Any]) -> None:
    translated = [
        (place, field.get_db_prep_save)
        for place, field in enumerate(fields)
        if isinstance(field, _TRANSLATED)
    ]
    values: list[list[Any]] = []
    for row in rows:
        prepared = [*row, *rest]
        for place, translate in translated:
            prepared[place] = translate(prepared[place], connection)
        values.append(prepared)
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)


def _table(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: Any) -> str:
    return connection.ops.quote_name(field.column)
