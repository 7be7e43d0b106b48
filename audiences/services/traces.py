"""Where staff and providers have named a person in words of their own: found by exact matches.

What is spelled otherwise, or only hints at somebody, no software finds reliably.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import phonenumbers
from django.db.models import JSONField, Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

from audiences.models import Channel
from audiences.services.personal_data import Person

ERASED = "[erased]"


@dataclass(frozen=True)
class Traces:
    """The words that name one person."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, person: Person) -> Self:
        """What names them wherever it stands; a single word may be anybody's name, or a thing's."""
        is_telling = len(person.name.split()) > 1
        return cls((*_addresses(person), *([person.name] if is_telling else [])))

    @classmethod
    def in_their_own(cls, person: Person) -> Self:
        """The same for rows that are about this person, where a single word is enough."""
        return cls((*_addresses(person), *([person.name] if person.name else [])))

    def scrub(self, rows: QuerySet[Any], *fields: str) -> int:
        """Take the person out of these fields; returns in how many rows they were named."""
        if not self.words:
            return 0
        named, names = rows, Q()
        for field in fields:
            # As text, whatever the column: a database compares JSON with JSON otherwise.
            named = named.alias(**{f"{field}_text": Cast(field, TextField())})
            for word in self._spelled:
                names |= Q(**{f"{field}_text__icontains": word})
        changed = 0
        for row in named.filter(names).order_by("pk").iterator(chunk_size=500):
            changed += self._scrub_row(row, fields)
        return changed

    def without(self, value: Any) -> Any:
        """A text, or whatever JSON can hold, without the person."""
        match value:
            case str():
                return self._pattern.sub(ERASED, value)
            case list():
                return [self.without(one) for one in value]
            case dict():
                return {self.without(key): self.without(one) for key, one in value.items()}
        return value

    def _scrub_row(self, row: Model, fields: Iterable[str]) -> bool:
        changed = []
        for field in fields:
            before = getattr(row, field)
            is_json = isinstance(row._meta.get_field(field), JSONField)
            after = self.without(before) if is_json else self._without(str(before))
            if after != before:
                setattr(row, field, after)
                changed.append(field)
        if changed:
            row.save(update_fields=changed)
        return bool(changed)

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
        longest_first = sorted(self.words, key=len, reverse=True)
        return re.compile("|".join(map(_whole, longest_first)), re.IGNORECASE)

    @property
    def _spelled(self) -> set[str]:
        """Also as JSON spells them."""
        return {*self.words, *(json.dumps(word)[1:-1] for word in self.words)}


def _whole(word: str) -> str:
    """The word as no part of another: ana@… is not meant by diana@… or by ana@….de."""
    if "@" in word:
        return rf"(?<![\w.+-]){re.escape(word)}(?![\w-]|\.\w)"
    return rf"(?<!\w){re.escape(word)}(?!\w)"


def _addresses(person: Person) -> list[str]:
    words = list(person.addresses.values())
    if number := person.addresses.get(Channel.SMS):
        words += _as_people_write(number)
    return list(dict.fromkeys(words))


def _as_people_write(number: str) -> list[str]:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return []
    forms = phonenumbers.PhoneNumberFormat
    national = phonenumbers.format_number(parsed, forms.NATIONAL)
    international = phonenumbers.format_number(parsed, forms.INTERNATIONAL)
    return [number.removeprefix("+"), international, national, re.sub(r"\D", "", national)]
