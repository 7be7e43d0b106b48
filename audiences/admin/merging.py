"""Two contacts that are one person: both sides beside each other, choose, confirm."""

import hashlib
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from audiences.admin.as_shown import outdated
from audiences.admin.pages import ActionPage, address
from audiences.models import Contact
from audiences.services import duplicates, merging

THIS, OTHER = "this", "other"


class MergeForm(forms.Form):
    """One choice for each field in which the two differ."""

    # What the choices were between when the page was opened.
    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, contact: Contact, other: Contact | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if other is None:
            return
        self.fields["shown"].initial = _fingerprint(contact, other)
        for name in merging.CHOOSABLE:
            if getattr(contact, name) != getattr(other, name):
                self.fields[name] = _choice(contact, other, name)

    @property
    def from_other(self) -> list[str]:
        return [name for name, choice in self.cleaned_data.items() if choice == OTHER]

    def is_outdated(self, *, contact: Contact, other: Contact) -> bool:
        """Whether the two are not any more what the page showed."""
        return self.cleaned_data["shown"] not in ("", _fingerprint(contact, other))


def _choice(contact: Contact, other: Contact, name: str) -> forms.ChoiceField:
    mine, theirs = (_shown(one, name) or _("(empty)") for one in (contact, other))
    return forms.ChoiceField(
        label=capfirst(Contact._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
        choices=[(THIS, mine), (OTHER, theirs)],
        # An empty field is seldom what is meant.
        initial=THIS if getattr(contact, name) else OTHER,
        widget=UnfoldAdminRadioSelectWidget,
    )


class _Outdated(Exception):
    """Nothing was merged: the page showed something else."""


def _fingerprint(*both: Contact) -> str:
    columns = [Contact._meta.get_field(name).attname for name in merging.CHOOSABLE]  # type: ignore[union-attr]
    values = [getattr(one, column) for one in both for column in columns]
    return hashlib.sha256(repr(values).encode()).hexdigest()


def _shown(contact: Contact, field: str) -> str:
    own = str(getattr(contact, field) or "")
    if field not in ("language", "time_zone"):
        return own
    heard = contact.heard(field)
    value = str(dict(settings.LANGUAGES).get(heard, heard))
    return value if own else gettext("not set: %(value)s applies") % {"value": value}


class MergePage(ActionPage):
    title = _("Merge with another contact")
    button = _("Merge the two")
    form_class = MergeForm
    permission = "erase"
    is_dangerous = True
    template_name = "admin/audiences/merge.html"

    @cached_property
    def other(self) -> Contact | None:
        number = self.request.GET.get("with", "")
        if not number.isascii() or not number.isdigit() or int(number) == self.object.pk:
            return None
        return Contact.objects.select_related("account").filter(pk=int(number[:18])).first()

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "contact": self.object, "other": self.other}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            **kwargs,
            other=self.other,
            other_page=address(self.other) if self.other else "",
            alike=[] if self.other else duplicates.alike(contact=self.object),
            consequences=self._consequences() if self.other else [],
        )

    def _consequences(self) -> list[str]:
        assert self.other
        subscriptions = self.other.subscriptions.count()
        moving = ngettext(
            "%(count)d subscription moves over, with consents, messages and feedback.",
            "%(count)d subscriptions move over, with consents, messages and feedback.",
            subscriptions,
        )
        return [
            moving % {"count": subscriptions},
            gettext(
                "A list that one of them left stays left; a consent to feedback requests holds only"
                " if both gave it; the stricter preference counts; a STOP or a complaint holds for"
                " the address that stays, unless they agreed there by themselves since."
            ),
            gettext(
                "What was agreed to at an address that does not stay waits for a consent about the"
                " one that does."
            ),
            gettext(
                "What both were sent stays as a number without a name; links in the other's copy of"
                " it act for this contact from now on. This cannot be undone."
            ),
        ]

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, MergeForm)
        try:
            merged = self._merge(form)
        except _Outdated:
            form.add_error(None, outdated())
        except merging.IsBeingErased:
            form.add_error(None, _("One of the two is being erased: nobody is merged with them."))
        except merging.CannotMerge:
            form.add_error(None, _("The other contact is gone: choose again."))
        except IntegrityError:
            form.add_error(
                None, _("These two choices leave a contact that cannot be reached, or one twice.")
            )
        if form.errors:
            return self.form_invalid(form)
        messages.success(self.request, _("The two are one contact now."))
        self._say_what_follows(merged)
        return HttpResponseRedirect(self.back())

    def _say_what_follows(self, merged: merging.Merged) -> None:
        if merged.refusals:
            words = gettext(
                "A STOP or a complaint was said at an address that went: nothing is sent to the one"
                " that stays on that channel. It stands below, under “Suppressions of their"
                " addresses”."
            )
            messages.warning(self.request, words)
        if merged.waiting:
            words = ngettext(
                "%(count)d subscription waits for a consent that is about the address that stays:"
                " say at the subscription how this person has given it.",
                "%(count)d subscriptions wait for a consent that is about the address that stays:"
                " say at each subscription how this person has given it.",
                merged.waiting,
            )
            messages.warning(self.request, words % {"count": merged.waiting})

    def _merge(self, form: MergeForm) -> merging.Merged:
        if self.other is None:
            raise merging.CannotMerge
        with transaction.atomic():
            rows = Contact.objects.select_for_update().order_by("pk")
            both = rows.in_bulk([self.object.pk, self.other.pk])
            if len(both) == 2 and form.is_outdated(
                contact=both[self.object.pk], other=both[self.other.pk]
            ):
                raise _Outdated
            return merging.merge(
                keep=self.object,
                gone=self.other,
                from_gone=form.from_other,
                by=self.actor,
                now=timezone.now(),
            )
