"""Colleagues are chosen by the names that everything else shows, and the one they log in by."""

from typing import Any

from django import forms
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.models import User


def named(user: User) -> str:
    """“Mara Lindner (mara)”."""
    name, username = user.get_full_name(), user.get_username()
    return f"{name} ({username})" if name else username


def called(user: User) -> str:
    """“Mara Lindner”, where nobody chooses."""
    return user.get_full_name() or user.get_username()


class ColleagueField(forms.ModelChoiceField[User]):
    def label_from_instance(self, obj: User) -> str:
        return named(obj)


class SearchView(AutocompleteJsonView):
    """What pickers find while somebody types."""

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        found = super().serialize_result(obj, to_field_name)
        return {**found, "text": named(obj)} if isinstance(obj, User) else found
