"""What is shown on a contact's page below its own fields; the apps above put theirs there, too."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from audiences.models import Contact

# What a template needs to know; None where this user may not see it.
Show = Callable[[HttpRequest, Contact], Mapping[str, Any] | None]

_panels: dict[str, Show] = {}


def register(template: str, show: Show) -> None:
    """Put a template below the contact's fields, after those that are there already."""
    _panels[template] = show


def shown(request: HttpRequest, contact: Contact) -> list[str]:
    panels: list[str] = []
    for template, show in _panels.items():
        context = show(request, contact)
        if context is not None:
            panels.append(render_to_string(template, {**context, "contact": contact}, request))
    return panels
