"""Colleagues are chosen by the names that everything else shows, and the one they log in by."""

from typing import Any

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.models import User

from audiences.colleagues import named


class ColleagueField(forms.ModelChoiceField[User]):
    def label_from_instance(self, obj: User) -> str:
        return named(obj)


class SearchView(AutocompleteJsonView):
    """What pickers find while somebody types."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        found = super().serialize_result(obj, to_field_name)
        return {**found, "text": named(obj)} if isinstance(obj, User) else found
