"""Segment rules: {"all"|"any": [condition, …]}, {"not": rule}; a condition is
{"field": "account.tier", "equals": "key"} or {"field": …, "one_of": […]}."""

import re
from typing import Any

from django.db.models import Q
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
        case {"field": str(field), "equals": str() | int() | bool() as value, **rest} if not rest:
            return Q(**{_lookup(field): value})
        case {"field": str(field), "one_of": list(values), **rest} if values and not rest:
            return Q(**{f"{_lookup(field)}__in": values})
    raise InvalidRule(_("Not understood: %(part)s") % {"part": str(rule)[:200]})


def _lookup(field: str) -> str:
    if field in FIELDS:
        return FIELDS[field]
    if attribute := ATTRIBUTE.fullmatch(field):
        return f"attributes__{attribute.group(1)}"
    raise InvalidRule(
        _("Unknown field: %(field)s. Known are %(known)s and attributes.NAME.")
        % {"field": field, "known": ", ".join(FIELDS)}
    )
