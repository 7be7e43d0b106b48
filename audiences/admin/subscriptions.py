from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, Rows, actor
from audiences.admin.colours import coloured
from audiences.admin.lists import ByPersonMixin
from audiences.models import Subscription
from audiences.services import consents

# Of whom, for which list and on which channel somebody agreed does not become another thing later.
_LASTING = ("contact", "segment", "channel")
_PROVEN = frozenset({"state", "evidence"})
State = Subscription.State


class SubscriptionForm(AsShownMixin, forms.ModelForm[Subscription]):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self.fields.keys() & set(_LASTING):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        is_new = "state" in self.changed_data or not self.instance.pk
        is_said = consents.is_said(given.get("evidence") or "")
        is_proven = is_said and "evidence" in self.changed_data
        if is_new and given.get("state") == State.CONFIRMED and not is_proven:
            self.add_error("evidence", gettext("Say how and when this person has agreed."))
        return given

    def save(self, commit: bool = True) -> Subscription:
        if _PROVEN & set(self.changed_data) or not self.instance.pk:
            self.instance.source = Subscription.Source.STAFF
            self.instance.changed_at = timezone.now()
        return super().save(commit)


class KeptMixin:
    """Without its row, somebody's No would be forgotten, and the next import subscribe them."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SubscriptionRows(KeptMixin, Rows):
    model = Subscription
    form = SubscriptionForm
    formset = RowsAsShown
    fields = ("segment", "channel", "state", "evidence", "source", "changed_at")
    readonly_fields = ("source", "changed_at")
    autocomplete_fields = ("segment",)


@admin.register(Subscription)
class SubscriptionAdmin(KeptMixin, ByPersonMixin, Admin):
    form = SubscriptionForm
    list_display = (
        "contact",
        "segment",
        "channel",
        "show_state",
        "source",
        "changed_at",
    )
    list_filter = ("channel", "state", "source", ("segment", AutocompleteSelectFilter))
    list_select_related = ("contact", "segment")
    autocomplete_fields = ("contact", "segment")
    fields = ("contact", ("segment", "channel"), "state", "evidence", ("source", "changed_at"))
    readonly_fields = ("source", "changed_at")
    ordering = ("-pk",)

    @display(
        description=_("state"),
        ordering="state",
        label=coloured({State.CONFIRMED: "success", State.UNCONFIRMED: "warning"}),
    )
    def show_state(self, subscription: Subscription) -> tuple[str, str]:
        return subscription.state, subscription.get_state_display()

    def save_model(
        self, request: HttpRequest, obj: Subscription, form: forms.ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if _PROVEN & set(form.changed_data) or not change:
            consents.record_as_set(subscription=obj, by=actor(request), now=timezone.now())


def record(request: HttpRequest, formset: Any) -> None:
    """Keep the evidence of what somebody has set in the rows of a contact's page."""
    amended = [row for row, changed in formset.changed_objects if _PROVEN & set(changed)]
    for row in [*formset.new_objects, *amended]:
        consents.record_as_set(subscription=row, by=actor(request), now=timezone.now())
