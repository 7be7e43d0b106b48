"""How the admin shows a moment: in the current time zone, and saying which one that is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.db import models
from django.utils import formats, timezone
from django.utils.translation import gettext, gettext_lazy
from unfold.decorators import display


def moment(at: datetime | None) -> str:
    """For example "Mon 2 Mar 2026, 13:00 CET"; "" for no moment."""
    if at is None:
        return ""
    # Translators: how a date with time is written, in the letters of Django's date filter.
    return formats.date_format(timezone.localtime(at), gettext("D j M Y, H:i T"))


def brief(at: datetime | None, seen_at: datetime) -> str:
    """The time alone where it is the same day as on the clock one looks at."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    if local.date() == timezone.localtime(seen_at).date():
        return formats.date_format(local, gettext("H:i T"))
    return moment(at)


def column(field: str, description: Any = None) -> Callable[[models.Model], str]:
    """A column of a list that shows a model's moment and sorts by it."""

    @display(
        description=description or gettext_lazy(field.replace("_", " ")),
        ordering=field,
        empty_value="–",
    )
    def show(instance: models.Model) -> str:
        return moment(getattr(instance, field))

    show.__name__ = field
    return cast(Callable[[models.Model], str], show)
