"""An attribute of a profile as the database sees it: alike on PostgreSQL and on SQLite.

Files bring texts, people type numbers and yes or no. A text "5" and a number 5 are taken for the
same thing; null, lists and objects for nothing.
"""

from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    FloatField,
    Func,
    Lookup,
    Q,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, Substr
from django.db.models.lookups import Regex

# What PostgreSQL can cast without an error, and both print alike.
_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$"
_GERMAN_DAY = r"^[0-9]{2}\.[0-9]{2}\.[0-9]{4}$"


class AttributeText(Func):
    """A text as it is, a number by its digits, yes and no as "true" and "false"; or unknown."""

    output_field = TextField()

    def __init__(self, name: str) -> None:
        super().__init__("attributes")
        self.name = name

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        kinds = "('string', 'number', 'boolean')"
        # Said to be a text: for a number -> would count the elements of a list.
        name = "%s::text"
        sql = (
            f"(CASE WHEN jsonb_typeof({column} -> {name}) IN {kinds} THEN {column} ->> {name} END)"
        )
        return sql, (*params, self.name) * 2

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> tuple[str, Any]:
        column, params = compiler.compile(self.source_expressions[0])
        sql = (
            f"(CASE JSON_TYPE({column}, %s) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
            f" WHEN 'null' THEN NULL WHEN 'array' THEN NULL WHEN 'object' THEN NULL"
            f" ELSE CAST(JSON_EXTRACT({column}, %s) AS TEXT) END)"
        )
        return sql, (*params, f'$."{self.name}"') * 2


def number(name: str) -> Case:
    """Its number, also where it is written as a text; or unknown."""
    text = AttributeText(name)
    return Case(
        When(Regex(text, _NUMBER), then=Cast(text, FloatField())), output_field=FloatField()
    )


def day(name: str) -> Case:
    """Its date as 2026-01-31, also of 31.01.2026 and of a moment; or unknown."""
    text = AttributeText(name)
    turned = Concat(
        *(Substr(text, 7, 4), Value("-"), Substr(text, 4, 2), Value("-"), Substr(text, 1, 2)),
        output_field=TextField(),
    )
    return Case(
        When(Regex(text, _DAY), then=Substr(text, 1, 10)),
        When(Regex(text, _GERMAN_DAY), then=turned),
        output_field=CharField(),
    )


def holds(comparison: "Lookup[Any]") -> Q:
    """True or false, never unknown: "not" would lose those who lack the attribute."""
    return Q(Coalesce(comparison, Value(False), output_field=BooleanField()))
