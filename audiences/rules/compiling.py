"""A rule as one condition on contacts. Every part of it is true or false, never unknown."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import reduce
from operator import and_, or_
from typing import Any, Protocol

from django.db.models import Expression, Q
from django.db.models.lookups import Exact, GreaterThan, IContains, In, LessThan, Lookup

from audiences.rules import dates, fields
from audiences.rules.attributes import AttributeNumber, AttributeText, IsScalar, is_day, is_true
from audiences.rules.parsing import parse
from audiences.rules.tree import All, AnyOf, InSegment, Leaf, Node, Not, Test, Uses, Value


class World(Protocol):
    """What a rule refers to beside the contact itself."""

    @property
    def today(self) -> date: ...

    def has_account(self, test: Q) -> Q:
        """The condition on contacts to have an account that meets a test."""

    def heard(self, name: str) -> Expression:
        """In which language or time zone a contact hears."""

    def uses(self, component: str) -> Q:
        """The condition on contacts that their account depends on a component."""

    def is_in(self, slug: str) -> Q:
        """The condition on contacts to be in another segment.

        :raises InvalidRule: there is none, or it leads back here.
        """


def compile(rule: Any, *, world: World) -> Q:
    """Turn a rule into one condition on contacts; an empty rule names nobody.

    :raises InvalidRule: see parse(), and World.is_in().
    """
    node = parse(rule)
    return Q(pk__in=[]) if node is None else condition(node, world)


def condition(node: Node, world: World) -> Q:
    match node:
        case All(parts):
            return reduce(and_, (condition(part, world) for part in parts))
        case AnyOf(parts):
            return reduce(or_, (condition(part, world) for part in parts))
        case Not(part):
            return ~condition(part, world)
        case leaf:
            return _leaf(leaf, world)


def _leaf(leaf: Leaf, world: World) -> Q:
    match leaf:
        case Uses(component):
            return world.uses(component)
        case InSegment(slug):
            return world.is_in(slug)
        case Test(field, operator, values) if name := fields.attribute(field):
            return _of_attribute(name, operator, values, world.today)
        case Test(field, operator, values):
            path = fields.COLUMNS[field].path
            if path in fields.HEARD and operator != "exists":
                return _of_text(world.heard(path), operator, values)
            # Looked up among accounts: contacts are many more, and "not" has nothing unknown.
            test = _of_column(path.removeprefix("account__"), operator, values)
            return world.has_account(test) if path.startswith("account__") else test


def _of_column(path: str, operator: str, values: tuple[Value, ...]) -> Q:
    match operator:
        case "contains":
            spellings = (Q(**{f"{path}__icontains": text}) for text in _spellings(str(values[0])))
            return reduce(or_, spellings)
        case "exists":
            return Q(**{f"{path}__gt": ""})
        case _:
            return Q(**{f"{path}__in": values})


def _of_text(text: Expression, operator: str, values: tuple[Value, ...]) -> Q:
    """It is never unknown."""
    match operator:
        case "contains":
            tests = (Q(IContains(text, spelling)) for spelling in _spellings(str(values[0])))
            return reduce(or_, tests)
        case _:
            return Q(_equals(text, list(values)))


def _of_attribute(name: str, operator: str, values: tuple[Value, ...], today: date) -> Q:
    match operator:
        case "contains":
            text = AttributeText(name)
            tests = (IContains(text, spelling) for spelling in _spellings(str(values[0])))
            return reduce(or_, (is_true(test, IsScalar(name)) for test in tests))
        case "exists":
            # Texts alone can be empty.
            return is_true(GreaterThan(AttributeText(name), ""), IsScalar(name))
        case "before":
            return is_day(name, before=_day(values, today))
        case "after":
            return is_day(name, since=_day(values, today, later=1))
        case "less":
            return is_true(LessThan(AttributeNumber(name), float(values[0])))
        case "more":
            return is_true(GreaterThan(AttributeNumber(name), float(values[0])))
        case _:
            return reduce(or_, _is_one_of(name, values))


def _day(values: tuple[Value, ...], today: date, *, later: int = 0) -> str:
    return (dates.resolve(str(values[0]), today=today) + timedelta(days=later)).isoformat()


def _is_one_of(name: str, values: tuple[Value, ...]) -> Iterator[Q]:
    # A bool is a number to Python.
    numbers = [float(value) for value in values if _is_number(value)]
    texts = [_as_text(value) for value in values if not _is_number(value)]
    if numbers:
        yield is_true(_equals(AttributeNumber(name), numbers))
    if texts:
        yield is_true(_equals(AttributeText(name), texts), IsScalar(name))


def _equals(expression: Expression, wanted: list[Any]) -> "Lookup[Any]":
    return Exact(expression, wanted[0]) if len(wanted) == 1 else In(expression, wanted)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spellings(text: str) -> set[str]:
    """SQLite, and PostgreSQL with the locale C, take no Ä for an ä."""
    return {text} if text.isascii() else {text, text.lower(), text.upper(), text.capitalize()}
