"""The form for an update: what we say, what has changed, when we speak again."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from incidents.models import Component, Incident, IncidentComponent, Status
from incidents.models.incidents import FINAL
from incidents.services import promises, updates

STEP = timedelta(minutes=5)
QUICK = (15, 30, 60)
AT = "at"


class UpdateForm(forms.Form):
    status = forms.ChoiceField(
        label=_("Status"), widget=UnfoldAdminSelectWidget({"x-model.fill": "status"})
    )
    public_text = TextsFormField(
        label=_("What we tell customers"),
        widget=texts_widget(single_line=False),
        help_text=_("What we know, what we are doing, what they can do. Short, no blame."),
        error_messages={"required": _("Write the public text in at least one language.")},
    )
    technical_text = TextsFormField(
        label=_("Technical detail"),
        required=False,
        widget=texts_widget(single_line=False),
        help_text=_("Only internal segments with technical detail read this."),
    )
    effect = TextsFormField(
        label=_("What customers notice"), required=False, widget=texts_widget(single_line=False)
    )
    workaround = TextsFormField(
        label=_("Workaround"), required=False, widget=texts_widget(single_line=False)
    )
    next_update = forms.ChoiceField(
        label=_("When do we speak again?"),
        required=False,
        widget=UnfoldAdminRadioSelectWidget(attrs={"x-model.fill": "next"}),
    )
    next_update_at = forms.SplitDateTimeField(
        label=_("At this time"), required=False, widget=UnfoldAdminSplitDateTimeWidget
    )
    # The last update the author has seen, 0 for none.
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # A check hands on the time that was looked at: minutes would have moved on by the next step.
    checked_promise = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, incident: Incident, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incident, self.now, self.story_time = incident, now, incident.story_time(now)
        self.affected = list(incident.affected.select_related("component"))
        self._choice("status").choices = statuses(incident)
        self._choice("next_update").choices = self._promises()
        zone = f"{timezone.localtime(self.story_time):%Z}"
        self.fields["next_update_at"].help_text = gettext("Time zone: %(zone)s") % {"zone": zone}
        for row in self.affected:
            self.fields[component_field(row)] = _component_choice(row)

    def component_fields(self) -> list[forms.BoundField]:
        return [self[component_field(row)] for row in self.affected]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        status = cleaned.get("status", "")
        cleaned["next_update_due_at"] = None
        if status and status not in FINAL:
            cleaned["next_update_due_at"] = self._promised(cleaned)
        return cleaned

    def draft(self) -> updates.UpdateDraft:
        """What was entered, ready to be published."""
        cleaned = self.cleaned_data
        return updates.UpdateDraft(
            status=cleaned["status"],
            public_text=cleaned["public_text"],
            technical_text=cleaned["technical_text"],
            next_update_due_at=cleaned["next_update_due_at"],
            component_statuses={
                row.component_id: cleaned[component_field(row)] for row in self.affected
            },
            after=cleaned["after"] or 0,
        )

    def _promised(self, cleaned: dict[str, Any]) -> datetime | None:
        chosen = cleaned.get("next_update")
        at: datetime | None = cleaned.get("checked_promise") or self._chosen(cleaned)
        name = "next_update_at" if chosen == AT else "next_update"
        needed = updates.needs_promise(kind=self.incident.kind, status=cleaned["status"])
        if at is None and (needed or chosen == AT):
            self.add_error(name, _("Say when the next update comes."))
        if at is not None and at <= self.story_time:
            self.add_error(name, _("This time has passed. Promise the next update for later."))
        return at

    def _chosen(self, cleaned: dict[str, Any]) -> datetime | None:
        match cleaned.get("next_update"):
            case None | "":
                return None
            case "at":
                return cleaned.get("next_update_at")
            case minutes:
                return round_up(self.story_time + timedelta(minutes=int(minutes)))

    def _promises(self) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = []
        if not updates.needs_promise(kind=self.incident.kind, status=self.incident.status):
            choices.append(("", _("No promise")))
        for minutes in sorted({*QUICK, rhythm(self.incident, self.now)}):
            at = timezone.localtime(round_up(self.story_time + timedelta(minutes=minutes)))
            words = ngettext("in %(n)s minute (%(at)s)", "in %(n)s minutes (%(at)s)", minutes)
            choices.append((str(minutes), words % {"n": minutes, "at": f"{at:%H:%M %Z}"}))
        return [*choices, (AT, _("at another time …"))]

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


def statuses(incident: Incident) -> list[tuple[str, Any]]:
    """What an update may say now; “post-mortem” comes with publishing one."""
    return [
        (status.value, status.label)
        for status in updates.statuses_for(incident)
        if status != Status.POSTMORTEM or incident.status == status
    ]


def rhythm(incident: Incident, now: datetime) -> int:
    """The minutes the plan promises between two updates."""
    interval = promises.interval(incident=incident, at=incident.story_time(now))
    return max(int(interval.total_seconds() // 60), 1)


def round_up(at: datetime) -> datetime:
    """The next full five minutes: people remember 14:35, not 14:33:20."""
    return at + (datetime.min.replace(tzinfo=at.tzinfo) - at) % STEP


def component_field(row: IncidentComponent) -> str:
    return f"component_{row.component_id}"


def _component_choice(row: IncidentComponent) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=row.component.name,
        choices=Component.Status.choices,
        initial=row.status,
        widget=UnfoldAdminSelectWidget,
    )
