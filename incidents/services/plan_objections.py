"""What the models have against a plan's document: each with its place, and all of it at once."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from incidents.models import Plan
from incidents.services import plan_document
from incidents.services.plan_document import LISTS, PLAN, Document, Field, Values

# What a step needs unless it is a task: where “who” could not be read, nobody knows.
_OF_MESSAGES = frozenset({"channels", "statement", "survey", "template"})
# What a version gets when it is stored.
_GIVEN = frozenset({"plan", "version"})


def of(*, document: Document, unread: Collection[str] = ()) -> list[str]:
    """Nothing is stored, and nothing is said of what is at the places that could not be read."""
    found = [*_against(Plan(), PLAN, document.plan, "", unread)]
    for key, (fields, model) in LISTS.items():
        rows = [(f"{key}[{n}]", values) for n, values in enumerate(getattr(document, key), 1)]
        for number, (place, values) in enumerate(rows, 1):
            if not values:
                continue  # It is no row at all.
            found += _against(model(), fields, values, place, unread)
            found += _repeated(model, fields, rows[:number], unread)
    return found


def _against(
    row: Any, fields: Sequence[Field], values: Values, place: str, unread: Collection[str]
) -> Iterator[str]:
    plan_document.assign(fields, row, values)
    keys = {one.attribute: one.key for one in fields}
    unknown = {name for name, key in keys.items() if plan_document.place(place, key) in unread}
    open_ones = unknown | (_OF_MESSAGES if "who" in unknown else frozenset())
    try:
        row.full_clean(exclude=unknown | _GIVEN)
    except ValidationError as error:
        for name, words in error.message_dict.items():
            where = plan_document.place(place, keys[name]) if name in keys else place or "plan"
            yield from (f"{where}: {one}" for one in words if name not in open_ones)


def _repeated(
    model: type[models.Model],
    fields: Sequence[Field],
    rows: Sequence[tuple[str, Values]],
    unread: Collection[str],
) -> Iterator[str]:
    """Whether the last of these rows may be there once in a plan, and is there before."""
    place, _values = rows[-1]
    keys = {one.attribute: one.key for one in fields}
    for constraint in model._meta.constraints:
        if not isinstance(constraint, models.UniqueConstraint):
            continue
        names = [keys[name] for name in constraint.fields if name in keys]
        known = {
            where: [values[name] for name in names]
            for where, values in rows
            if values and not any(plan_document.place(where, one) in unread for one in names)
        }
        if place in known and known.pop(place) in known.values():
            yield f"{place}: {_said(constraint, model)}"


def _said(constraint: models.UniqueConstraint, model: type[models.Model]) -> str:
    """Its own words, or those that Django has for such a constraint without a condition."""
    if constraint.violation_error_message != constraint.default_violation_error_message:
        return str(constraint.get_violation_error_message())
    return model().unique_error_message(model, constraint.fields).messages[0]
