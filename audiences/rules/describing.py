"""A rule as a sentence: “Language is German and account tier is key account”."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audiences.rules import dates, fields
from audiences.rules.parsing import parse
from audiences.rules.tree import All, AnyOf, InSegment, Leaf, Node, Not, Test, Uses

Names = Mapping[str, str]


def describe(rule: Any, *, segments: Names | None = None) -> str:
    """What the rule says, in the current language; "" for an empty one.

    `segments` are the names of segments by slug, as far as they are known.

    :raises InvalidRule: see parse().
    """
    node = parse(rule)
    if node is None:
        return ""
    return capital(sentence(node, segments or {}))


def capital(said: str) -> str:
    """As a sentence begins."""
    return said[:1].upper() + said[1:]


def sentence(node: Node, segments: Names) -> str:
    match node:
        case All(parts):
            return _(" and ").join(_inside(part, segments) for part in parts)
        case AnyOf(parts):
            return _(" or ").join(_inside(part, segments) for part in parts)
        case Not(part):
            return _denied(part, segments)
        case leaf:
            return _leaf(leaf, segments, is_denied=False)


def _denied(part: Node, segments: Names) -> str:
    if isinstance(part, All | AnyOf | Not):
        return _("not (%(condition)s)") % {"condition": sentence(part, segments)}
    return _leaf(part, segments, is_denied=True)


def _inside(part: Node, segments: Names) -> str:
    said = sentence(part, segments)
    return f"({said})" if isinstance(part, All | AnyOf) and len(part.parts) > 1 else said


def _leaf(leaf: Leaf, segments: Names, *, is_denied: bool) -> str:
    match leaf:
        case Uses(component):
            words = {"component": component}
            return (
                _("the account does not use “%(component)s”") % words
                if is_denied
                else _("the account uses “%(component)s”") % words
            )
        case InSegment(slug):
            words = {"segment": segments.get(slug, slug)}
            return (
                _("is not in the segment “%(segment)s”") % words
                if is_denied
                else _("is in the segment “%(segment)s”") % words
            )
        case Test():
            said = _negative(leaf) if is_denied else _positive(leaf)
            return said % {"field": fields.label(leaf.field), "value": _values(leaf)}


def _positive(test: Test) -> str:
    return {
        "equals": _("%(field)s is %(value)s"),
        "one_of": _("%(field)s is %(value)s"),
        "contains": _("%(field)s contains %(value)s"),
        "exists": _("%(field)s is known"),
        "before": _("%(field)s is before %(value)s"),
        "after": _("%(field)s is after %(value)s"),
        "less": _("%(field)s is less than %(value)s"),
        "more": _("%(field)s is more than %(value)s"),
    }[test.operator]


def _negative(test: Test) -> str:
    return {
        "equals": _("%(field)s is not %(value)s"),
        "one_of": _("%(field)s is not %(value)s"),
        "contains": _("%(field)s does not contain %(value)s"),
        "exists": _("%(field)s is not known"),
        "before": _("%(field)s is not before %(value)s"),
        "after": _("%(field)s is not after %(value)s"),
        "less": _("%(field)s is not less than %(value)s"),
        "more": _("%(field)s is not more than %(value)s"),
    }[test.operator]


def _values(test: Test) -> str:
    if test.operator in ("before", "after"):
        return _day(str(test.values[0]))
    said = [_value(test.field, value) for value in test.values]
    return _(" or ").join((", ".join(said[:-1]), said[-1])) if len(said) > 1 else said[0]


def _value(field: str, value: object) -> str:
    if not isinstance(value, bool) and isinstance(value, int | float):
        return formats.number_format(value)
    label = fields.value_label(field, value)
    has_words = isinstance(value, bool) or (
        field in fields.COLUMNS and fields.COLUMNS[field].choices
    )
    return label if has_words else _("“%(text)s”") % {"text": value}


def _day(text: str) -> str:
    match dates.offset(text):
        case None:
            return formats.date_format(dates.resolve(text, today=date.min), "DATE_FORMAT")
        case 0:
            return _("today")
        case int(days) if days < 0:
            return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}
        case int(days):
            return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
