"""Ways to reach us, when somebody is there, and what customers see of that."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView
from unfold.decorators import action, display
from unfold.views import UnfoldModelAdminViewMixin
from unfold.widgets import UnfoldAdminSelectWidget

from audiences import public_holidays
from audiences.admin.as_shown import AsShownMixin, RowsAsShown
from audiences.admin.base import Admin, Rows
from audiences.admin.moment_field import MomentField
from audiences.languages import spoken
from audiences.models import ClosedDay, Segment, SupportHours, SupportWay
from audiences.services import reaching, support, support_addresses

_TEXTS = ("name", "reason")


class LookForm(forms.Form):
    segment = forms.ModelChoiceField(
        Segment.objects.order_by("name"),
        label=_("Customers of"),
        required=False,
        empty_label=_("everybody"),
        widget=UnfoldAdminSelectWidget,
    )
    at = MomentField(label=_("At"), required=False, help_text=_("Empty: now."))


class LookPage(UnfoldModelAdminViewMixin, TemplateView):
    """What a message would say, and the status page, to whom and when one likes."""

    title = _("What customers see")
    template_name = "admin/audiences/support.html"
    permission_required = ()
    request: HttpRequest

    def has_permission(self) -> bool:
        return bool(self.model_admin.has_view_permission(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # Opened without a question, it answers for everybody and now.
        form = LookForm(self.request.GET or {"at_0": "", "at_1": ""})
        said: list[tuple[str, str]] = []
        if form.is_valid():
            at = form.cleaned_data["at"] or timezone.now()
            segment = form.cleaned_data["segment"]
            segments = [segment.pk] if segment else []
            found = support.at(ways=support.read(), now=at, segments=segments)
            said = [
                (str(name), reaching.sentence(found, code)) for code, name in settings.LANGUAGES
            ]
        back = reverse_lazy("admin:audiences_supportway_changelist")
        return super().get_context_data(**kwargs, form=form, said=said, back=back)


class WayForm(AsShownMixin, forms.ModelForm[SupportWay]):
    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("address") and given.get("kind"):
            try:
                support_addresses.check(kind=given["kind"], address=given["address"])
            except support_addresses.UnusableAddress as error:
                self.add_error("address", str(error))
        return given

    def clean_holidays(self) -> str:
        code: str = self.cleaned_data["holidays"].strip()
        if code:
            try:
                public_holidays.check(code)
            except public_holidays.UnknownHolidays as error:
                raise ValidationError(str(error)) from error
        return code


class HoursFormSet(RowsAsShown):
    def clean(self) -> None:
        super().clean()
        rows = [form.instance for form in self.forms if _is_given(form, self)]
        for first, second in _overlaps(rows):
            raise ValidationError(
                gettext("%(first)s and %(second)s overlap. Correct a time, or make them one.")
                % {"first": first, "second": second}
            )


def _is_given(form: forms.ModelForm[SupportHours], formset: HoursFormSet) -> bool:
    times = {"opens_at", "closes_at", "weekday"}
    given = getattr(form, "cleaned_data", {})
    return times <= given.keys() and form not in formset.deleted_forms


def _overlaps(rows: list[SupportHours]) -> Iterator[tuple[SupportHours, SupportHours]]:
    in_order = sorted(rows, key=lambda row: (row.weekday, row.opens_at))
    for first, second in pairwise(in_order):
        is_to_the_end = first.closes_at == time(0)
        if first.weekday == second.weekday and (is_to_the_end or first.closes_at > second.opens_at):
            yield first, second


class HoursForm(AsShownMixin, forms.ModelForm[SupportHours]):
    class Meta:
        model = SupportHours
        fields = ("weekday", "opens_at", "closes_at")
        help_texts = {"closes_at": _("00:00 is the end of the day.")}


class HoursRows(Rows):
    model = SupportHours
    form = HoursForm
    formset = HoursFormSet
    tab = False


class ClosedDayForm(AsShownMixin, forms.ModelForm[ClosedDay]):
    pass


class ClosedDayRows(Rows):
    model = ClosedDay
    form = ClosedDayForm
    formset = RowsAsShown
    single_line = _TEXTS
    fields = ("closed_on", "reason")


@admin.register(SupportWay)
class SupportWayAdmin(Admin):
    form = WayForm
    single_line = _TEXTS
    list_display = ("show_name", "kind", "address", "show_segments", "show_now", "position")
    list_filter = ("kind", "segments")
    search_fields = ("address",)
    autocomplete_fields = ("segments",)
    ordering = ("position", "pk")
    fieldsets = (
        (None, {"fields": ("name", ("kind", "address"), "segments", "position")}),
        (
            _("When somebody is there"),
            {
                "fields": ("time_zone", ("holidays", "is_open_on_holidays")),
                "description": _(
                    "Give the open hours below. Without any, the way is there at any time."
                ),
            },
        ),
    )
    inlines = (HoursRows, ClosedDayRows)
    actions_list = ("look",)

    def get_queryset(self, request: HttpRequest) -> Any:
        related = super().get_queryset(request)
        return related.prefetch_related("segments", "hours", "closed_days")

    @display(description=_("name"))
    def show_name(self, way: SupportWay) -> str:
        return spoken(way.name)

    @display(description=_("for"))
    def show_segments(self, way: SupportWay) -> str:
        return ", ".join(str(one) for one in way.segments.all()) or gettext("everybody")

    @display(description=_("at the moment"))
    def show_now(self, way: SupportWay) -> str:
        return reaching.state(support.seen(way, now=timezone.now()), timezone.now())

    @action(
        description=_("What customers see"),
        url_path="what-customers-see",
        icon="visibility",
        permissions=["view"],
    )
    def look(self, request: HttpRequest) -> HttpResponseBase:
        return LookPage.as_view(model_admin=self)(request)


@admin.register(ClosedDay)
class ClosedDayAdmin(Admin):
    single_line = _TEXTS
    list_display = ("closed_on", "show_way", "show_reason")
    list_filter = ("way",)
    list_select_related = ("way",)
    search_fields = ("reason", "way__address")
    date_hierarchy = "closed_on"
    ordering = ("-closed_on",)
    fields = ("closed_on", "way", "reason")

    @display(description=_("way to reach support"), ordering="way")
    def show_way(self, day: ClosedDay) -> str:
        return f"{spoken(day.way.name)} {day.way}" if day.way else gettext("all of them")

    @display(description=_("reason"))
    def show_reason(self, day: ClosedDay) -> str:
        return spoken(day.reason)
