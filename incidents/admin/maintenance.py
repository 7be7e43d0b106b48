"""Maintenance that comes again, times to keep free of it, and how early who hears of it."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget

from audiences import zones
from audiences.admin.as_shown import AsShownMixin
from audiences.admin.base import Admin
from audiences.admin.moment_field import MomentField
from audiences.languages import spoken
from incidents.admin.maintenance_concerns import of_series
from incidents.admin.plan_choice import offer_active
from incidents.admin.series_pages import SkipPage, TakeBackPage, in_words
from incidents.admin.spoken_durations import SpokenDurationsMixin
from incidents.admin.spoken_durations import spoken as spoken_duration
from incidents.models import Blackout, Incident, MaintenanceSeries
from incidents.models.plans import Kind
from incidents.recurrence import BadRule
from incidents.services import series


@admin.register(Blackout)
class BlackoutAdmin(Admin):
    list_display = ("name", "starts_at", "ends_at", "which")
    search_fields = ("name",)
    autocomplete_fields = ("components",)
    ordering = ("-starts_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Blackout]:
        found: QuerySet[Blackout] = super().get_queryset(request)
        return found.prefetch_related("components")

    @display(description=_("components"))
    def which(self, blackout: Blackout) -> str:
        return ", ".join(each.name for each in blackout.components.all()) or gettext("any")


_HELD_BACK = _(
    "Ten drafts wait at a time: the next one is made once one of them was opened or skipped, or has"
    " passed."
)
_SAY_WHEN = ("rule", "first_at", "time_zone", "duration")


class SeriesForm(AsShownMixin, forms.ModelForm[MaintenanceSeries]):
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name) for name in sorted(available_timezones())],
        widget=UnfoldAdminSelectWidget,
        help_text=_("The time on the wall there stays the same, also when clocks change."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_active(self, kind=Kind.MAINTENANCE)
        if "first_at" in self.fields:
            first_at = cast(MomentField, self.fields["first_at"])
            first_at.reads_in(zones.named(self._zone()))
            first_at.help_text = _("By the clock of the time zone beside it.")

    def _zone(self) -> str:
        """The one that is chosen on the page."""
        sent = self.data.get(self.add_prefix("time_zone"))
        initial = self.get_initial_for_field(self.fields["time_zone"], "time_zone")
        return str(sent or initial)

    def clean_ahead(self) -> timedelta:
        """Nothing is drafted after its start, nor a crowd at once."""
        ahead: timedelta = self.cleaned_data["ahead"]
        if ahead <= timedelta(0):
            raise ValidationError(_("It must be longer than zero."))
        return ahead

    def clean(self) -> dict[str, Any]:
        """Refuses now what would bring nothing later."""
        cleaned = super().clean() or self.cleaned_data
        if not self.errors:
            named = {name: cleaned[name] for name in _SAY_WHEN}
            try:
                series.check(series=MaintenanceSeries(**named))
            except BadRule as error:
                self.add_error("rule", str(error))
            except series.Overlapping as error:
                self.add_error("duration", str(error))
        return cleaned


@admin.register(MaintenanceSeries)
class MaintenanceSeriesAdmin(SpokenDurationsMixin, Admin):
    form = SeriesForm
    list_display = (
        "show_title",
        "rule",
        "show_next",
        spoken_duration(MaintenanceSeries, "duration"),
        "lead",
        "is_active",
    )
    list_filter = ("is_active", "lead")
    list_select_related = ("lead",)
    search_fields = ("title", "rule")
    autocomplete_fields = ("components", "lead")
    ordering = ("-is_active", "pk")
    readonly_fields = ("show_times",)
    actions_detail = ("skip", "take_back")
    change_form_before_template = "admin/incidents/concerns.html"
    fieldsets = (
        (None, {"fields": ("title", "components", ("lead", "plan"), "is_active")}),
        (
            _("When"),
            {"fields": ("rule", ("first_at", "time_zone"), ("duration", "ahead"), "show_times")},
        ),
        (_("What customers read"), {"fields": ("effect", "work", "risk", "rollback")}),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str]:
        given = {"lead": str(request.user.pk), "time_zone": settings.TIME_ZONE}
        return {**given, **super().get_changeform_initial_data(request)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        one = self.get_object(request, object_id)
        extra = {**(extra_context or {}), "concerns": of_series(series=one) if one else []}
        return super().change_view(request, object_id, form_url, extra)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        left = series.left_behind(series=form.instance, now=timezone.now())
        if left:
            messages.warning(request, _left_behind(left))
        if change and "_save" in request.POST:
            # The list comes next, which says nothing of it.
            for concern in of_series(series=form.instance):
                messages.warning(request, concern.words)

    def response_add(
        self, request: HttpRequest, obj: MaintenanceSeries, post_url_continue: str | None = None
    ) -> Any:
        """Its next times are to be looked at first."""
        if "_save" not in request.POST:
            return super().response_add(request, obj, post_url_continue)
        messages.success(request, _("Saved. Check the next times below; nobody has been told."))
        place = reverse("admin:incidents_maintenanceseries_change", args=[obj.pk])
        return HttpResponseRedirect(place)

    @action(description=_("Skip an occurrence…"), icon="event_busy", permissions=["change"])
    def skip(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return SkipPage.as_view(model_admin=self)(request, object_id=object_id)

    @action(description=_("Take back a skip…"), icon="event_available", permissions=["change"])
    def take_back(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return TakeBackPage.as_view(model_admin=self)(request, object_id=object_id)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        one = self.get_object(request, str(object_id))
        has_left_out = one and series.left_out(series=one, now=timezone.now())
        offered: list[Any] = super().get_actions_detail(request, object_id)
        return [each for each in offered if has_left_out or each.path != "take_back"]

    @display(description=_("title"), ordering="title")
    def show_title(self, one: MaintenanceSeries) -> str:
        return spoken(one.title)

    @display(description=_("next"), empty_value="–")
    def show_next(self, one: MaintenanceSeries) -> str | None:
        return next((in_words(at) for at in _next(one, 1)), None) if one.is_active else None

    @display(description=_("the next times"))
    def show_times(self, one: MaintenanceSeries) -> SafeString | str:
        if one.pk is None:
            return gettext("Shown once it is saved.")
        times = _next(one, 5)
        if not times:
            return gettext("None: the rule has come to its end.")
        known = {time.starts_at: time for time in one.times.filter(starts_at__in=times)}
        # A time on the wall that comes twice equals no time of another zone.
        lines = [(in_words(at), _state(known.get(at.astimezone(UTC)))) for at in times]
        listed = format_html_join("", "<li>{} {}</li>", lines)
        is_held_back = one.is_active and series.is_held_back(series=one, now=timezone.now())
        note = format_html('<p class="kt-note">{}</p>', _HELD_BACK) if is_held_back else ""
        return format_html('<ol class="kt-times">{}</ol>{}', listed, note)


def _next(one: MaintenanceSeries, limit: int) -> list[datetime]:
    try:
        return series.next_times(series=one, after=timezone.now(), limit=limit)
    except BadRule:
        return []


def _state(time: Any) -> SafeString | str:
    if time is None:
        return ""
    if time.incident_id is None:
        return format_html('<span class="kt-note">{}</span>', _("skipped"))
    place = reverse("admin:incidents_incident_change", args=[time.incident_id])
    return format_html('<a class="kt-link" href="{}">{}</a>', place, _("drafted"))


def _left_behind(left: list[Incident]) -> SafeString:
    words = ngettext(
        "One draft does not fit the rule any more. Delete it if it does not apply:",
        "%(n)s drafts do not fit the rule any more. Delete those that do not apply:",
        len(left),
    ) % {"n": len(left)}
    links = (
        (reverse("admin:incidents_incident_change", args=[draft.pk]), in_words(_start(draft)))
        for draft in left
    )
    return format_html(
        "{} {}", words, format_html_join(", ", '<a class="kt-link" href="{}">{}</a>', links)
    )


def _start(draft: Incident) -> datetime:
    return timezone.localtime(draft.scheduled_for or draft.started_at)
