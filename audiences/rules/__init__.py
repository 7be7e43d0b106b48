"""Segment rules: a tree of conditions on contacts, as JSON.

{"all": [rule, …]}, {"any": [rule, …]}, {"not": rule}; a condition is {"field": name, test: value},
{"uses": component} or {"in_segment": slug}. What a field can be tested for: fields.operators().
"""

from audiences.rules.compiling import World, compile
from audiences.rules.describing import describe
from audiences.rules.parsing import parse
from audiences.rules.references import (
    check_references,
    circle,
    components,
    leading_to,
    missing,
    referenced,
)
from audiences.rules.tree import InvalidRule

__all__ = [
    "InvalidRule",
    "World",
    "check_references",
    "circle",
    "compile",
    "components",
    "describe",
    "leading_to",
    "missing",
    "parse",
    "referenced",
]
