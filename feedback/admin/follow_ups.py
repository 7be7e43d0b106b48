from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import Admin, ReadOnlyRows
from audiences.admin.colours import coloured
from feedback.admin.authors import AuthoredMixin, may_see_names
from feedback.admin.reply_page import ReplyPage, given
from feedback.models import FollowUp, Reply


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


class ReplyRows(ReadOnlyRows):
    model = Reply
    fields = ("sent_at", "sent_by", "subject", "text", "state")
    readonly_fields = ("state",)

    @display(description=_("state"))
    def state(self, reply: Reply) -> str:
        return reply.delivery.get_state_display() if reply.delivery else "–"


@admin.register(FollowUp)
class FollowUpAdmin(AuthoredMixin, Admin):
    form = FollowUpForm
    list_display = (
        "author",
        "show_state",
        "owner",
        "due_at",
        "outcome",
    )
    list_filter = ("state", "owner", "response__invitation__version__survey")
    list_select_related = (
        "owner",
        "response__invitation__version",
        "response__delivery__contact__account",
    )
    search_fields = ("response__delivery__address", "response__delivery__contact__name", "outcome")
    autocomplete_fields = ("owner",)
    ordering = ("-state", "due_at")
    readonly_fields = ("author", "reach", "response", "show_answers", "done_at")
    fields = (
        *("author", "reach", "response", "show_answers"),
        *(("owner", "due_at"), "state", "outcome", "done_at"),
    )
    inlines = (ReplyRows,)
    actions_detail = ("reply",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_reply_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A letter is shown with its reader's name and address before it goes out."""
        return self.has_change_permission(request, obj) and may_see_names(request)

    @action(
        description=_("Write to the customer…"),
        icon="mail",
        variant=ActionVariant.PRIMARY,
        permissions=["reply"],
    )
    def reply(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ReplyPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("what the customer answered"))
    def show_answers(self, follow_up: FollowUp) -> str:
        return render_to_string("admin/feedback/answers.html", {"answers": given(follow_up)})

    @display(description=_("customer"), ordering="response__delivery__contact__name")
    def author(self, follow_up: FollowUp) -> str:
        return follow_up.response.author

    @display(description=_("reached by"), empty_value="–")
    def reach(self, follow_up: FollowUp) -> SafeString | None:
        """What whoever calls back has to know; a person who was erased has none of it."""
        delivery = follow_up.response.delivery
        contact = delivery.contact if delivery else None
        if contact is None:
            return None
        page = reverse("admin:audiences_contact_change", args=[contact.pk])
        ways = [
            (f"mailto:{contact.email}", contact.email),
            (f"tel:{contact.phone}", contact.phone),
            (page, contact.account or _("contact")),
        ]
        shown = [one for one in ways if one[1]]
        return format_html_join(" · ", '<a class="kt-link" href="{}">{}</a>', shown)

    @display(
        description=_("state"),
        ordering="state",
        label=coloured({FollowUp.State.OPEN: "danger", FollowUp.State.DONE: "success"}),
    )
    def show_state(self, follow_up: FollowUp) -> tuple[str, str]:
        return follow_up.state, follow_up.get_state_display()
