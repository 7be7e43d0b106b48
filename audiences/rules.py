"""Segment rules: {"all"|"any": [condition, …]}, {"not": rule}; a condition is
{"field": "account.tier", "equals": "key"} or {"field": …, "one_of": […]}."""

import re
from collections.abc import Mapping
from typing import Any

from django.db.models import Case, Q, When
from django.db.models.fields.json import KeyTransform, KeyTransformIn
from django.utils.translation import gettext as _

FIELDS = {
    "language": "language",
    "time_zone": "time_zone",
    "account.name": "account__name",
    "account.kind": "account__kind",
    "account.tier": "account__tier",
    "account.external_id": "account__external_id",
}
ATTRIBUTE = re.compile(r"attributes\.([a-zA-Z0-9]+(?:_[a-zA-Z0-9]+)*)")
MAX_DEPTH = 5


class InvalidRule(ValueError):
    """The rule cannot be understood; the message says where."""


def compile(rule: Any, depth: int = 0) -> Q:
    """Turn a rule into one condition on contacts; an empty rule names nobody.

    :raises InvalidRule: unknown field, operator or shape.
    """
    if depth > MAX_DEPTH:
        raise InvalidRule(_("The rule is nested too deeply."))
    match rule:
        case {} if not rule:
            return Q(pk__in=[])
        case {"all": list(parts), **rest} if parts and not rest:
            return Q(*(compile(part, depth + 1) for part in parts))
        case {"any": list(parts), **rest} if parts and not rest:
            return Q(*(compile(part, depth + 1) for part in parts), _connector=Q.OR)
        case {"not": dict(part), **rest} if not rest:
            return ~compile(part, depth + 1)
        case {"field": str(field), **test} if values := _values(test):
            return _condition(field, values)
    raise InvalidRule(_("Not understood: %(part)s") % {"part": str(rule)[:200]})


def _values(test: Mapping[Any, Any]) -> list[str | float]:
    """What a field is compared with; nothing where that is not understood."""
    match test:
        case {"equals": value, **rest} if not rest:
            values = [value]
        case {"one_of": list(values), **rest} if not rest:
            pass
        case _:
            return []
    are_plain = all(isinstance(value, str | int | float) for value in values)
    return values if are_plain else []


def _condition(field: str, values: list[str | float]) -> Q:
    if field in FIELDS:
        return Q(**{f"{FIELDS[field]}__in": values})
    if attribute := ATTRIBUTE.fullmatch(field):
        # Said outright: `attributes__contains=…` would be read as a lookup, not as a name.
        is_one = KeyTransformIn(KeyTransform(attribute.group(1), "attributes"), values)
        # Who lacks the attribute is told apart too: "not" would lose them to SQL's unknown.
        return Q(Case(When(is_one, then=True), default=False))
    raise InvalidRule(
        _("Unknown field: %(field)s. Known are %(known)s and attributes.NAME.")
        % {"field": field, "known": ", ".join(FIELDS)}
    )
