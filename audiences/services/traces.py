"""Where anybody has named a person: found by how they may be spelled, and replaced."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from django.db import IntegrityError, models, transaction
from django.db.models import JSONField, Model, QuerySet

from audiences.services import hints, signs
from audiences.services.personal_data import Person
from audiences.services.signs import Sign

ERASED = "[erased]"
# SQLite takes a limited number of parameters.
_AT_ONCE = 500


@dataclass(frozen=True)
class Traces:
    """What names some people, or one under several names."""

    signs: tuple[Sign, ...]

    @classmethod
    def of_addresses(cls, people: Iterable[Person]) -> Self:
        return cls(tuple(sign for one in people for sign in signs.of_addresses(one)))

    @classmethod
    def in_their_own(cls, people: Iterable[Person]) -> Self:
        """Also by name: for rows that are about these people, where a single word is enough."""
        people = list(people)
        return cls.of_addresses(people).with_names(one.name for one in people)

    def with_names(self, names: Iterable[str]) -> Self:
        named = [sign for name in names if name.strip() for sign in signs.of_name(name)]
        return type(self)((*self.signs, *named))

    def scrub(self, rows: QuerySet[Any], *fields: str) -> int:
        """Take the people out of these fields; returns in how many rows they were named."""
        if not (self.signs and fields):
            return 0
        named = hints.naming(rows, fields, hints=self._hints, expression=self._searched)
        # Not row by row from a cursor: those PostgreSQL fills with one of its processes only.
        found, changed = list(named.order_by().values_list("pk", flat=True)), 0
        for start in range(0, len(found), _AT_ONCE):
            some = rows.filter(pk__in=found[start : start + _AT_ONCE])
            changed += sum(self._scrub_row(row, fields) for row in some.only("pk", *fields))
        return changed

    def without(self, value: Any) -> Any:
        """A text, or whatever JSON can hold, without these people."""
        match value:
            case str():
                return self._pattern.sub(ERASED, value)
            case list():
                return [self.without(one) for one in value]
            case dict():
                return {self.without(key): self.without(one) for key, one in value.items()}
            case int() if self._pattern.search(str(value)):
                return ERASED
        return value

    def _scrub_row(self, row: Model, fields: Iterable[str]) -> bool:
        changes = {}
        for name in fields:
            before, field = getattr(row, name), row._meta.get_field(name)
            is_json = isinstance(field, JSONField)
            after = self.without(before) if is_json else self._without(str(before))
            if after != before:
                changes[name] = after if is_json else after[: _length(field)]
        if changes:
            _write(row, changes)
        return bool(changes)

    def _without(self, text: str) -> str:
        """The admin's log keeps JSON in a text, with letters escaped."""
        if text[:1] in ("[", "{"):
            try:
                return json.dumps(self.without(json.loads(text)))
            except ValueError:
                pass
        return str(self.without(text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest_first = sorted((sign.whole for sign in self.signs), key=len, reverse=True)
        return re.compile("|".join(longest_first), re.IGNORECASE)

    @cached_property
    def _hints(self) -> set[str]:
        return {sign.hint for sign in self.signs if sign.hint}

    @cached_property
    def _searched(self) -> str:
        return "|".join(sorted({sign.searched for sign in self.signs if not sign.hint}))


def _length(field: Any) -> int | None:
    return getattr(field, "max_length", None)


def _write(row: Model, changes: dict[str, Any]) -> None:
    """Past what a model's own save() sees to: nothing has happened to the row."""
    mine = type(row)._base_manager.filter(pk=row.pk)
    try:
        with transaction.atomic():
            mine.update(**changes)
    except IntegrityError:
        # Unique, and another row has lost the same name before.
        mine.update(**{name: _numbered(row, name, value) for name, value in changes.items()})


def _numbered(row: Model, name: str, value: Any) -> Any:
    field: models.Field[Any, Any] = row._meta.get_field(name)  # type: ignore[assignment]
    if isinstance(field, JSONField):
        return value
    number = f" {row.pk}"
    return value[: (_length(field) or len(value) + len(number)) - len(number)] + number
