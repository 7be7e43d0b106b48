"""Deliveries written from what a query finds, in one statement: INSERT … SELECT."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet, Value

from messaging.models import Delivery

# The columns of a delivery that nobody has tried yet.
UNTRIED = {
    **{name: Value(0) for name in ("attempts", "lapses")},
    **{name: Value("") for name in ("provider_id", "error_code", "error_text")},
}


def insert_from(
    found: QuerySet[Any], columns: Mapping[str, Any], *, at_most: int | None = None
) -> int:
    """Write a delivery for each row that is found; returns how many.

    Two unique constraints make one person and one address hear it once per channel: of several
    rows for them the first is written.
    """
    return _insert(found, columns, at_most, "ON CONFLICT DO NOTHING")


def insert_all_from(found: QuerySet[Any], columns: Mapping[str, Any]) -> int:
    """The same where none of them is expected to be there.

    :raises IntegrityError: one is; nothing was written.
    """
    return _insert(found, columns, None, "")


def _insert(
    found: QuerySet[Any], columns: Mapping[str, Any], at_most: int | None, otherwise: str
) -> int:
    try:
        sql, parameters = found.values_list(*columns.values())[:at_most].query.sql_with_params()
    except EmptyResultSet:
        return 0  # Django sees by itself that nobody is meant.
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Delivery._meta.db_table)} ({names}) {sql} {otherwise}", parameters
        )
        return int(cursor.rowcount)
