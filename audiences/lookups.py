"""What Django leaves to us when it asks the database."""

from typing import Any

from django.db.models import lookups


class WithinRange(lookups.In):
    """Of a list of whole numbers, only those that the column can hold: SQLite's driver fails on a
    larger one, where a single number is caught by Django itself."""

    def process_rhs(self, compiler: Any, connection: Any) -> Any:
        if self.rhs_is_direct_value():
            kind = self.lhs.output_field.get_internal_type()
            least, most = connection.ops.integer_field_range(kind)
            self.rhs = [one for one in self.rhs if not isinstance(one, int) or least <= one <= most]
        return super().process_rhs(compiler, connection)
