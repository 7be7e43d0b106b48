from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import PossibleActionsMixin, ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from audiences.admin.panels import PanelsMixin
from audiences.admin.progress import ProgressMixin
from audiences.models import Channel
from messaging.admin.broadcast_look import AsReadPage
from messaging.admin.directing import CancelPage, PausePage, PriorityPage, ResumePage
from messaging.admin.progress import PROBLEMS, as_json, headline, panel
from messaging.models import Broadcast, BroadcastContent
from messaging.services import progress

State = Broadcast.State
_POSSIBLE = {
    State.SENDING: ("as_read", "pause", "prioritise", "cancel"),
    State.PAUSED: ("as_read", "resume", "prioritise", "cancel"),
    State.DRAFT: ("as_read", "cancel"),
    State.AWAITING_APPROVAL: ("as_read", "cancel"),
    State.FINISHED: ("as_read",),
    State.CANCELLED: ("as_read",),
}


class ContentRows(ReadOnlyRows):
    model = BroadcastContent
    fields = ("language", "detail", "subject", "sms_text")
    show_change_link = True


@admin.register(Broadcast)
class BroadcastAdmin(PanelsMixin, ProgressMixin, PossibleActionsMixin, ReadOnlyAdmin):
    possible = _POSSIBLE
    list_display = (
        "title",
        "show_state",
        "show_priority",
        "purpose",
        "show_progress",
        "show_problems",
        "started_at",
    )
    list_filter = ("state", "priority", "purpose")
    search_fields = ("title", "thread")
    ordering = ("-created_at",)
    inlines = (ContentRows,)
    actions_detail = ("as_read", "pause", "resume", "prioritise", "cancel")
    change_form_outer_before_template = "admin/messaging/progress.html"
    fieldsets = (
        (None, {"fields": ("title", ("state", "priority"), "purpose", "show_deliveries")}),
        (_("Audience"), {"fields": ("segments", "show_channels")}),
        (
            _("When and who"),
            {
                "fields": (
                    ("started_at", "finished_at"),
                    "expires_at",
                    ("started_by", "approved_by"),
                )
            },
        ),
        (_("Facts"), {"fields": ("thread", "facts"), "classes": ("collapse",)}),
    )
    readonly_fields = ("show_channels", "show_deliveries")

    def panel(self, request: HttpRequest, one: Broadcast) -> Mapping[str, Any]:
        return panel(request, one, timezone.now()) if one.started_at else {}

    def as_json(self, request: HttpRequest, one: Broadcast) -> Mapping[str, Any]:
        return as_json(request, one, timezone.now())

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        offered = super().get_actions_detail(request, object_id)
        broadcast = self.get_object(request, str(object_id))
        # A letter to one person holds what only they may do.
        is_letter = broadcast is not None and broadcast.purpose in Broadcast.PERSONAL
        return [one for one in offered if not (is_letter and one.path == "as_read")]

    def has_direct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("messaging.change_broadcast")

    @action(description=_("As it was read"), icon="visibility", permissions=["view"])
    def as_read(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return AsReadPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Pause…"), icon="pause", permissions=["direct"])
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PausePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Resume…"), icon="play_arrow", permissions=["direct"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ResumePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Sooner or later…"), icon="low_priority", permissions=["direct"])
    def prioritise(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PriorityPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(
        description=_("Cancel…"),
        icon="block",
        permissions=["direct"],
        variant=ActionVariant.DANGER,
    )
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return CancelPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(
        description=_("state"),
        ordering="state",
        label=coloured(
            {
                State.SENDING: "info",
                State.PAUSED: "warning",
                State.AWAITING_APPROVAL: "warning",
                State.FINISHED: "success",
            }
        ),
    )
    def show_state(self, broadcast: Broadcast) -> tuple[str, str]:
        return broadcast.state, broadcast.get_state_display()

    @display(description=_("channels"))
    def show_channels(self, broadcast: Broadcast) -> str:
        return ", ".join(str(Channel(name).label) for name in broadcast.channels)

    @display(
        description=_("priority"),
        ordering="priority",
        label=coloured({str(Broadcast.Priority.URGENT): "danger"}),
    )
    def show_priority(self, broadcast: Broadcast) -> tuple[str, str]:
        return str(broadcast.priority), broadcast.get_priority_display()

    # What the list shows was counted earlier: it asks nothing about single deliveries.

    @display(description=_("sent"))
    def show_progress(self, broadcast: Broadcast) -> str:
        seen = progress.as_counted(broadcast=broadcast)
        if seen.as_of is None:
            return "–"
        if not seen.is_frozen:
            return headline(seen)
        return f"{intcomma(seen.sent)}\xa0/\xa0{intcomma(seen.total)}"

    @display(description=_("problems"))
    def show_problems(self, broadcast: Broadcast) -> str:
        return intcomma(progress.as_counted(broadcast=broadcast).among(PROBLEMS))

    @display(description=_("deliveries"))
    def show_deliveries(self, broadcast: Broadcast) -> SafeString:
        address = reverse("admin:messaging_delivery_changelist")
        return format_html(
            '<a class="text-link" href="{}?broadcast__id__exact={}">{}</a>',
            address,
            broadcast.pk,
            _("Show all of them"),
        )


@admin.register(BroadcastContent)
class BroadcastContentAdmin(ReadOnlyAdmin):
    list_display = ("broadcast", "language", "detail", "subject")
    list_filter = ("language", "detail")
    list_select_related = ("broadcast",)
    search_fields = ("subject", "broadcast__title")
    ordering = ("-broadcast_id", "language", "detail")
    fields = ("broadcast", ("language", "detail"), "subject", "show_mail", "text", "sms_text")
    readonly_fields = ("show_mail",)

    @display(description=_("e-mail"))
    def show_mail(self, content: BroadcastContent) -> SafeString:
        return format_html(
            '<iframe class="kt-mail" sandbox title="{}" srcdoc="{}"></iframe>',
            content.subject,
            content.html,
        )
