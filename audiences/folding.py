"""How names are compared: whatever their case and spacing, and however Unicode writes an accent.

Python does it for both databases: SQLite folds ASCII alone, PostgreSQL by the locale it was made
with.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models


def folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def folded_rest(name: str) -> str:
    """What follows the first word; of one word, itself."""
    whole = folded(name)
    return whole.partition(" ")[2] or whole


class FoldedField(models.CharField[str, str]):
    """What `by` makes of another column of the same row, as soon as it is saved.

    A statement that writes the column itself, past the model, names this one too.
    """

    def __init__(
        self, *args: Any, source: str, by: Callable[[str], str] = folded, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"editable": False, **kwargs})
        self.source, self.by = source, by

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source, "by": self.by}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, value)
        return value

    def of(self, text: str) -> str:
        """A letter may become several, and a column is only so wide."""
        return self.by(text)[: self.max_length]
