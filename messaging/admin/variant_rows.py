"""The variants on a template's page: what somebody edited meanwhile is not deleted unasked."""

from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext

from audiences.admin.as_shown import RowsAsShown, outdated
from audiences.admin.moments import brief
from audiences.colleagues import called
from messaging.models import TemplateRevision


class VariantRows(RowsAsShown):
    def clean(self) -> None:
        super().clean()
        deleted = [row for row in self.initial_forms if row["DELETE"].data]
        if complaints := [words for row in deleted if (words := _edited_since(row))]:
            raise ValidationError(complaints)


def _edited_since(row: Any) -> str:
    """Who has edited it, in words; then the row shows what they wrote, and is asked about anew."""
    found = type(row.instance).objects.filter(pk=row.instance.pk).first()
    if found is None:
        return ""  # It is gone already.
    now = model_to_dict(found, fields=row.shown)
    if not any(row.is_changed_since(name, value) for name, value in now.items()):
        return ""
    for name, value in now.items():
        row.data[row.add_prefix(name)] = row.data[row.add_initial_prefix(name)] = value
    row.data.pop(row.add_prefix("DELETE"), None)
    last = TemplateRevision.objects.filter(variant=found).order_by("replaced_at", "pk").last()
    if last is None or last.replaced_by is None:
        return outdated()
    words = gettext(
        "%(variant)s: %(name)s has edited these words (%(at)s). Nothing was saved or deleted. You"
        " see them as they are now; choose “Delete” once more if they may go."
    )
    by = last.replaced_by
    name = called(by)
    return words % {"variant": found, "name": name, "at": brief(last.replaced_at, timezone.now())}
