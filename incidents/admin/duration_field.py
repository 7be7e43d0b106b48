"""A duration in a form, as people write it and as the file of a plan has it: `4 h`, `15 min`."""

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from incidents import durations

# 4:00 is hours and minutes, as on a clock.
_CLOCK = re.compile(r"(-?)(\d{1,3}):([0-5]\d)")

_DAYS = re.compile(r"(\d+) days?")


class DurationWidget(UnfoldAdminTextInputWidget):
    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"placeholder": _("such as 15 min, 4 h, 3 days"), **(attrs or {})})


class DurationField(forms.DurationField):
    widget = DurationWidget

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, timedelta):
            return value
        # Only a day is called otherwise in another language.
        return _DAYS.sub(lambda found: _days(int(found[1])), durations.write(value))

    def to_python(self, value: Any) -> timedelta | None:
        if value in self.empty_values or isinstance(value, timedelta):
            return value if isinstance(value, timedelta) else None
        try:
            return durations.parse(_CLOCK.sub(r"\1\2 h \3 min", value.strip()))
        except durations.NoDuration as error:
            words = str(error)
            raise ValidationError(f"{words[:1].upper()}{words[1:]}.", code="invalid") from error


def _days(number: int) -> str:
    return durations.spoken(timedelta(days=number))
