"""What steers the senders: stopped channels, rate limits, and who is at work."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from audiences.admin.base import Admin, ReadOnlyAdmin
from audiences.admin.moments import brief
from audiences.admin.pages import ActionPage
from audiences.models import Channel
from audiences.services import addresses
from messaging import states
from messaging.admin.stops import because, stop
from messaging.models import Circuit, Delivery, Lease, RateLimit
from messaging.services import circuits

OVERVIEW = "admin:messaging_ratelimit_changelist"

# Messages a second; slower, a limit is a pause that nobody sees.
SLOWEST, FASTEST = 0.001, 10_000
NOT_STOPPED = _("This channel is not stopped any more.")


class TryNowPage(ActionPage):
    title = _("Try this channel again now")
    explanation = _(
        "One message is sent at once, to try. If the provider takes it, everything that waits goes"
        " out; if not, the channel stays stopped and the rest waits on."
    )
    button = _("Try again now")
    permission = "direct"

    def form_valid(self, form: forms.Form) -> HttpResponse:
        circuit = self.object
        if not circuits.try_now(channel=circuit.channel):
            messages.info(self.request, NOT_STOPPED)
            return HttpResponseRedirect(self.back())
        self.model_admin.log_change(
            self.request,
            circuit,
            gettext("Tried again at once: %(because)s") % {"because": because(circuit)},
        )
        messages.success(
            self.request,
            _("The next message tries the channel. It goes on as soon as one is taken."),
        )
        return HttpResponseRedirect(self.back())

    def back(self) -> str:
        return reverse("admin:index" if self.request.GET.get("from") == "now" else OVERVIEW)


@admin.register(Circuit)
class CircuitAdmin(ReadOnlyAdmin):
    list_display = ("show_channel", "show_because", "opened_at", "probes", "retry_at")
    search_fields = ("channel", "because")
    ordering = ("opened_at",)
    actions_detail = ("try_now",)
    fields = ("channel", "show_because", ("opened_at", "retry_at"), "probes")

    readonly_fields = ("show_because",)

    def has_direct_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("messaging.change_circuit")

    @action(description=_("Try again now…"), icon="restart_alt", permissions=["direct"])
    def try_now(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        if self.get_object(request, object_id) is None:
            # It was seen on a page that is a few seconds old.
            messages.info(request, NOT_STOPPED)
            return HttpResponseRedirect(reverse(OVERVIEW))
        return TryNowPage.as_view(model_admin=self)(request, object_id=object_id)

    @display(description=_("stopped because"))
    def show_because(self, circuit: Circuit) -> str:
        return because(circuit)

    @display(description=_("channel"), ordering="channel")
    def show_channel(self, circuit: Circuit) -> str:
        return circuit.get_channel_display()


class RateLimitForm(forms.ModelForm[RateLimit]):
    class Meta:
        model = RateLimit
        fields = ("channel", "domain", "per_second")
        help_texts = {
            "per_second": _(
                "What the provider allows you, for example 14 for an Amazon SES account or 1 for a"
                " Twilio long code; 0.5 is one message every two seconds. Takes effect within a"
                " second, also while a broadcast is being sent."
            ),
        }

    def clean_domain(self) -> str:
        """As addresses have it, however it was typed."""
        domain = str(self.cleaned_data["domain"]).strip()
        try:
            return addresses.normalise_domain(domain) if domain else ""
        except addresses.InvalidAddress as error:
            raise ValidationError(str(error)) from error

    def clean_per_second(self) -> float:
        per_second = float(self.cleaned_data["per_second"])
        if not SLOWEST <= per_second <= FASTEST:
            raise ValidationError(
                _("The rate must be from 0.001 to 10,000 a second; to stop, pause instead.")
            )
        return per_second

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("domain") and cleaned.get("channel") != Channel.EMAIL:
            self.add_error("domain", _("Only e-mail addresses have a domain: leave it empty."))
        return cleaned


@admin.register(RateLimit)
class RateLimitAdmin(Admin):
    form = RateLimitForm
    list_display = ("show_where", "channel", "per_second")
    list_filter = ("channel",)
    search_fields = ("channel", "domain")
    ordering = ("channel", "domain")
    fields = ("channel", "domain", "per_second")
    list_before_template = "admin/messaging/control.html"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        context = {**(extra_context or {}), **control(request, timezone.now())}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    @display(description=_("for"), ordering="domain")
    def show_where(self, limit: RateLimit) -> str:
        return limit.domain or gettext("everybody on the channel")


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("owner", "channel", "started_at", "show_renewed", "show_held")
    list_filter = ("channel",)
    search_fields = ("channel",)
    ordering = ("started_at",)
    fields = ("owner", "channel", ("started_at", "show_renewed"), "until", "show_held")
    readonly_fields = ("show_renewed", "show_held")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_held(super().get_queryset(request))

    @display(description=_("last seen"), ordering="until")
    def show_renewed(self, lease: Lease) -> datetime:
        return renewed_at(lease)

    @display(description=_("messages in hand"), ordering="number_held")
    def show_held(self, lease: Any) -> int:
        return int(lease.number_held)


def with_held(leases: QuerySet[Lease]) -> QuerySet[Any]:
    """Adds `number_held`: what each sender has claimed and not finished."""
    held = Delivery.objects.filter(lease=OuterRef("pk"), state__in=states.IN_WORK)
    # A subquery per sender is answered by the index delivery_in_work; a join would read all rows.
    number = held.order_by().values("lease").annotate(number=Count("*")).values("number")
    return leases.annotate(number_held=Coalesce(Subquery(number), 0))


def renewed_at(lease: Lease) -> datetime:
    return lease.until - timedelta(seconds=settings.LEASE_SECONDS)


def control(request: HttpRequest, now: datetime) -> dict[str, Any]:
    """What stands above the rate limits: stopped channels and senders, as this person may see."""
    context: dict[str, Any] = {"may_direct": request.user.has_perm("messaging.change_circuit")}
    if request.user.has_perm("messaging.view_circuit"):
        context["stops"] = [stop(circuit, now) for circuit in Circuit.objects.all()]
    if request.user.has_perm("messaging.view_lease"):
        context["senders"] = [
            {
                "channel": lease.get_channel_display(),
                "since": brief(lease.started_at, now),
                "seen": brief(renewed_at(lease), now),
                "held": lease.number_held,
                "is_gone": lease.until < now,
            }
            for lease in with_held(Lease.objects.order_by("channel", "started_at"))
        ]
    return context
