from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import display

from audiences.admin.base import Admin, actor
from audiences.admin.colours import coloured
from audiences.admin.lists import ByPersonMixin
from audiences.models import Subscription
from audiences.services import consents


@admin.register(Subscription)
class SubscriptionAdmin(ByPersonMixin, Admin):
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
    ordering = ("-pk",)

    @display(
        description=_("state"),
        ordering="state",
        label=coloured(
            {
                Subscription.State.CONFIRMED: "success",
                Subscription.State.UNCONFIRMED: "warning",
            }
        ),
    )
    def show_state(self, subscription: Subscription) -> tuple[str, str]:
        return subscription.state, subscription.get_state_display()

    def save_model(
        self, request: HttpRequest, obj: Subscription, form: forms.ModelForm[Any], change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        if "state" in form.changed_data or not change:
            consents.record_as_set(subscription=obj, by=actor(request), now=timezone.now())
