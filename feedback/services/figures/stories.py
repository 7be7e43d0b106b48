"""What the requests were about, as whoever knows it tells: their occasion, plan, template.

This app knows a request, not what happened. Whoever does takes part here: see `register()`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Group:
    """Answers that belong together; `key` is what a page's address calls it."""

    key: str
    name: str


# For messages, by their number: the group that each belongs to, by the name of the grouping.
Describe = Callable[[Collection[int]], Mapping[int, Mapping[str, Group]]]

# An incident, or a round in which a survey is sent whatever has happened: each request has one.
OCCASION, MESSAGE = "occasion", "message"
# The finest first.
_LABELS: dict[str, Any] = {OCCASION: _("occasion")}
_DESCRIBE: list[Describe] = []


def register(labels: Mapping[str, Any], describe: Describe) -> None:
    """Offer groupings of requests, each by its label; called once, at import.

    What describes also names their `OCCASION`, and the template of a message, as its `MESSAGE`.
    """
    _LABELS.update(labels)
    _DESCRIBE.append(describe)


def labels() -> Mapping[str, Any]:
    return _LABELS


def described(broadcasts: Collection[int]) -> dict[int, dict[str, Group]]:
    """The groups of every message of which somebody knows any, in the order of who describes."""
    found: dict[int, dict[str, Group]] = {}
    for describe in _DESCRIBE:
        for number, groups in describe(broadcasts).items():
            found.setdefault(number, {}).update(groups)
    return found
