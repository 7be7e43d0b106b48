"""What is shown on an object's page below its own fields; the apps above put theirs there, too."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.template.loader import render_to_string

from audiences.models import Contact

# What a template needs to know; None where this user may not see it.
Show = Callable[[HttpRequest, Any], Mapping[str, Any] | None]

_panels: dict[type[Model], dict[str, Show]] = defaultdict(dict)


def register(template: str, show: Show, *, below: type[Model] = Contact) -> None:
    """Put a template below the object's fields, after those that are there already."""
    _panels[below][template] = show


def shown(request: HttpRequest, instance: Model) -> list[str]:
    panels: list[str] = []
    name = str(instance._meta.model_name)
    for template, show in _panels[type(instance)].items():
        context = show(request, instance)
        if context is not None:
            panels.append(render_to_string(template, {**context, name: instance}, request))
    return panels


class PanelsMixin:
    """For a ModelAdmin: what was registered for its model stands below the fields."""

    change_form_outer_after_template = "admin/audiences/panels.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        one = self.get_object(request, object_id) if object_id else None  # type: ignore[attr-defined]
        below = shown(request, one) if one and request.method == "GET" else []
        context = {**(extra_context or {}), "panels": below}
        return super().changeform_view(request, object_id, form_url, context)  # type: ignore[misc]
