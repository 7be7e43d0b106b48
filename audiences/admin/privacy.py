"""What a person may ask of us: everything we hold about them, and to be forgotten."""

from typing import Any

from django import forms
from django.db.models import Model
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin.pages import ActionPage, address
from audiences.models import Channel, Contact
from audiences.services import erasure, everywhere, ours, personal_data, spelling
from audiences.services.personal_data import Person

# Of each kind of text, so many are named, each in so many characters.
_SHOWN, _LENGTH = 5, 80


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
        self.channel = Channel.EMAIL if contact.email else Channel.SMS
        self.wanted = contact.email or contact.phone
        self.fields["typed"].help_text = _("To confirm, type %(address)s") % {
            "address": spelling.as_read(self.wanted)
        }

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].strip()
        if spelling.as_stored(self.channel, typed) != self.wanted:
            raise forms.ValidationError(
                _("This is not %(address)s: nothing was erased."),
                params={"address": spelling.as_read(self.wanted)},
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
        people = [
            personal_data.person(contact=self.object),
            *personal_data.earlier(contact=self.object),
        ]
        found = everywhere.foreseen(people=people)
        consequences = [
            _("This cannot be undone."),
            _(
                "Everything that anybody wrote, published updates too, is searched for this name,"
                " these addresses and numbers in their usual spellings; what is found is blackened."
                " Nicknames are not found."
            ),
            _("These texts will change, and others where there are too many to look through now:")
            if found
            else _("Where there are not too many texts to look through now, none will change."),
            *(_listed(model, rows) for model, rows in found.items()),
            *(_kept(one) for one in _own(people)),
        ]
        return super().get_context_data(**kwargs, consequences=consequences)

    def form_valid(self, form: forms.Form) -> HttpResponse:
        begun = erasure.request(ids=[self.object.pk], by=self.actor, now=timezone.now())
        return HttpResponseRedirect(address(begun))


def _listed(model: type[Model], rows: list[Model]) -> str:
    some = ", ".join(str(row)[:_LENGTH] for row in rows[:_SHOWN])
    more = gettext(" and others") if len(rows) > _SHOWN else ""
    return f"{capfirst(model._meta.verbose_name_plural)}: {some}{more} ({len(rows)})"


def _own(people: list[Person]) -> list[str]:
    theirs = {at for one in people for at in one.addresses.values()}
    return sorted(theirs & ours.addresses())


def _kept(address: str) -> str:
    words = gettext("%(address)s is an address of our own, too: it stays where it is named.")
    return words % {"address": spelling.as_read(address)}
