from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from audiences.admin.base import Admin
from audiences.admin.colours import coloured
from feedback.models import FollowUp


class FollowUpForm(forms.ModelForm[FollowUp]):
    class Meta:
        model = FollowUp
        fields = ("owner", "due_at", "state", "outcome")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("state") == FollowUp.State.DONE:
            if not cleaned.get("outcome"):
                self.add_error("outcome", _("Say what came of it, then it is done."))
            self.instance.done_at = self.instance.done_at or timezone.now()
        else:
            self.instance.done_at = None
        return cleaned


@admin.register(FollowUp)
class FollowUpAdmin(Admin):
    form = FollowUpForm
    list_display = (
        "customer",
        "show_state",
        "owner",
        "due_at",
        "outcome",
    )
    list_filter = ("state", "owner", "response__invitation__version__survey")
    list_select_related = ("owner", "response__invitation__version", "response__delivery__contact")
    search_fields = ("response__delivery__address", "response__delivery__contact__name", "outcome")
    autocomplete_fields = ("owner",)
    ordering = ("-state", "due_at")
    readonly_fields = ("response", "done_at")
    fields = ("response", "owner", "due_at", "state", "outcome", "done_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @display(description=_("customer"), ordering="response__delivery__contact__name")
    def customer(self, follow_up: FollowUp) -> str:
        return follow_up.response.author

    @display(
        description=_("state"),
        ordering="state",
        label=coloured({FollowUp.State.OPEN: "danger", FollowUp.State.DONE: "success"}),
    )
    def show_state(self, follow_up: FollowUp) -> tuple[str, str]:
        return follow_up.state, follow_up.get_state_display()
