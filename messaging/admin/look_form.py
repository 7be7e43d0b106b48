"""With whose eyes a message is looked at: a person, a member of a segment, or anybody."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from audiences.models import Channel, Contact, Detail, Segment, Subscription

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
    contact = _search(_("person"), "contact", Contact)
    segment = _search(_("or a member of"), "segment", Segment)
    language = _choice(_("language"), settings.LANGUAGES)
    detail = _choice(_("detail level"), Detail.choices)
    channel = _choice(_("channel"), Channel.choices)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("contact", "segment"):
            if not user.has_perm(f"audiences.view_{name}"):
                del self.fields[name]

    def asked(self, name: str) -> Any:
        """What was chosen; None where nothing was, or nothing that exists."""
        return (self.cleaned_data.get(name) if self.is_bound and self.is_valid() else None) or None
