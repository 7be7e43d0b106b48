"""Looks at the database from outside, as a role of its own that is not counted."""

from dataclasses import dataclass
from typing import Any

import psutil
import psycopg
from django.conf import settings
from django.db import connection

# Nothing left to do: cheap, by the partial indexes of what is open.
_IS_DONE = """
    SELECT frozen_at IS NOT NULL, frozen_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM messaging_delivery
        WHERE broadcast_id = %(id)s AND state IN ('pending', 'claimed', 'sending')
    ) FROM messaging_broadcast WHERE id = %(id)s
"""
# When the row's last change was committed, by the server's own record of it.
_TIMES = """
    SELECT extract(epoch FROM min(pg_xact_commit_timestamp(xmin)))::float,
           extract(epoch FROM max(pg_xact_commit_timestamp(xmin)))::float
    FROM messaging_delivery WHERE broadcast_id = %(id)s AND state = 'accepted'
"""
_STATES = """
    SELECT state, count(*) FROM messaging_delivery WHERE broadcast_id = %(id)s GROUP BY state
"""
_STATEMENTS = """
    SELECT query ~* '^(begin|commit|rollback|savepoint|release)', sum(calls)::bigint
    FROM pg_stat_statements AS asked JOIN pg_roles AS roles ON roles.oid = asked.userid
    WHERE rolname = %(role)s GROUP BY 1
"""
_DEAREST = """
    SELECT calls, round(total_exec_time)::int, regexp_replace(query, '\\s+', ' ', 'g')
    FROM pg_stat_statements AS asked JOIN pg_roles AS roles ON roles.oid = asked.userid
    WHERE rolname = %(role)s ORDER BY total_exec_time DESC LIMIT 12
"""


@dataclass(frozen=True)
class Statements:
    """What the server was asked; `control` opens and ends transactions."""

    queries: int
    control: int


class Watcher:
    def __init__(self) -> None:
        self.database = settings.DATABASES["default"]
        with connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            cursor.execute("CREATE ROLE watcher SUPERUSER LOGIN")
            cursor.execute("CREATE DATABASE peer")
            cursor.execute("CREATE DATABASE frozen")
        self.connection = psycopg.connect(
            host=self.database["HOST"],
            dbname=self.database["NAME"],
            user="watcher",
            autocommit=True,
        )
        self.server = psutil.Process(self.connection.info.backend_pid).parent()

    def _ask(self, sql: str, broadcast_id: int = 0) -> list[tuple[Any, ...]]:
        parameters = {"id": broadcast_id, "role": self.database["USER"]}
        return self.connection.execute(sql, parameters).fetchall()

    def reset(self) -> None:
        """Begin to count, with what was written before out of the way."""
        self.connection.execute("CHECKPOINT")
        self.connection.execute("SELECT pg_stat_statements_reset()")

    def look(self, broadcast_id: int) -> tuple[bool, bool]:
        """Whether its recipients are frozen, and whether nothing is left to send."""
        is_frozen, is_done = self._ask(_IS_DONE, broadcast_id)[0]
        return is_frozen, is_done

    def times(self, broadcast_id: int) -> tuple[float, float]:
        """When the first and the last acceptance were committed."""
        first, last = self._ask(_TIMES, broadcast_id)[0]
        return first, last

    def states(self, broadcast_id: int) -> dict[str, int]:
        return dict(self._ask(_STATES, broadcast_id))

    def version(self) -> str:
        return str(self._ask("SHOW server_version")[0][0])

    def statements(self) -> Statements:
        counts = dict(self._ask(_STATEMENTS))
        return Statements(queries=counts.get(False, 0), control=counts.get(True, 0))

    def dearest(self) -> list[str]:
        """The statements that took longest in all, for tuning."""
        return [
            f"{calls:>8} × {spent:>7} ms  {sql[:150]}" for calls, spent, sql in self._ask(_DEAREST)
        ]
