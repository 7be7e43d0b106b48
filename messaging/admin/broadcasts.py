from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from audiences.admin.base import ReadOnlyAdmin, ReadOnlyRows
from audiences.admin.colours import coloured
from audiences.admin.pages import ActionPage, ReasonForm
from audiences.models import Channel
from messaging import states
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import broadcasts

State = Broadcast.State
PROBLEMS = (
    Delivery.State.FAILED,
    Delivery.State.BOUNCED,
    Delivery.State.UNDELIVERED,
    Delivery.State.UNKNOWN,
    Delivery.State.EXPIRED,
)
_POSSIBLE = {
    State.SENDING: ("pause", "cancel"),
    State.PAUSED: ("resume", "cancel"),
    State.DRAFT: ("cancel",),
    State.AWAITING_APPROVAL: ("cancel",),
}


class BroadcastPage(ActionPage):
    permission = "direct"
    done: Any = ""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        try:
            noted = self.perform(form)
        except broadcasts.WrongState:
            messages.error(
                self.request,
                _("Nothing was changed: this broadcast has moved on. Look at its state."),
            )
        else:
            self.model_admin.log_change(self.request, self.object, noted)
            messages.success(self.request, self.done)
        return HttpResponseRedirect(self.back())

    def perform(self, form: forms.Form) -> str:
        """Do it, and say in the broadcast's history what was done.

        :raises WrongState: it is too late for that.
        """
        raise NotImplementedError


class PausePage(BroadcastPage):
    title = _("Pause this broadcast")
    explanation = _("What is not yet handed over waits until somebody resumes or cancels it.")
    button = _("Pause")
    done = _("Paused. Nothing more goes out until it is resumed.")
    form_class = ReasonForm

    def perform(self, form: forms.Form) -> str:
        reason = form.cleaned_data["reason"]
        broadcasts.pause(broadcast=self.object, because=reason)
        return gettext("Paused: %(reason)s") % {"reason": reason}


class ResumePage(BroadcastPage):
    title = _("Resume this broadcast")
    explanation = _("Sending goes on where it stopped; nobody gets the message twice.")
    button = _("Resume")
    done = _("Sending goes on.")

    def perform(self, form: forms.Form) -> str:
        broadcasts.resume(broadcast=self.object)
        return gettext("Resumed.")


class CancelPage(BroadcastPage):
    title = _("Cancel this broadcast")
    explanation = _(
        "Whoever has not got the message will not get it. What is already handed over cannot be"
        " recalled. This cannot be undone."
    )
    button = _("Cancel the broadcast")
    done = _("Cancelled. Nothing more goes out.")
    is_dangerous = True

    def perform(self, form: forms.Form) -> str:
        broadcasts.cancel(broadcast=self.object, now=timezone.now())
        return gettext("Cancelled.")


class ContentRows(ReadOnlyRows):
    model = BroadcastContent
    fields = ("language", "detail", "subject", "sms_text")
    show_change_link = True


@admin.register(Broadcast)
class BroadcastAdmin(ReadOnlyAdmin):
    list_display = (
        "title",
        "show_state",
        "purpose",
        "show_progress",
        "problems",
        "started_at",
    )
    list_filter = ("state", "purpose")
    search_fields = ("title", "thread")
    ordering = ("-created_at",)
    inlines = (ContentRows,)
    actions_detail = ("pause", "resume", "cancel")
    fieldsets = (
        (None, {"fields": ("title", ("state", "purpose"), "pause_reason", "show_deliveries")}),
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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted: QuerySet[Any] = (
            super()
            .get_queryset(request)
            .annotate(
                total=Count("deliveries"),
                open=Count("deliveries", Q(deliveries__state__in=states.OPEN)),
                problems=Count("deliveries", Q(deliveries__state__in=PROBLEMS)),
            )
        )
        return counted

    def has_direct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("messaging.change_broadcast")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        broadcast = self.get_object(request, str(object_id))
        possible = _POSSIBLE.get(broadcast.state, ()) if broadcast else ()
        return [
            offered
            for offered in super().get_actions_detail(request, object_id)
            if offered.path in possible
        ]

    @action(description=_("Pause…"), icon="pause", permissions=["direct"])
    def pause(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return PausePage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Resume…"), icon="play_arrow", permissions=["direct"])
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return ResumePage.as_view(model_admin=self)(request, object_id=object_id)

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

    @display(description=_("sent"))
    def show_progress(self, broadcast: Any) -> str:
        return f"{broadcast.total - broadcast.open} / {broadcast.total}"

    @display(description=_("problems"), ordering="problems")
    def problems(self, broadcast: Any) -> int:
        return int(broadcast.problems)

    @display(description=_("deliveries"))
    def show_deliveries(self, broadcast: Any) -> SafeString:
        address = reverse("admin:messaging_delivery_changelist")
        return format_html(
            '<a class="text-link" href="{}?broadcast__id__exact={}">{}</a>',
            address,
            broadcast.pk,
            self.show_progress(broadcast),
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
