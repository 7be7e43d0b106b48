"""JSON as somebody types it, however odd."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext_lazy as _


class TypedJSONField(forms.JSONField):
    """Refuses also what Python's own reader stumbles over: a number of 5,000 digits, or a thousand
    brackets."""

    unusable = _("This text cannot be used.")

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(str(self.unusable)) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        # Shown again as it was typed; reading it once more would stumble once more.
        if self.disabled:
            return initial
        return None if data is None else InvalidJSONInput(data)
