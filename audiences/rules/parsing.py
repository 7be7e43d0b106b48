"""JSON that somebody typed → a tree, or an error that names the place and what would be right."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from audiences.fields import UNSTORABLE
from audiences.rules import dates, fields
from audiences.rules.tree import All, AnyOf, InSegment, InvalidRule, Node, Not, Test, Uses, Value

MAX_DEPTH = 6
MAX_CONDITIONS = 100
MAX_VALUES = 100
MAX_LENGTH = 200
_LARGEST = 1e15

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,80}")

Place = tuple[str, ...]


def parse(rule: Any) -> Node | None:
    """What the rule says; nothing for an empty one.

    :raises InvalidRule: it is not understood, or is larger than a rule may be.
    """
    return None if rule == {} else _Reading().node(rule, ())


@dataclass
class _Reading:
    conditions: int = 0

    def node(self, rule: Any, place: Place) -> Node:
        if len([step for step in place if not step.isdigit()]) > MAX_DEPTH:
            raise InvalidRule(_("The rule is nested too deeply."))
        if not isinstance(rule, Mapping) or not rule:
            raise InvalidRule(
                _("A condition is expected, for example %(example)s.")
                % {"example": '{"field": "language", "equals": "de"}'},
                place=place,
            )
        match dict(rule):
            case {"all": parts, **rest} if not rest:
                return All(self._parts(parts, (*place, "all")))
            case {"any": parts, **rest} if not rest:
                return AnyOf(self._parts(parts, (*place, "any")))
            case {"not": part, **rest} if not rest:
                return Not(self.node(part, (*place, "not")))
            case found:
                return self._condition(found, place)

    def _parts(self, parts: Any, place: Place) -> tuple[Node, ...]:
        if not isinstance(parts, list) or not parts:
            raise InvalidRule(_("A list of at least one condition is expected."), place=place)
        return tuple(
            self.node(part, (*place, str(number))) for number, part in enumerate(parts, start=1)
        )

    def _condition(self, found: Mapping[Any, Any], place: Place) -> Node:
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise InvalidRule(
                _("A rule has at most %(limit)s conditions.") % {"limit": MAX_CONDITIONS}
            )
        match found:
            case {"uses": component, **rest} if not rest:
                return Uses(_slug(component, (*place, "uses")))
            case {"in_segment": slug, **rest} if not rest:
                return InSegment(_slug(slug, (*place, "in_segment")))
            case {"field": field, **tests}:
                return _test(field, tests, place)
        raise InvalidRule(
            _("Not understood: %(keys)s. Known are all, any, not, field, uses and in_segment.")
            % {"keys": ", ".join(_shown(key) for key in found)},
            place=place,
        )


def _shown(value: Any) -> str:
    return UNSTORABLE.sub("�", str(value)[:80])


def _slug(value: Any, place: Place) -> str:
    if isinstance(value, str) and _SLUG.fullmatch(value):
        return value
    raise InvalidRule(
        _("A slug is expected: letters, digits, hyphens and underscores."), place=place
    )


def _test(field: Any, tests: Mapping[Any, Any], place: Place) -> Test:
    known = fields.operators(field) if isinstance(field, str) else ()
    if not known:
        names = {"field": _shown(field), "known": ", ".join(fields.COLUMNS)}
        raise InvalidRule(
            _("Unknown field: %(field)s. Known are %(known)s and attributes.NAME.") % names,
            place=(*place, "field"),
        )
    if len(tests) != 1 or (operator := next(iter(tests))) not in known:
        raise InvalidRule(
            _("%(field)s is tested with exactly one of: %(known)s.")
            % {"field": field, "known": ", ".join(known)},
            place=place,
        )
    inside = (*place, operator)
    values = _READERS.get(operator, _one)(tests[operator], inside)
    if field in fields.COLUMNS:
        values = _of_column(field, values, inside)
    return Test(field, operator, values)


def _of_column(field: str, values: tuple[Value, ...], place: Place) -> tuple[Value, ...]:
    """A column holds texts, and where it has choices, only these."""
    if values == (True,) and place[-1] == "exists":
        return values
    if any(isinstance(value, bool) for value in values):
        raise InvalidRule(_("A text is expected."), place=place)
    texts = tuple(str(value) for value in values)
    choices = fields.COLUMNS[field].choices
    if unknown := [text for text in texts if choices and text not in choices]:
        raise InvalidRule(
            _("“%(value)s” is not offered. Known are %(known)s.")
            % {"value": unknown[0], "known": ", ".join(choices)},
            place=place,
        )
    return texts


def _value(value: Any, place: Place) -> Value:
    match value:
        case bool():
            return value
        case int() | float() if abs(value) <= _LARGEST and math.isfinite(value):
            return value
        case str() if 0 < len(value) <= MAX_LENGTH and not UNSTORABLE.search(value):
            return value
    raise InvalidRule(
        _("A text of at most %(length)s characters, a number, true or false is expected.")
        % {"length": MAX_LENGTH},
        place=place,
    )


def _one(value: Any, place: Place) -> tuple[Value, ...]:
    return (_value(value, place),)


def _several(values: Any, place: Place) -> tuple[Value, ...]:
    if not isinstance(values, list) or not 0 < len(values) <= MAX_VALUES:
        raise InvalidRule(
            _("A list of 1 to %(limit)s values is expected.") % {"limit": MAX_VALUES}, place=place
        )
    return tuple(
        _value(value, (*place, str(number))) for number, value in enumerate(values, start=1)
    )


def _text(value: Any, place: Place) -> tuple[Value, ...]:
    if isinstance(value, str):
        return _one(value, place)
    raise InvalidRule(_("A text is expected."), place=place)


def _true(value: Any, place: Place) -> tuple[Value, ...]:
    if value is True:
        return (True,)
    raise InvalidRule(_("Only true is possible here; say the opposite with “not”."), place=place)


def _date(value: Any, place: Place) -> tuple[Value, ...]:
    if isinstance(value, str) and dates.is_date(value):
        return (value,)
    raise InvalidRule(
        _("A date is expected: 2026-01-31, “30 days ago”, “in 2 weeks” or “today”."), place=place
    )


def _number(value: Any, place: Place) -> tuple[Value, ...]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _one(value, place)
    raise InvalidRule(_("A number is expected, without quotation marks."), place=place)


_READERS: Mapping[str, Callable[[Any, Place], tuple[Value, ...]]] = {
    "one_of": _several,
    "contains": _text,
    "exists": _true,
    "before": _date,
    "after": _date,
    "less": _number,
    "more": _number,
}
