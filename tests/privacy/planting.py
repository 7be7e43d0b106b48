"""One row of every table there is, with the same words in each of its texts.

A table that comes later is met here by itself. Where a constraint asks for more than the defaults
give, creating its row fails until NEEDED says what.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, models

from audiences.folding import FoldedField
from tests.factories import NOON, UserFactory

HOUR = timedelta(hours=1)
NEEDED: dict[str, dict[str, Any]] = {
    # Others, and companies, may be called the same: their names are theirs.
    "audiences.Contact": {"name": "Somebody else", "email": "else@example.org", "phone": ""},
    "audiences.Account": {"name": "Somebody’s company"},
    # Whom it looks for it must know, until it is over.
    "audiences.Erasure": {"contacts": [], "people": [], "problem": ""},
    "audiences.SupportHours": {"closes_at": "23:00"},
    "feedback.Question": {"kind": "choice"},
    "incidents.PlanStep": {"who": "task"},
    "incidents.Promise": {"due_at": NOON + HOUR},
    "incidents.ScheduleChange": {"new_until": NOON + HOUR},
    "incidents.Blackout": {"ends_at": NOON + HOUR},
    "incidents.OnCallHours": {"closes_at": "23:00"},
}
# It is about one of two things.
_POINTS_TO = {"incidents.Approval": {"update"}}
# Whoever works here has a login of their own.
LEFT_ALONE = {User}
_TEXTS = ("varchar", "text", "char(", "json")
# Kept as text by databases that know no better.
_NO_WORDS = {"UUIDField", "GenericIPAddressField"}
_BY_TYPE: dict[str, Any] = {
    "DateTimeField": NOON,
    "DateField": NOON.date(),
    "TimeField": NOON.time(),
    "DurationField": HOUR,
    "BooleanField": False,
    "CharField": "x",
    "BinaryField": b"",
}


def plant(name: str, mail: str, number: str) -> set[str]:
    """Name somebody in every text of every table; returns where."""
    planter = _Planter([f"{name}, {mail}, {number}", f"{name} {number}", mail, number])
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and model not in LEFT_ALONE:
            planter.row(model)
    return planter.places


class _Planter:
    def __init__(self, words: list[str]) -> None:
        self.words, self.places = words, set[str]()
        self._rows: dict[type[models.Model], models.Model] = {}

    def row(self, model: type[models.Model]) -> models.Model:
        if model not in self._rows:
            needed = NEEDED.get(model._meta.label, {})
            values = dict(needed)
            for field in model._meta.concrete_fields:
                if field.name not in needed:
                    values |= dict(self._value(model, field))
            [self._rows[model]] = model._base_manager.bulk_create([model(**values)])
        return self._rows[model]

    def _value(self, model: type[models.Model], field: Any) -> Iterator[tuple[str, Any]]:
        if field.is_relation:
            if not field.null or field.name in _POINTS_TO.get(model._meta.label, ()):
                yield field.name, self._other(field.remote_field.model)
        elif (words := self._words(field)) is not None:
            self.places.add(f"{model._meta.db_table}.{field.column}")
            yield field.name, words
        elif field.has_default() or field.null or field.generated:
            return
        elif field.choices:
            yield field.name, field.choices[0][0]
        elif not isinstance(field, models.AutoField):
            yield field.name, _BY_TYPE.get(field.get_internal_type(), 1)

    def _other(self, model: type[models.Model]) -> models.Model:
        return UserFactory() if model in LEFT_ALONE else self.row(model)

    def _words(self, field: Any) -> Any:
        """As much of the words as the column takes; None where it takes none of them."""
        is_text = str(field.db_type(connection)).startswith(_TEXTS)
        if (
            not is_text
            or field.get_internal_type() in _NO_WORDS
            or field.choices
            or field.primary_key
            or field.generated
            or isinstance(field, FoldedField)
        ):
            return None
        if isinstance(field, models.JSONField):
            return {"said": [self.words[0]], self.words[0]: {"number": self.words[-1]}}
        length = field.max_length or len(self.words[0])
        return next((words for words in self.words if len(words) <= length), None)
