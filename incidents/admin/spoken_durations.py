"""Durations are words; Python would write “3 days, 0:00:00”, in English, and read 4 as seconds.

Lists of names are words, too, where they cannot be edited.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.db import models
from django.http import HttpRequest

from incidents import durations
from incidents.admin.duration_field import DurationField, DurationWidget
from incidents.services.plan_document import PLAN, STEP

_LISTS = {(one.model, one.attribute): one.kind for one in (*PLAN, *STEP) if one.is_list}


class SpokenDurationsMixin:
    """For a ModelAdmin or an inline: takes its durations as people write them, and says them in
    words where they cannot be edited."""

    def formfield_for_dbfield(
        self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any
    ) -> Any:
        if isinstance(db_field, models.DurationField):
            kwargs |= {"form_class": DurationField, "widget": DurationWidget}
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Sequence[Any]:
        given: Sequence[Any] = super().get_readonly_fields(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return given
        model: type[models.Model] = self.model  # type: ignore[attr-defined]
        return (*given, *(spoken(model, name) for name in _unspoken(model)))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        given: list[Any] = super().get_fieldsets(request, obj)  # type: ignore[misc]
        if obj is None or self.has_change_permission(request, obj):  # type: ignore[attr-defined]
            return given
        model: type[models.Model] = self.model  # type: ignore[attr-defined]
        return [
            (title, {**options, "fields": [_in_words(model, one) for one in options["fields"]]})
            for title, options in given
        ]


def _in_words(model: type[models.Model], name: Any) -> Any:
    if isinstance(name, Sequence) and not isinstance(name, str):
        return tuple(_in_words(model, one) for one in name)
    return spoken(model, name) if name in _unspoken(model) else name


def _unspoken(model: type[models.Model]) -> list[str]:
    return [
        field.name
        for field in model._meta.fields
        if isinstance(field, models.DurationField) or (model, field.name) in _LISTS
    ]


@cache
def spoken(model: type[models.Model], name: str) -> Callable[[models.Model], str | None]:
    """A column or a field to look at, named and sorted like the one of the model."""

    def shown(instance: models.Model) -> str | None:
        value = getattr(instance, name)
        if kind := _LISTS.get((model, name)):
            names: str = kind.speak(value)
            return names
        return None if value is None else durations.spoken(value)

    shown.__name__ = name
    shown.short_description = model._meta.get_field(name).verbose_name  # type: ignore[attr-defined, union-attr]
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown
