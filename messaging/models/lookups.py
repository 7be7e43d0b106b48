"""`pk__among=[…]`: like `pk__in`, for many numbers at once."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, Lookup
from django.db.models.sql.compiler import SQLCompiler


@BigAutoField.register_lookup
class Among(Lookup[Any]):
    """Writes the numbers into the statement itself.

    A sender names hundreds of rows in every statement; as parameters each of them would be
    prepared, adapted and quoted on its own, which costs more than the statement.
    """

    lookup_name = "among"
    prepare_rhs = False

    def __init__(self, lhs: Any, rhs: Iterable[int]) -> None:
        super().__init__(lhs, rhs)
        self.numbers = ", ".join(map(str, map(int, rhs)))

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[Any, ...]]:
        if not self.numbers:
            return "1 = 0", ()
        lhs, parameters = self.process_lhs(compiler, connection)
        return f"{lhs} IN ({self.numbers})", tuple(parameters)
