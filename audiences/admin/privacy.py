"""What a person may ask of us: everything we hold about them, and to be forgotten."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.pages import ActionPage, address
from audiences.models import Contact
from audiences.services import erasure, personal_data


class DataPage(ActionPage):
    title = _("Everything we hold about this person")
    explanation = _(
        "A file (JSON) with the contact, its account, subscriptions, consents and suppressions,"
        " every message as it was read and what became of it, and all feedback. It is for this"
        " person and nobody else: make sure who is asking. That it was made is kept in the history."
    )
    button = _("Download the file")
    permission = "data"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        data = personal_data.as_json(contact=self.object)
        self.model_admin.log_change(self.request, self.object, gettext("Handed out as a file."))
        response = HttpResponse(data, content_type="application/json; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="contact-{self.object.pk}.json"'
        return response


class TypedForm(forms.Form):
    """Asks for the address to be typed, so that nobody erases by a slip."""

    typed = forms.CharField(label=_("Address"), widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, contact: Contact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = contact.email or contact.phone
        self.fields["typed"].help_text = _("To confirm, type %(address)s") % {
            "address": self.wanted
        }

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if typed.lower() != self.wanted.lower():
            raise forms.ValidationError(
                _("This is not %(address)s: nothing was erased."),
                params={"address": self.wanted},
            )
        return typed


class ErasePage(ActionPage):
    title = _("Erase this person")
    explanation = _(
        "Their contact, subscriptions, consents and answers in words go for good. What was sent"
        " stays as a number without a name, and messages still to come are cancelled. Of their"
        " addresses only a keyed hash remains, by which a later import leaves them out."
    )
    button = _("Erase for good")
    form_class = TypedForm
    permission = "erase"
    is_dangerous = True

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "contact": self.object}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        consequences = [
            _("This cannot be undone."),
            _(
                "What staff wrote in words of their own is searched for exactly this name, address"
                " and number. Nicknames, published updates and letters elsewhere are not found."
            ),
        ]
        return super().get_context_data(**kwargs, consequences=consequences)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        begun = erasure.request(ids=[self.object.pk], by=self.actor, now=timezone.now())
        return HttpResponseRedirect(address(begun))
