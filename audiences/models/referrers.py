"""What refers to a row, in any app, however it was declared there."""

from collections.abc import Iterator
from typing import Any

from django.db import models


def of(row: models.Model, *, but: type[models.Model]) -> Iterator[str]:
    """The names of the kinds of rows that do, `but` for one of them."""
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model is but:
            continue
        model: Any = relation.related_model
        # Of a table that only joins two, the one on the other side.
        named = model._meta.auto_created or model
        if model._base_manager.filter(**{relation.field.name: row}).exists():
            yield str(named._meta.verbose_name_plural)
