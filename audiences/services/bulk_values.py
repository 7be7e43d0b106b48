"""One value for many rows at once, with a line in the history of each that changed."""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext as _


def put(model: type[models.Model], ids: Sequence[int], by: User, **values: Any) -> int:
    """Returns how many changed: of the others it was so already."""
    rows = model._default_manager
    others = rows.filter(pk__in=ids).exclude(**values)
    changed = set(others.values_list("pk", flat=True))
    rows.filter(pk__in=changed).update(**values)
    said = (_said(model._meta.get_field(name), value) for name, value in values.items())
    note(model, changed, by, ", ".join(said))
    return len(changed)


def note(model: type[models.Model], changed: Collection[int], by: User, message: str) -> None:
    if changed:
        LogEntry.objects.log_actions(
            user_id=by.pk,
            queryset=model._default_manager.filter(pk__in=changed),
            action_flag=CHANGE,
            change_message=message,
        )


def _said(field: Any, value: Any) -> str:
    shown = _("yes") if value is True else dict(field.flatchoices).get(value, value)
    return f"{field.verbose_name}: {shown or '–'}"
