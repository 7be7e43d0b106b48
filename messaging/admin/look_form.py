"""With whose eyes a message is looked at: a person, a member of a segment, or anybody."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.models import Channel, Contact, Detail, Segment, Subscription


@dataclass(frozen=True)
class Asked:
    """Empty is what the reader gets by themselves."""

    language: str = ""
    detail: str = ""
    channel: str = ""
    contact: Contact | None = None
    segment: Segment | None = None


_AS_THEY_GET_IT = ("", _("as they get it"))


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[_AS_THEY_GET_IT, *choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )


def _search(label: Any, name: str, model: Any) -> forms.ModelChoiceField[Any]:
    return forms.ModelChoiceField(
        label=label,
        queryset=model.objects.all(),
        required=False,
        widget=AutocompleteSelect(
            Subscription._meta.get_field(name),
            admin.site,
            attrs={"class": "unfold-admin-autocomplete"},
        ),
    )


class ReaderForm(forms.Form):
    contact = _search(_("Person"), "contact", Contact)
    segment = _search(_("Or a member of"), "segment", Segment)
    language = _choice(_("Language"), settings.LANGUAGES)
    detail = _choice(_("Detail level"), Detail.choices)
    channel = _choice(_("Channel"), Channel.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("contact", "segment"):
            if not user.has_perm(f"audiences.view_{name}"):
                del self.fields[name]

    def asked(self) -> "Asked":
        """What was chosen, as far as it exists."""
        self.is_valid()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value})
