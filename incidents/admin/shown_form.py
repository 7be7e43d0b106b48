"""A page on which somebody writes is open for minutes: others go on meanwhile.

What was not changed on it is as it is by then; what others have changed, too, is asked about once.
"""

import json
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _


class ShownForm(forms.Form):
    """Sends along marks of what stood there when it was opened."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].initial = self._marks
        self.touched: set[str] = set()

    def as_it_is(self) -> Mapping[str, Any]:
        """What its fields are about, as it is now, by their names."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        now = self.as_it_is()
        then = {name: _mark(value) for name, value in now.items()} | self._read()
        for name in now.keys() & cleaned.keys():
            if _mark(cleaned[name]) == then[name]:
                cleaned[name] = now[name]
            else:
                self.touched.add(name)
        for name in self.touched:
            if _mark(now[name]) not in (then[name], _mark(cleaned[name])):
                self._ask(name, now[name])
        return cleaned

    def _ask(self, name: str, now: Any) -> None:
        """Sent once more, it has been seen."""
        words = _(
            "Somebody has changed this since you opened the page. It reads now: “%(now)s”. Nothing"
            " was sent: take that over, or send yours once more to put it in its place."
        )
        self.add_error(name, words % {"now": self._read_out(name, now)})
        data: Any = self.data
        data = data.copy()
        data["shown"] = self._marks()
        self.data = data

    def _read_out(self, name: str, value: Any) -> str:
        if isinstance(value, dict):
            return " · ".join(text for text in value.values() if text) or "–"
        field: Any = self.fields[name]
        return str(dict(field.choices)[value])

    def _read(self) -> dict[str, str]:
        """What the page showed; of what it says nothing about, it showed what is there now."""
        try:
            marks = json.loads(self.cleaned_data.get("shown") or "{}")
        except ValueError:
            return {}
        return marks if isinstance(marks, dict) else {}

    def _marks(self) -> str:
        return json.dumps({name: _mark(value) for name, value in self.as_it_is().items()})


def _mark(value: Any) -> str:
    """The same for what looks the same: a browser sends other line breaks than those stored."""
    if isinstance(value, dict):
        lines = {code: text.strip().splitlines() for code, text in value.items()}
        value = sorted((code, said) for code, said in lines.items() if said)
    return salted_hmac("incidents.shown_form", repr(value)).hexdigest()[:12]
