"""What a rule is once it has been understood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from django.utils.translation import gettext as _

Value: TypeAlias = str | float | bool


class InvalidRule(ValueError):
    """The rule cannot be understood; the message says where, and what would be right."""

    def __init__(self, problem: str, *, place: tuple[str, ...] = ()) -> None:
        at = " › ".join(place)
        super().__init__(
            _("At %(place)s: %(problem)s") % {"place": at, "problem": problem} if at else problem
        )


@dataclass(frozen=True)
class Test:
    """A field compared with values; of several, one has to fit."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Uses:
    """The contact's account depends on a component."""

    component: str


@dataclass(frozen=True)
class InSegment:
    slug: str


@dataclass(frozen=True)
class Not:
    part: "Node"


@dataclass(frozen=True)
class All:
    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    parts: tuple["Node", ...]


Leaf: TypeAlias = Test | Uses | InSegment
Node: TypeAlias = All | AnyOf | Not | Leaf


def leaves(node: Node) -> Iterator[Leaf]:
    """The conditions of a rule, in the order they are written."""
    match node:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield node
