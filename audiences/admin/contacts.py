from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from audiences.admin import bulk, bulk_contacts, moving, subscriptions
from audiences.admin import standing as standing  # puts itself on the page
from audiences.admin.as_shown import AsShownMixin
from audiences.admin.base import Admin, actor
from audiences.admin.confirming import ConfirmPage
from audiences.admin.consents import ConsentRows
from audiences.admin.duplicates import DuplicatesPage
from audiences.admin.export_actions import ExportMixin
from audiences.admin.lists import BEGINNINGS, QuickListMixin
from audiences.admin.merging import MergePage
from audiences.admin.panels import PanelsMixin
from audiences.admin.privacy import DataPage, ErasePage
from audiences.admin.spelling import checked, refuse_erased
from audiences.admin.subscriptions import SubscriptionRows
from audiences.admin.typed_json import TypedJSONField
from audiences.models import Channel, Contact, Subscription, locales
from audiences.services import consents, lookup


class ContactForm(AsShownMixin, forms.ModelForm[Contact]):
    feedback_evidence = forms.CharField(
        label=_("How they agreed to feedback requests"),
        max_length=400,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("How and when, if you set or change the moment. It is kept as evidence."),
    )

    class Meta:
        field_classes = {"attributes": TypedJSONField}

    def clean_email(self) -> str:
        return self._clean(Channel.EMAIL, "email")

    def clean_phone(self) -> str:
        return self._clean(Channel.SMS, "phone")

    def clean_attributes(self) -> dict[str, Any]:
        # Emptied, it is one without any.
        return {} if (given := self.cleaned_data["attributes"]) is None else given

    def clean_feedback_consent_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["feedback_consent_at"]
        if at and "feedback_consent_at" in self.changed_data and at > timezone.now():
            raise ValidationError(
                gettext("This moment is still to come: nobody has agreed in it yet.")
            )
        return at

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        is_given = given.get("feedback_consent_at") and "feedback_consent_at" in self.changed_data
        if is_given and not consents.is_said(given.get("feedback_evidence") or ""):
            self.add_error("feedback_evidence", gettext("Say how and when this person has agreed."))
        return given

    def _clean(self, channel: str, field: str) -> str:
        address = checked(channel, self.cleaned_data[field])
        if field not in self.changed_data:
            return address
        # A phone is cleaned after the mailbox.
        mailbox = self.cleaned_data.get("email", "") if field == "phone" else ""
        return refuse_erased(channel, address, beside=mailbox)


class LanguageFilter(admin.SimpleListFilter):
    """In which they hear, as the list shows it: for many it is their account's."""

    title = _("language")
    parameter_name = "language"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(settings.LANGUAGES)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        asked = self.value()
        return queryset.filter(locales.hears_in(asked)) if asked else queryset


@admin.register(Contact)
class ContactAdmin(PanelsMixin, ExportMixin, QuickListMixin, Admin):
    form = ContactForm
    list_display = (
        "__str__",
        "email",
        "phone",
        "account",
        "spoken_language",
        "created_at",
    )
    list_filter = (
        LanguageFilter,
        "account__kind",
        "account__tier",
        "is_shared",
        ("account", AutocompleteSelectFilter),
    )
    list_select_related = ("account",)
    search_fields = ("name", "email", "phone")
    search_help_text = BEGINNINGS
    autocomplete_fields = ("account",)
    readonly_fields = ("created_at",)
    # The newest first: sorting all of them by name would cost more than the page.
    ordering = ("-pk",)
    inlines = (SubscriptionRows,)
    actions = (
        *ExportMixin.actions,
        *("subscribe", "unsubscribe", "set_language", "mark_shared", "erase_many"),
    )
    actions_list = ("duplicates",)
    actions_detail = ("merge", "ask_to_confirm", "person_data", "erase")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "account",
                    ("email", "phone"),
                    ("language", "time_zone"),
                    "is_shared",
                )
            },
        ),
        (
            _("What they wish"),
            {
                "fields": (
                    ("email_from", "sms_from"),
                    ("quiet_from", "quiet_until"),
                    ("is_woken_by_critical", "paused_until"),
                )
            },
        ),
        (
            _("Profile and consent"),
            {"fields": ("attributes", ("feedback_consent_at", "feedback_evidence"), "created_at")},
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Contact | None) -> Any:
        # Somebody new has not agreed to anything yet.
        return (*self.inlines, ConsentRows) if obj else self.inlines

    def save_model(
        self, request: HttpRequest, obj: Contact, form: forms.ModelForm[Any], change: bool
    ) -> None:
        before, agreed_at = Contact.objects.filter(pk=obj.pk).first(), obj.feedback_consent_at
        super().save_model(request, obj, form, change)
        moving.follow(request, before, obj)
        if "feedback_consent_at" in form.changed_data:
            # Said with a new address, it is about that one.
            obj.feedback_consent_at = agreed_at
            obj.save(update_fields=["feedback_consent_at"])
            consents.record_feedback_as_set(
                contact=obj,
                by=actor(request),
                evidence=form.cleaned_data["feedback_evidence"],
                now=timezone.now(),
            )

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        if formset.model is Subscription:
            subscriptions.record(request, formset)

    @display(description=_("language"), ordering="language")
    def spoken_language(self, contact: Contact) -> str:
        return str(dict(settings.LANGUAGES)[contact.spoken])

    def matches(self, words: str) -> Q:
        return lookup.matching(words)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Deleting would leave their address in what was sent: people are erased."""
        return False

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("audiences.delete_contact")

    def has_data_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("audiences.change_contact")

    def has_ask_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_subscribe_permission(request)

    def has_subscribe_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perms(["audiences.change_contact", "audiences.change_subscription"])

    @action(
        description=_("Likely duplicates"),
        url_path="duplicates",
        icon="difference",
        permissions=["erase"],
    )
    def duplicates(self, request: HttpRequest) -> HttpResponseBase:
        return DuplicatesPage.as_view(model_admin=self)(request)

    @action(description=_("Merge…"), icon="merge", permissions=["erase"])
    def merge(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return MergePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Ask to confirm…"), icon="mark_email_unread", permissions=["ask"])
    def ask_to_confirm(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ConfirmPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Their data…"), icon="download", permissions=["data"])
    def person_data(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return DataPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Erase…"),
        icon="person_off",
        permissions=["erase"],
        variant=ActionVariant.DANGER,
    )
    def erase(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ErasePage.as_view(model_admin=self)(request, object_id=object_id)

    @admin.action(description=_("Subscribe to a segment…"), permissions=["subscribe"])
    def subscribe(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        return bulk.ask(bulk_contacts.SUBSCRIBE, self, request, chosen)

    @admin.action(description=_("Unsubscribe from a segment…"), permissions=["subscribe"])
    def unsubscribe(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        return bulk.ask(bulk_contacts.UNSUBSCRIBE, self, request, chosen)

    @admin.action(description=_("Set the language…"), permissions=["change"])
    def set_language(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        return bulk.ask(bulk_contacts.LANGUAGE, self, request, chosen)

    @admin.action(description=_("Mark as shared address…"), permissions=["change"])
    def mark_shared(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        return bulk.ask(bulk_contacts.SHARED, self, request, chosen)

    @admin.action(description=_("Erase…"), permissions=["erase"])
    def erase_many(self, request: HttpRequest, chosen: QuerySet[Contact]) -> HttpResponse | None:
        return bulk.ask(bulk_contacts.ERASE, self, request, chosen)
