"""Colleagues in lists and their filters, by the names that people call them by."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpRequest

from audiences.colleagues import called, named


class PeopleColumnsMixin:
    """For a ModelAdmin: what stands for somebody in its list says their full name."""

    def get_list_display(self, request: HttpRequest) -> Sequence[Any]:
        given: Sequence[Any] = super().get_list_display(request)  # type: ignore[misc]
        model: type[models.Model] = self.model  # type: ignore[attr-defined]
        return [_column(model, one) if _is_person(model, one) else one for one in given]


class PeopleFilter(admin.RelatedFieldListFilter):
    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        given = super().field_choices(field, request, model_admin)
        people = User.objects.in_bulk([pk for pk, _name in given])
        return [(pk, named(people[pk])) for pk, _name in given if pk in people]


def refers_to_a_person(field: Any) -> bool:
    return isinstance(field, models.ForeignKey) and field.related_model is User


admin.FieldListFilter.register(refers_to_a_person, PeopleFilter, take_priority=True)


def _is_person(model: type[models.Model], name: Any) -> bool:
    try:
        return isinstance(name, str) and refers_to_a_person(model._meta.get_field(name))
    except FieldDoesNotExist:
        return False


@cache
def _column(model: type[models.Model], name: str) -> Callable[[models.Model], str | None]:
    """Named and sorted like the one of the model."""

    def shown(row: models.Model) -> str | None:
        user: User | None = getattr(row, name)
        return called(user) if user else None

    shown.__name__ = name
    shown.short_description = model._meta.get_field(name).verbose_name  # type: ignore[attr-defined, union-attr]
    shown.admin_order_field = name  # type: ignore[attr-defined]
    return shown
