"""An attribute of a profile as the database sees it: alike on PostgreSQL and on SQLite.

Files bring texts, people type numbers and yes or no. A text "5" and a number 5 are taken for the
same thing; null, lists and objects for nothing.
"""

import json
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

from django.db.models import (
    BooleanField,
    Expression,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Lookup,
    Q,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce, Concat, Replace, Substr
from django.db.models.lookups import GreaterThanOrEqual, LessThan

# What PostgreSQL can cast without an error. Patterns cost it most, see docs/performance.md.
_NUMBER = r"^-?[0-9]{1,15}(\.[0-9]{1,9})?$"
_LONGEST_NUMBER = 40
_DAY, _DAY_WITH_SLASHES, _WITH_POINTS = "____-__-__%", "____/__/__%", "_%._%.__%"
# What may follow a date with points, as it is written in a table or by a browser.
_TIME = " %:__%"
# How many signs its day, month and year have; of two, the year is one of this century.
_GERMAN_DAYS = tuple(product((2, 1), (2, 1), (4, 2)))
# Digits sort between these in every locale; words can have such a shape as well.
_FIRST, _LAST = "0", "A"

Compiled = tuple[str, tuple[Any, ...]]


class _Attribute(Func):
    def __init__(self, name: str) -> None:
        super().__init__(F("attributes"))
        self.name = name

    def _put(self, template: str, name: str, compiler: Any) -> Compiled:
        column, params = compiler.compile(self.source_expressions[0])
        assert not params, "it is a column"
        return template.replace("{column}", column), (name,) * template.count("%s")

    def _put_postgresql(self, template: str, compiler: Any) -> Compiled:
        # Said to be a text: a number would count the elements of a list.
        typed = template.replace("{name}", "%s::text")
        return self._put(typed, self.name, compiler)

    def _put_sqlite(self, template: str, compiler: Any) -> Compiled:
        # Compared with how it stands in the document, each letter beyond ASCII by its number.
        return self._put(template.replace("{name}", "%s"), f"$.{json.dumps(self.name)}", compiler)


class AttributeText(_Attribute):
    """A text as it is, a number by its digits, yes and no as "true" and "false"; or unknown.

    For null, lists and objects it may be anything: ask IsScalar as well.
    """

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        return self._put_postgresql("({column} ->> {name})", compiler)

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        return self._put_sqlite(
            "(CASE JSON_TYPE({column}, {name}) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
            " ELSE CAST(JSON_EXTRACT({column}, {name}) AS TEXT) END)",
            compiler,
        )


class IsScalar(_Attribute):
    output_field = BooleanField()

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        kinds = "('string', 'number', 'boolean')"
        return self._put_postgresql(f"(jsonb_typeof({{column}} -> {{name}}) IN {kinds})", compiler)

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        kinds = "('text', 'integer', 'real', 'true', 'false')"
        return self._put_sqlite(f"(JSON_TYPE({{column}}, {{name}}) IN {kinds})", compiler)


class AttributeNumber(_Attribute):
    """Its number, also where it is written as a text; or unknown."""

    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        text, number = "({column} ->> {name})", "::double precision"
        # A number of a profile can be larger than what fits.
        return self._put_postgresql(
            f"(CASE jsonb_typeof({{column}} -> {{name}})"
            f" WHEN 'number' THEN CASE WHEN length{text} <= {_LONGEST_NUMBER}"
            f" THEN {text}{number} END"
            f" WHEN 'string' THEN CASE WHEN {text} ~ '{_NUMBER}' THEN {text}{number} END END)",
            compiler,
        )

    def as_sqlite(self, compiler: Any, connection: Any, **_context: Any) -> Compiled:
        value = "JSON_EXTRACT({column}, {name})"
        return self._put_sqlite(
            f"(CASE WHEN JSON_TYPE({{column}}, {{name}}) IN ('integer', 'real')"
            f" THEN CASE WHEN ABS({value}) < 1e{_LONGEST_NUMBER} THEN {value} END"
            f" WHEN JSON_TYPE({{column}}, {{name}}) = 'text'"
            f" THEN CASE WHEN {value} REGEXP '{_NUMBER}' THEN CAST({value} AS REAL) END END)",
            compiler,
        )


class _Like(Func):
    template = "(%(expressions)s)"
    arg_joiner = " LIKE "
    output_field = BooleanField()


def is_day(name: str, *, since: str = _FIRST, before: str = _LAST) -> Q:
    """Whether its date, 2026-01-30 or 30.01.2026 or 30.1.26 or a moment, lies between two days."""
    text = AttributeText(name)
    dashed = _replaced(text, "/", "-")
    # "1. 2. 2024, 08:30"
    dense = _replaced(_replaced(text, ". ", "."), ",", "")
    german = (_is_german_day(dense, one, since, before) for one in _GERMAN_DAYS)
    return (
        _is_between(_Like(text, Value(_DAY)), text, since, before)
        | _is_between(_Like(text, Value(_DAY_WITH_SLASHES)), dashed, since, before)
        | is_true(
            # Two points decide for almost everybody.
            _Like(text, Value(_WITH_POINTS)),
            reduce(or_, german),
        )
    )


def _replaced(text: Expression | Func, sign: str, by: str) -> Replace:
    return Replace(text, Value(sign), Value(by), output_field=TextField())


def _is_between(has_shape: Any, day: Any, since: str, before: str, *more: Any) -> Q:
    return is_true(has_shape, GreaterThanOrEqual(day, since), LessThan(day, before), *more)


def _is_german_day(text: Replace, signs: tuple[int, int, int], since: str, before: str) -> Q:
    """A date that shows its day, month and year by so many signs each, alone or with a time."""
    day, month, year = signs
    shape = f"{'_' * day}.{'_' * month}.{'_' * year}"
    has_shape = Q(_Like(text, Value(shape))) | Q(_Like(text, Value(shape + _TIME)))
    parts = (
        Substr(text, day + month + 3, year),
        Substr(text, day + 2, month),
        Substr(text, 1, day),
    )
    fill = ("20" if year == 2 else "", "-0" if month == 1 else "-", "-0" if day == 1 else "-")
    turned = Concat(
        *(piece for sign, part in zip(fill, parts, strict=True) for piece in (Value(sign), part)),
        output_field=TextField(),
    )
    are_digits = (LessThan(part, _LAST) for part in parts)
    return _is_between(has_shape, turned, since, before, *are_digits)


def is_true(*comparisons: "Lookup[Any] | Expression | Q") -> Q:
    """All of them. True or false, never unknown: "not" would lose those who lack the attribute."""
    together = ExpressionWrapper(Q(*comparisons), output_field=BooleanField())
    return Q(Coalesce(together, Value(False), output_field=BooleanField()))
