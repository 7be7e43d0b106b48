"""What differs between two versions of a plan, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from audiences import languages
from incidents.services.plan_document import (
    DUTY,
    LEAD_TIME,
    PLAN,
    RHYTHM,
    STEP,
    Document,
    Field,
    Values,
)
from incidents.services.plan_values import EMPTY, Text, Texts


class Change(models.TextChoices):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One line. `item` is the step or row it is about, `label` its value; both may be empty."""

    section: str
    item: str
    change: Change
    label: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        if self.change != Change.CHANGED:
            return f"{self.after or self.before}"
        return f"{self.label}: {self.before} → {self.after}"


def between(before: Document, after: Document) -> list[Difference]:
    """In the order in which one reads a plan: itself, duties, rhythms, lead times, steps."""
    rhythm, lead_time, step = _("Rhythms"), _("Lead times"), _("Steps")
    return [
        *_values(_("Plan"), "", PLAN, before.plan, after.plan),
        *_duties(_("Duties"), before.duties, after.duties),
        *_rows(rhythm, RHYTHM, ("impact", "audience"), before.rhythms, after.rhythms),
        *_rows(lead_time, LEAD_TIME, ("tier",), before.lead_times, after.lead_times),
        *_steps(step, before.steps, after.steps),
    ]


def _values(
    section: str, item: str, fields: Sequence[Field], before: Values, after: Values
) -> Iterator[Difference]:
    for field in fields:
        old, new = before[field.key], after[field.key]
        if old == new:
            continue
        for label, was, becomes in _spoken(field, old, new):
            yield Difference(section, item, Change.CHANGED, label, was, becomes)


def _spoken(field: Field, old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    """A value's label and both its readings; a text in several languages has one per language."""
    if not isinstance(field.kind, Texts):
        yield field.label, field.kind.speak(old), field.kind.speak(new)
        return
    for code in languages.codes():
        was, becomes = old.get(code, ""), new.get(code, "")
        if was != becomes:
            yield f"{field.label} ({code})", was or EMPTY, becomes or EMPTY


def _duties(section: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    if list(before) != list(after):
        old, new = (", ".join(names) or EMPTY for names in (before, after))
        yield Difference(section, "", Change.CHANGED, DUTY.label, old, new)


def _rows(
    section: str,
    fields: Sequence[Field],
    keys: Sequence[str],
    before: Sequence[Values],
    after: Sequence[Values],
) -> Iterator[Difference]:
    """Rows that have a name in some of their values."""
    named = [field for field in fields if field.key in keys]
    (measure,) = (field for field in fields if field.key not in keys)
    old, new = ({_name(named, row): row[measure.key] for row in rows} for rows in (before, after))
    for name in {**old, **new}:
        was, becomes = (measure.kind.speak(values.get(name)) for values in (old, new))
        if name not in new:
            yield Difference(section, name, Change.REMOVED, measure.label, before=f"{name}: {was}")
        elif name not in old:
            added = f"{name}: {becomes}"
            yield Difference(section, name, Change.ADDED, measure.label, after=added)
        elif old[name] != new[name]:
            yield Difference(section, name, Change.CHANGED, measure.label, was, becomes)


def _name(fields: Sequence[Field], row: Values) -> str:
    spoken = [field.kind.speak(row[field.key]) for field in fields if row[field.key]]
    return ", ".join(spoken) or _("everybody")


def _steps(section: str, before: Sequence[Values], after: Sequence[Values]) -> Iterator[Difference]:
    pairs = _pairs(before, after)
    for number, step in enumerate(after):
        if number not in pairs:
            yield Difference(section, step["name"], Change.ADDED, after=_summary(step))
        else:
            yield from _values(section, step["name"], STEP, before[pairs[number]], step)
    for number, step in enumerate(before):
        if number not in pairs.values():
            yield Difference(section, step["name"], Change.REMOVED, before=_summary(step))
    kept = [pairs[number] for number in sorted(pairs)]
    if kept != sorted(kept):
        old, new = (
            ", ".join(steps[number]["name"] for number in order)
            for steps, order in (
                (before, sorted(kept)),
                (after, sorted(pairs)),
            )
        )
        yield Difference(section, "", Change.CHANGED, _("order"), old, new)


def _pairs(before: Sequence[Values], after: Sequence[Values]) -> dict[int, int]:
    """Which step was which: by its name, else by what it does."""
    pairs: dict[int, int] = {}
    for sameness in (("name", "when", "status"), ("name",), ("when", "status", "who", "template")):
        for number, step in enumerate(after):
            free = (other for other in range(len(before)) if other not in pairs.values())
            same = (
                other for other in free if all(before[other][key] == step[key] for key in sameness)
            )
            if number not in pairs and (found := next(same, None)) is not None:
                pairs[number] = found
    return pairs


def _summary(step: Values) -> str:
    """A step in one line: its values, but for the longest."""
    told = [
        f"{field.label}: {field.kind.speak(step[field.key])}"
        for field in STEP
        if field.key != "name" and not _is_long(field) and step[field.key] != field.default
    ]
    return f"{step['name']} ({'; '.join(told)})"


def _is_long(field: Field) -> bool:
    return isinstance(field.kind, Texts) or field.kind == Text()
