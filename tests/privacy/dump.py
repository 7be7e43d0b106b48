"""Everything a database holds, column by column, for whoever looks for traces."""

import json
from collections.abc import Iterator

from django.db import connection


def cells() -> Iterator[tuple[str, str]]:
    """Every value of every table, as text, with where it stands."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                yield from (
                    (f"{table}.{column}", str(value))
                    for column, value in zip(columns, row, strict=True)
                )


def places(*words: str) -> list[str]:
    """Where one of the words stands, in any case, also as JSON spells it."""
    spelled = {form.lower() for word in words for form in (word, json.dumps(word)[1:-1])}
    return sorted(
        {where for where, value in cells() if any(word in value.lower() for word in spelled)}
    )
