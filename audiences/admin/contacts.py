from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from audiences.admin.base import Admin, Rows
from audiences.admin.export_actions import ExportMixin
from audiences.admin.spelling import as_stored
from audiences.models import Channel, Contact, Subscription


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
class ContactAdmin(ExportMixin, Admin):
    form = ContactForm
    list_display = (
        "__str__",
        "email",
        "phone",
        "account",
        "language",
        "created_at",
    )
    list_filter = ("language", "account__kind", "account__tier")
    list_select_related = ("account",)
    search_fields = ("name", "email", "phone", "account__name")
    autocomplete_fields = ("account",)
    readonly_fields = ("created_at",)
    ordering = ("name", "pk")
    inlines = (SubscriptionRows,)
    fieldsets = (
        (None, {"fields": ("name", "account", ("email", "phone"), ("language", "time_zone"))}),
        (_("Profile and consent"), {"fields": ("attributes", "feedback_consent_at", "created_at")}),
    )
