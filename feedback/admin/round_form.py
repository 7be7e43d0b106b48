"""What is asked for a round of a survey: whom, through what, when, and when they are reminded."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
)

from audiences import bounds
from audiences.admin.moments import moment
from audiences.models import Channel, Segment
from feedback.models import SurveyRound, SurveyVersion
from feedback.services import rounds
from feedback.services.orders import Order
from messaging.models import Template

_REMIND_AFTER = 5
Stage = Template.Stage


class RoundForm(forms.Form):
    segments = forms.ModelMultipleChoiceField(
        label=_("Segments"),
        queryset=Segment.objects.in_use().filter(topic="").order_by("name"),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Of their members those are asked who have agreed to be asked for feedback."),
        error_messages={"required": _("Choose at least one segment.")},
    )
    channels = forms.MultipleChoiceField(
        label=_("Channels"),
        choices=Channel.choices,
        initial=[Channel.EMAIL],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Nobody is asked by two: whoever gets the e-mail gets no text message."),
        error_messages={"required": _("Choose at least one channel.")},
    )
    template = forms.ModelChoiceField(
        label=_("Template"),
        queryset=Template.objects.filter(stage=Stage.SURVEY).order_by("pk"),
        empty_label=None,
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": _("No template is of the stage “survey”: write one, or load the plans.")
        },
    )
    asks_at = forms.SplitDateTimeField(
        label=_("At a later time"),
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget,
        validators=[bounds.within_reach],
    )
    reminder = forms.ModelChoiceField(
        label=_("Reminder"),
        queryset=Template.objects.filter(stage=Stage.SURVEY_AGAIN).order_by("pk"),
        required=False,
        empty_label=_("Nobody is reminded"),
        widget=UnfoldAdminSelectWidget,
    )
    remind_after = forms.IntegerField(
        label=_("Remind after days"),
        required=False,
        min_value=1,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Once, and only who has not answered by then."),
    )

    def __init__(self, *args: Any, version: SurveyVersion, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version, self.now = version, now
        zone = timezone.get_current_timezone()
        words = gettext("Empty: at once. Time zone: %(zone)s") % {"zone": zone}
        self.fields["asks_at"].help_text = words
        templates: Any = self.fields["template"]
        self.fields["template"].initial = templates.queryset.first()
        if version.is_anonymous:
            # Who was reminded would tell who had not answered.
            del self.fields["reminder"], self.fields["remind_after"]
        else:
            reminders: Any = self.fields["reminder"]
            reminders.initial = reminders.queryset.first()
            self.fields["remind_after"].initial = min(_REMIND_AFTER, version.open_days - 1) or None

    def clean_asks_at(self) -> datetime | None:
        at: datetime | None = self.cleaned_data["asks_at"]
        if at is None:
            return None
        if at <= self.now:
            raise forms.ValidationError(
                _("This time is over. Choose a later one, or none to ask at once.")
            )
        bounds.within_a_year(at - self.now)
        return at

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("reminder"):
            self._check_days(cleaned.get("remind_after"))
        others = rounds.in_the_way(
            survey=self.version.survey, segments=cleaned.get("segments") or (), now=self.now
        )
        for other in others:
            self.add_error("segments", in_the_way(other))
        return cleaned

    def _check_days(self, days: int | None) -> None:
        if "remind_after" in self.errors:
            return
        if not days:
            self.add_error("remind_after", _("Say after how many days, or choose no reminder."))
        elif days >= self.version.open_days:
            words = gettext("The survey closes after %(days)d days: remind before that.")
            self.add_error("remind_after", words % {"days": self.version.open_days})

    def order(self) -> Order:
        chosen = self.cleaned_data
        asks_at = chosen["asks_at"] or self.now
        reminder = chosen.get("reminder")
        return Order(
            survey=self.version.survey,
            segments=list(chosen["segments"]),
            # A mail first, which says more and costs nothing.
            channels=[name for name in Channel.values if name in chosen["channels"]],
            template=chosen["template"],
            asks_at=asks_at,
            reminder=reminder,
            reminds_at=asks_at + timedelta(days=chosen["remind_after"]) if reminder else None,
        )


def in_the_way(other: SurveyRound) -> str:
    """Why its segments cannot be asked the same now, and what to do."""
    names = {"segments": ", ".join(sorted(one.name for one in other.segments.all()))}
    if other.broadcast is None:
        words = gettext(
            "A round is planned for %(at)s already (%(segments)s). Choose other segments, or cancel"
            " that round."
        )
        return words % {"at": moment(other.asks_at), **names}
    words = gettext(
        "%(segments)s: asked on %(at)s, and can still answer until %(until)s. Choose other"
        " segments, or ask once that is over."
    )
    until = moment(other.broadcast.invitation.closes_at)
    return words % {"at": moment(other.asks_at), "until": until, **names}
