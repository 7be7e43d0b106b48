import json
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.decorators import action, display

from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from audiences.admin.lists import ByPersonMixin, CappedListMixin
from audiences.admin.pages import address
from messaging.admin.decisions import ResendPage, TreatAsSentPage, ask_for_many
from messaging.models import Delivery, DeliveryEvent
from messaging.services import reading, wrong_texts

State = Delivery.State
VARIANTS = coloured(
    {
        State.ACCEPTED: "success",
        State.DELIVERED: "success",
        State.PENDING: "info",
        State.CLAIMED: "info",
        State.SENDING: "info",
        State.BOUNCED: "danger",
        State.COMPLAINED: "danger",
        State.UNDELIVERED: "danger",
        State.FAILED: "danger",
        State.UNKNOWN: "warning",
        State.EXPIRED: "warning",
    }
)
_OWN = {"pk", *(field.name for field in Delivery._meta.fields)}


class EventRows(ReadOnlyRows):
    model = DeliveryEvent
    fields = ("source", "kind", "received_at")
    show_change_link = True


@admin.register(Delivery)
class DeliveryAdmin(ByPersonMixin, ReadOnlyAdmin):
    list_display = (
        "address",
        "channel",
        "show_state",
        "broadcast",
        "contact",
        "language",
        "accepted_at",
        "error_code",
    )
    list_filter = (
        "state",
        "channel",
        "language",
        "detail",
        ("broadcast", AutocompleteSelectFilter),
    )
    list_select_related = ("broadcast", "contact")
    ordering = ("-pk",)
    inlines = (EventRows,)
    actions = ("resend_many", "treat_many_as_sent")
    actions_detail = ("resend", "treat_as_sent")
    fieldsets = (
        (None, {"fields": ("broadcast", ("contact", "segment"), ("channel", "address"))}),
        (
            _("What became of it"),
            {"fields": (("state", "attempts"), ("error_code", "error_text"))},
        ),
        (
            _("When"),
            {
                "fields": (
                    ("not_before", "sending_at"),
                    ("accepted_at", "final_at"),
                    "looked_up_at",
                )
            },
        ),
        (
            _("Message"),
            {"fields": (("language", "detail"), "provider_id", "show_text", "show_corrections")},
        ),
    )
    readonly_fields = ("show_text", "show_corrections")

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        if lookup == "broadcast__id__exact":
            return True
        # What hangs on a message, as that it was answered, is not for a list of messages to tell.
        is_own = lookup.partition("__")[0] in _OWN
        return is_own and super().lookup_allowed(lookup, value, request)

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever may direct a broadcast decides about its messages."""
        return request.user.has_perm("messaging.change_broadcast")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        delivery = self.get_object(request, str(object_id))
        is_unknown = delivery is not None and delivery.state == State.UNKNOWN
        return super().get_actions_detail(request, object_id) if is_unknown else []

    @action(description=_("Resend…"), icon="forward_to_inbox", permissions=["decide"])
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ResendPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Treat as sent…"), icon="done", permissions=["decide"])
    def treat_as_sent(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return TreatAsSentPage.as_view(model_admin=self)(request, object_id=object_id)

    @admin.action(description=_("Resend what is unknown…"), permissions=["decide"])
    def resend_many(self, request: HttpRequest, chosen: QuerySet[Delivery]) -> HttpResponse | None:
        return ask_for_many(ResendPage, self, request, chosen)

    @admin.action(description=_("Treat as sent what is unknown…"), permissions=["decide"])
    def treat_many_as_sent(
        self, request: HttpRequest, chosen: QuerySet[Delivery]
    ) -> HttpResponse | None:
        return ask_for_many(TreatAsSentPage, self, request, chosen)

    @display(description=_("as it was read"), empty_value="–")
    def show_text(self, delivery: Delivery) -> SafeString | None:
        name = delivery.contact.name if delivery.contact else ""
        (read,) = reading.as_read([delivery], name=name)
        words = "\n\n".join(filter(None, (read.subject, read.text)))
        return format_html('<pre class="kt-pre">{}</pre>', words) if words else None

    @display(description=_("corrected by"), empty_value="–")
    def show_corrections(self, delivery: Delivery) -> SafeString | None:
        links = [(address(one), one.title) for one in wrong_texts.put_right(delivery)]
        return format_html_join(", ", '<a class="kt-link" href="{}">{}</a>', links) or None

    @display(description=_("state"), ordering="state", label=VARIANTS)
    def show_state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.state, delivery.get_state_display()


@admin.register(DeliveryEvent)
class DeliveryEventAdmin(CappedListMixin, ReadOnlyAdmin):
    list_display = (
        "kind",
        "source",
        "delivery",
        "received_at",
    )
    list_filter = ("source", "kind")
    list_select_related = ("delivery",)
    search_fields = ("event_key", "delivery__address")
    ordering = ("-pk",)
    fields = ("delivery", ("source", "kind"), "event_key", "received_at", "show_raw")
    readonly_fields = ("show_raw",)

    @display(description=_("in the provider's words"))
    def show_raw(self, event: DeliveryEvent) -> SafeString:
        words = json.dumps(event.raw, indent=2, ensure_ascii=False, sort_keys=True)
        return format_html('<pre class="kt-pre">{}</pre>', words)
