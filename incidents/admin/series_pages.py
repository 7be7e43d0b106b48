"""An occurrence of a maintenance series is left out, or comes back after all."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import formats, timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from audiences import zones
from audiences.admin.pages import ActionPage
from incidents.services import series

_OFFERED = 10


def in_words(at: datetime) -> str:
    """With the weekday, on the wall of its own zone."""
    if isinstance(at.tzinfo, ZoneInfo):
        at = at.astimezone(zones.Spoken(at.tzinfo.key))
    day = formats.date_format(at, gettext("l, j F Y"))
    return f"{day}, {at:%H:%M %Z}"


class TimeForm(forms.Form):
    starts_at = forms.TypedChoiceField(label=_("Which one?"), widget=UnfoldAdminSelectWidget)

    def __init__(self, *args: Any, times: list[datetime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["starts_at"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(at.isoformat(), in_words(at)) for at in times]
        # As it was offered, in its own zone: the text only knows how far that is from ours.
        field.coerce = {at.isoformat(): at for at in times}.__getitem__


class SkipPage(ActionPage):
    title = _("Skip one occurrence")
    explanation = _(
        "It is left out, and its draft is deleted if there is one. Nobody is told: customers have"
        " not heard of it. What has been announced is called off from its own page."
    )
    button = _("Skip it")
    form_class = TimeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        now = timezone.now()
        skipped = self.object.times.filter(skipped_by__isnull=False)
        gone = set(skipped.values_list("starts_at", flat=True))
        coming = series.next_times(series=self.object, after=now, limit=_OFFERED)
        # A time on the wall that comes twice equals no time of another zone.
        times = [at for at in coming if at.astimezone(UTC) not in gone]
        return {**super().get_form_kwargs(), "times": times}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        starts_at = form.cleaned_data["starts_at"]
        try:
            series.skip(series=self.object, starts_at=starts_at, by=self.actor)
        except series.AlreadyAnnounced as error:
            form.add_error(
                None,
                gettext("“%(title)s” has been announced: call it off, so that customers hear.")
                % {"title": error},
            )
            return self.form_invalid(form)
        words = gettext("Skipped: %(time)s.") % {"time": in_words(starts_at)}
        self.model_admin.log_change(self.request, self.object, words)
        messages.success(self.request, words)
        return HttpResponseRedirect(self.back())


class TakeBackPage(ActionPage):
    title = _("Take back a skip")
    explanation = _(
        "It comes after all. Its draft is made at once if it is soon, else ahead of time like every"
        " other; nobody is told before it is opened."
    )
    button = _("Let it come")
    form_class = TimeForm

    def get_form_kwargs(self) -> dict[str, Any]:
        times = series.left_out(series=self.object, now=timezone.now())
        return {**super().get_form_kwargs(), "times": times}

    def get_initial(self) -> dict[str, Any]:
        return {"starts_at": self.request.GET.get("starts_at", "")}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        starts_at = form.cleaned_data["starts_at"]
        try:
            series.take_back(series=self.object, starts_at=starts_at, now=timezone.now())
        except series.NotSkipped:
            messages.warning(self.request, _("It was not skipped; nothing was changed."))
            return HttpResponseRedirect(self.back())
        words = gettext("It comes after all: %(time)s.") % {"time": in_words(starts_at)}
        self.model_admin.log_change(self.request, self.object, words)
        messages.success(self.request, words)
        return HttpResponseRedirect(self.back())
