"""What can be done to many contacts of the list at once."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import site
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from audiences.admin.bulk import PEOPLE, Bulk, BulkForm
from audiences.models import Channel, Segment, Subscription
from audiences.services import consents, erasure


class ListForm(BulkForm):
    segment = forms.ModelChoiceField(
        label=_("segment"),
        queryset=Segment.objects.in_use(),
        widget=AutocompleteSelect(
            Subscription._meta.get_field("segment"),
            site,
            attrs={"class": "unfold-admin-autocomplete"},
        ),
    )
    channel = forms.ChoiceField(
        label=_("channel"), choices=Channel.choices, widget=UnfoldAdminSelectWidget
    )
    evidence = forms.CharField(
        label=_("evidence"),
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("How you know that they want this. It is kept with every subscription."),
    )

    def clean_evidence(self) -> str:
        said: str = self.cleaned_data["evidence"]
        if not consents.is_said(said):
            raise forms.ValidationError(_("Say how and when these people have agreed."))
        return said

    def details(self) -> dict[str, Any]:
        return {**self.cleaned_data, "segment": self.cleaned_data["segment"].pk}


class LanguageForm(BulkForm):
    language = forms.ChoiceField(
        label=_("language"), choices=settings.LANGUAGES, widget=UnfoldAdminSelectWidget
    )


class EraseForm(BulkForm):
    typed = forms.CharField(label=_("How many people"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, count: int, **kwargs: Any) -> None:
        super().__init__(*args, count=count, **kwargs)
        self.fields["typed"].help_text = _("To confirm, type %(count)s") % {"count": count}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed != str(self.count):
            raise forms.ValidationError(_("This is another number: nobody was erased."))
        return typed

    def details(self) -> dict[str, Any]:
        return {}


SUBSCRIBE = Bulk(
    PEOPLE,
    "subscribe",
    "subscribe",
    _("Subscribe to a segment"),
    _(
        "Whoever left this list stays away, and whoever has no address on the channel is left out."
        " A text message needs a consent of its own."
    ),
    ListForm,
)
UNSUBSCRIBE = Bulk(
    PEOPLE,
    "unsubscribe",
    "unsubscribe",
    _("Unsubscribe from a segment"),
    _("They hear it no more, also where a rule would name them."),
    ListForm,
)
LANGUAGE = Bulk(
    PEOPLE,
    "set_language",
    "set_language",
    _("Set the language"),
    _("Messages that start from now on come in this language."),
    LanguageForm,
)
SHARED = Bulk(
    PEOPLE,
    "mark_shared",
    "mark_shared",
    _("Mark as shared address"),
    _("Several people read it: none of them can leave for all without the others knowing."),
)
ERASE = Bulk(
    PEOPLE,
    "erase",
    "erase_many",
    _("Erase these people"),
    _(
        "Their contacts, subscriptions, consents and answers in words go for good; only a keyed"
        " hash of each address remains. This cannot be undone."
    ),
    EraseForm,
    is_dangerous=True,
    start=lambda ids, by: erasure.request(ids=ids, by=by, now=timezone.now()),
)
