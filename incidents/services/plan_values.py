"""How each kind of value of a plan is written in a file, read from it, and said to a person.

A value is what the database holds, but for references: these are the slugs and user names that
people know. Reading one raises Wrong, whose message says what would be right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from audiences import bounds, languages
from incidents import durations

EMPTY = "–"
_KNOWN_NAMES_SHOWN = 30


class Wrong(ValueError):
    """The value cannot be used; the message says why."""


@dataclass(frozen=True)
class Text:
    """One text; a file may give it per language, then the one of `language` counts."""

    limit: int = 10_000

    def read(self, raw: Any, language: str) -> str:
        if isinstance(raw, dict):
            raw = languages.pick(TEXTS.read(raw, language), language)
        if not isinstance(raw, str):
            raise Wrong(_("must be a text"))
        if len(raw) > self.limit:
            raise Wrong(_("must not be longer than %(limit)d characters") % {"limit": self.limit})
        return raw.strip()

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return str(value or EMPTY)


@dataclass(frozen=True)
class Texts:
    """A text per language."""

    def read(self, raw: Any, language: str) -> dict[str, str]:
        if not isinstance(raw, dict) or not all(isinstance(text, str) for text in raw.values()):
            raise Wrong(_("must be a text per language, like {de: …, en: …}"))
        if unknown := [str(code) for code in raw if code not in languages.codes()]:
            raise Wrong(
                _("unknown language %(codes)s; known are %(known)s")
                % {"codes": ", ".join(unknown), "known": ", ".join(languages.codes())}
            )
        return {code: raw[code].strip() for code in languages.codes() if raw.get(code, "").strip()}

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return " · ".join(f"{code}: {text}" for code, text in (value or {}).items()) or EMPTY


TEXTS = Texts()


@dataclass(frozen=True)
class Number:
    limit: int = 32_767

    def read(self, raw: Any, language: str) -> int:
        if not isinstance(raw, int) or isinstance(raw, bool) or not 0 <= raw <= self.limit:
            raise Wrong(_("must be a whole number from 0 to %(limit)d") % {"limit": self.limit})
        return raw

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return EMPTY if value is None else str(value)


@dataclass(frozen=True)
class Truth:
    def read(self, raw: Any, language: str) -> bool:
        if not isinstance(raw, bool):
            raise Wrong(_("must be true or false"))
        return raw

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return _("yes") if value else _("no")


@dataclass(frozen=True)
class Day:
    def read(self, raw: Any, language: str) -> date:
        if isinstance(raw, str):
            raise Wrong(_("must be a day like 2027-03-31, written without quotes"))
        if type(raw) is not date:
            raise Wrong(_("must be a day like 2027-03-31"))
        try:
            bounds.within_reach(raw)
        except ValidationError as error:
            raise Wrong(error.message) from error
        return raw

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return date_format(value) if value else EMPTY


@dataclass(frozen=True)
class Duration:
    def read(self, raw: Any, language: str) -> timedelta:
        if not isinstance(raw, str):
            raise Wrong(_("must be a duration like 15 min, 2 h, 3 days or -1 h"))
        try:
            return durations.parse(raw)
        except durations.NoDuration as error:
            raise Wrong(str(error)) from error

    def write(self, value: Any) -> Any:
        return None if value is None else durations.write(value)

    def speak(self, value: Any) -> str:
        if value is None:
            return EMPTY
        sign = "−" if value < timedelta(0) else ""
        return sign + durations.spoken(value)


@dataclass(frozen=True)
class Choice:
    options: type[models.TextChoices]

    def read(self, raw: Any, language: str) -> str:
        if raw not in self.options.values:
            raise Wrong(_("must be one of %(known)s") % {"known": ", ".join(self.options.values)})
        return str(raw)

    def write(self, value: Any) -> Any:
        return str(value)

    def speak(self, value: Any) -> str:
        return str(self.options(value).label) if value else EMPTY


@dataclass(frozen=True)
class OneOf:
    """A name that is known elsewhere; `labels` says what each means."""

    labels: Mapping[str, StrOrPromise]

    def read(self, raw: Any, language: str) -> str:
        if not isinstance(raw, str) or raw not in self.labels:
            raise Wrong(_("must be one of %(known)s") % {"known": ", ".join(self.labels)})
        return raw

    def write(self, value: Any) -> Any:
        return str(value)

    def speak(self, value: Any) -> str:
        return str(self.labels.get(value, value))


@dataclass(frozen=True)
class Reference:
    """A row of another model, by the name people know it by."""

    model: type[models.Model]
    by: str = "slug"

    def read(self, raw: Any, language: str) -> str:
        known = self._names()
        if not isinstance(raw, str) or raw not in known:
            shown = ", ".join(known[:_KNOWN_NAMES_SHOWN]) or EMPTY
            shown += ", …" if len(known) > _KNOWN_NAMES_SHOWN else ""
            raise Wrong(
                _("no %(kind)s “%(name)s”; known are %(known)s")
                % {"kind": self.model._meta.verbose_name, "name": _short(raw), "known": shown}
            )
        return raw

    def write(self, value: Any) -> Any:
        return value

    def speak(self, value: Any) -> str:
        return str(value or EMPTY)

    def row(self, name: str | None) -> Any:
        return self.model._default_manager.get(**{self.by: name}) if name else None

    def name(self, row: Any) -> str | None:
        return getattr(row, self.by) if row else None

    def _names(self) -> list[str]:
        names = self.model._default_manager.order_by(self.by).values_list(self.by, flat=True)
        return list(names)


@dataclass(frozen=True)
class Several:
    """A list of such values, in the order given; `is_ordered` if the order means something."""

    of: Any
    is_ordered: bool = False

    def read(self, raw: Any, language: str) -> list[Any]:
        if not isinstance(raw, list):
            raise Wrong(_("must be a list, like [a, b]"))
        values = [self.of.read(one, language) for one in raw]
        if twice := [str(one) for one in values if values.count(one) > 1]:
            raise Wrong(_("“%(name)s” is there twice") % {"name": twice[0]})
        return values if self.is_ordered else sorted(values)

    def write(self, value: Any) -> Any:
        return [self.of.write(one) for one in value]

    def speak(self, value: Any) -> str:
        return ", ".join(self.of.speak(one) for one in value) or EMPTY


def _short(raw: Any) -> str:
    """What somebody wrote, if that is short; a structure may be a million words long."""
    return str(raw)[:60] if isinstance(raw, str | int | float) else type(raw).__name__
