"""A page may be old when it is saved: somebody else, or the person themselves, was there since.

What was not changed on it is not written, and nothing is written over what it did not show.
"""

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.models import model_to_dict
from django.utils.translation import gettext


class AsShownMixin:
    """For a ModelForm, saved inside a transaction: sends along what it showed, and looks at it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        form: Any = self
        self.shown = tuple(form.fields) if form.instance.pk else ()
        for name in self.shown:
            form.fields[name].show_hidden_initial = True
        if form.is_bound and self.shown:
            # A moment is sent as two fields; Django looks for the one to show the first value again
            # beside an error, and would take what was typed for it.
            form.data = form.data.copy()
            for name in self.shown:
                several = issubclass(form.fields[name].hidden_widget, forms.MultipleHiddenInput)
                form.data.setlistdefault(form.add_initial_prefix(name), [] if several else [""])

    def clean(self) -> dict[str, Any]:
        form: Any = self
        given: dict[str, Any] = super().clean() or form.cleaned_data  # type: ignore[misc]
        if not self.shown:
            return given
        rows = type(form.instance)._base_manager.select_for_update()
        try:
            form.instance.refresh_from_db(from_queryset=rows)
        except type(form.instance).DoesNotExist:
            form.add_error(None, outdated())
            return given
        now = model_to_dict(form.instance, fields=self.shown)
        for name in now.keys() & given.keys():
            if name not in form.changed_data:
                # What it has many of is a list there, and a manager on the row.
                is_many = isinstance(now[name], list)
                given[name] = now[name] if is_many else getattr(form.instance, name)
            elif self._is_outdated(form, name, now[name]):
                form.add_error(name, outdated())
        return given

    def is_changed_since(self, name: str, now: Any) -> bool:
        """Whether it is not what the page showed."""
        form: Any = self
        field: forms.Field = form.fields[name]
        shown = form._widget_data_value(field.hidden_widget(), form.add_initial_prefix(name))
        return field.has_changed(_typeable(now), _typeable(shown))

    def _is_outdated(self, form: Any, name: str, now: Any) -> bool:
        """Whether it is neither what the page showed nor what is wanted."""
        field: forms.Field = form.fields[name]
        is_wanted = not field.has_changed(_typeable(now), _typeable(form[name].data))
        return self.is_changed_since(name, now) and not is_wanted


class RowsAsShown(forms.BaseInlineFormSet[Any, Any, Any]):
    """Rows that are gone since are not shown any more: the table as a whole says so."""

    def clean(self) -> None:
        super().clean()
        if any(not row.instance.pk for row in self.initial_forms):
            raise ValidationError(outdated())


def outdated() -> str:
    return gettext(
        "This has changed since you opened the page: nothing was saved. Open it anew to see what"
        " holds now."
    )


def _typeable(value: Any) -> Any:
    """Nobody types microseconds, and a browser sends line breaks of its own."""
    if isinstance(value, dict):
        return {name: _typeable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_typeable(one) for one in value]
    if isinstance(value, str):
        return value.replace("\r\n", "\n").strip()
    return value.replace(microsecond=0) if isinstance(value, datetime | time) else value
