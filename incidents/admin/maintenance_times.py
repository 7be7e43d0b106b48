"""Other times for a maintenance: typed, looked at with whoever is told, confirmed knowingly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.moment_field import MomentField
from audiences.admin.moments import moment
from audiences.admin.pages import ActionPage
from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from incidents.admin import forecast_rows, maintenance_preview
from incidents.admin.maintenance_concerns import KnowingForm, concerns
from incidents.admin.wording import in_all_languages, lacking
from incidents.models import Incident, ScheduleChange
from incidents.services import schedules

Change = ScheduleChange.Kind


class ExtensionForm(forms.Form):
    new_until = MomentField(label=_("New end"))
    reason = TextsFormField(
        label=_("Reason"),
        widget=texts_widget(single_line=False),
        help_text=_("Customers read it. One sentence."),
        error_messages={"required": _("Say why, in at least one language.")},
    )

    def __init__(self, *args: Any, incident: Incident, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident = incident
        zone = gettext("Time zone: %(zone)s") % {"zone": timezone.get_current_timezone()}
        for name in ("new_for", "new_until"):
            if name in self.fields:
                self.fields[name].help_text = zone

    @property
    def times(self) -> tuple[datetime, datetime]:
        cleaned, incident = self.cleaned_data, self.incident
        begins_at = cleaned.get("new_for") or incident.scheduled_for or incident.started_at
        return begins_at, cleaned["new_until"]


class MoveForm(ExtensionForm):
    new_for = MomentField(label=_("New start"))
    field_order = ("new_for", "new_until", "reason")


@dataclass(frozen=True)
class Review:
    """Exactly what the change will do."""

    old: str
    new: str
    statements: Sequence[tuple[str, list[tuple[str, SafeString]]]]
    now: list[forecast_rows.Row]
    later: list[forecast_rows.Row]
    warnings: Sequence[str]

    @property
    def reach(self) -> list[tuple[str, int]]:
        return forecast_rows.total(self.now)

    @property
    def price(self) -> str:
        return forecast_rows.price(self.now)


class TimesPage(ActionPage):
    template_name = "admin/incidents/times.html"
    kind: ClassVar[ScheduleChange.Kind]

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.has_permission() and (refusal := self.refusal()):
            messages.error(request, refusal)
            return HttpResponseRedirect(self.back())
        return super().dispatch(request, *args, **kwargs)

    def refusal(self) -> str:
        """Why this cannot be done at all now, whatever the times; "" where it can."""
        try:
            schedules.check_is(self.kind, incident=self.object)
        except schedules.CannotReschedule as error:
            return str(error)
        return ""

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "incident": self.object}

    def get_initial(self) -> dict[str, Any]:
        return {"new_for": self.object.scheduled_for, "new_until": self.object.scheduled_until}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        incident = self.object
        window = moment(incident.scheduled_for), moment(incident.scheduled_until)
        return {"planned": " – ".join(window), **super().get_context_data(**kwargs)}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert isinstance(form, ExtensionForm)
        if "_edit" in self.request.POST:
            return self.form_invalid(form)
        try:
            schedules.check(kind=self.kind, incident=self.object, times=form.times, now=self.now)
            knowing = self._knowing(form)
            if not knowing.is_valid():
                return self._show_review(form, knowing)
            self._change(form)
        except schedules.CannotReschedule as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, _("Done. Those who are to know are being told now."))
        return HttpResponseRedirect(self.back())

    def _knowing(self, form: ExtensionForm) -> KnowingForm:
        starts_at, ends_at = form.times
        found = concerns(incident=self.object, starts_at=starts_at, ends_at=ends_at, now=self.now)
        if self.kind == Change.EXTENDED:  # it runs: nobody can hear earlier any more
            found = [concern for concern in found if not concern.key.startswith("lead_time")]
        confirmed = self.request.POST if "_confirm" in self.request.POST else None
        return KnowingForm(confirmed, concerns=found)

    def _change(self, form: ExtensionForm) -> None:
        known = {"reason": form.cleaned_data["reason"], "by": self.actor, "now": self.now}
        new_for, new_until = form.times
        if self.kind == Change.MOVED:
            schedules.move(incident=self.object, new_for=new_for, new_until=new_until, **known)
        else:
            schedules.extend(incident=self.object, new_until=new_until, **known)

    def _show_review(self, form: ExtensionForm, knowing: KnowingForm) -> HttpResponse:
        typed = [
            (name, value)
            for name, values in self.request.POST.lists()
            for value in values
            if name != "csrfmiddlewaretoken" and not name.startswith(("_", "knows_"))
        ]
        context = self.get_context_data(form=form, typed=typed, knowing=knowing)
        return self.render_to_response({**context, "review": self._review(form)})

    def _review(self, form: ExtensionForm) -> Review:
        change = schedules.proposal(
            incident=self.object,
            kind=self.kind,
            times=form.times,
            reason=form.cleaned_data["reason"],
            now=self.now,
        )
        rows = maintenance_preview.rescheduled(change=change, now=self.now)
        at_once = [row for row in rows if forecast_rows.is_at_once(row)]
        return Review(
            old=f"{moment(change.old_for)} – {moment(change.old_until)}",
            new=f"{moment(change.new_for)} – {moment(change.new_until)}",
            statements=_statements(change, at_once),
            now=at_once,
            later=[row for row in rows if row not in at_once],
            warnings=lacking(form.fields["reason"].label, change.reason),
        )


class MovePage(TimesPage):
    title = _("Move the maintenance")
    form_class = MoveForm
    kind = Change.MOVED


class ExtendPage(TimesPage):
    title = _("Give it a later end")
    form_class = ExtensionForm
    kind = Change.EXTENDED


def _statements(
    change: ScheduleChange, rows: Sequence[forecast_rows.Row]
) -> list[tuple[str, list[tuple[str, SafeString]]]]:
    """The words of each step that tells the change, by its name."""
    told = [row.step for row in rows if row.step.trigger == change.kind]
    words = [(step.name, maintenance_preview.said(step=step, change=change)) for step in told]
    return [(name, in_all_languages(said.public_text)) for name, said in words if said]
