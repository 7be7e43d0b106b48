from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audiences.admin.base import Admin, Rows, actor
from audiences.admin.consents import ConsentRows
from audiences.admin.spelling import as_stored
from audiences.models import Channel, Contact, Subscription
from audiences.services import consents


class ContactForm(forms.ModelForm[Contact]):
    def clean_email(self) -> str:
        return as_stored(Channel.EMAIL, self.cleaned_data["email"])

    def clean_phone(self) -> str:
        return as_stored(Channel.SMS, self.cleaned_data["phone"])


class SubscriptionRows(Rows):
    model = Subscription
    fields = ("segment", "channel", "state", "source", "evidence", "changed_at")
    readonly_fields = ("changed_at",)
    autocomplete_fields = ("segment",)


@admin.register(Contact)
class ContactAdmin(Admin):
    form = ContactForm
    list_display = (
        "__str__",
        "email",
        "phone",
        "account",
        "language",
        "created_at",
    )
    list_filter = ("language", "is_shared", "account__kind", "account__tier")
    list_select_related = ("account",)
    search_fields = ("name", "email", "phone", "account__name")
    autocomplete_fields = ("account",)
    readonly_fields = ("created_at",)
    ordering = ("name", "pk")
    inlines = (SubscriptionRows,)
    fieldsets = (
        (None, {"fields": ("name", "account", ("email", "phone"), ("language", "time_zone"))}),
        (
            _("Profile and consent"),
            {"fields": ("is_shared", "attributes", "feedback_consent_at", "created_at")},
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Contact | None) -> Any:
        # Somebody new has not agreed to anything yet.
        return (*self.inlines, ConsentRows) if obj else self.inlines

    def save_model(
        self, request: HttpRequest, obj: Contact, form: forms.ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if "feedback_consent_at" in form.changed_data:
            consents.record_feedback_as_set(contact=obj, by=actor(request), now=timezone.now())

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row in formset.forms if formset.model is Subscription else ():
            if "state" in row.changed_data and row not in formset.deleted_forms:
                by = actor(request)
                consents.record_as_set(subscription=row.instance, by=by, now=timezone.now())
