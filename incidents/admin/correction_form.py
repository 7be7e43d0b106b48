"""The form for a correction: what was said, to be put right where it is wrong."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldBooleanSwitchWidget

from audiences.admin.moment_field import MomentField
from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from audiences.models import AudienceKind
from incidents.admin.facts_form import FactsForm
from incidents.models import Update
from incidents.services import correction_drafts, proposals
from incidents.services.correction_drafts import Correction


class CorrectionForm(FactsForm):
    withdraws = forms.ChoiceField(
        label=_("What is wrong?"),
        required=False,
        choices=[("", _("something in it: its readers get it put right"))]
        + [(kind.value, kind.label) for kind in Update.Withdrawal],
        help_text=_("Taken back, it is no longer shown, and your text stands in its place."),
        widget=UnfoldAdminRadioSelectWidget,
    )
    public_text = TextsFormField(
        label=_("What is right"),
        widget=texts_widget(single_line=False),
        help_text=_("Only readers of a language in which you change something are written to."),
        error_messages={"required": _("Write the public text in at least one language.")},
    )
    technical_text = TextsFormField(
        label=_("Technical detail"), required=False, widget=texts_widget(single_line=False)
    )
    quotes_wrong = forms.BooleanField(
        label=_("The incident page shows what it said before"),
        help_text=_("Switch it off if nobody outside may see that any more."),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget,
    )
    # The version its author has seen.
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, update: Update, now: datetime, **kwargs: Any) -> None:
        self.update, incident = update, update.incident
        self.is_latest = correction_drafts.is_latest(update) and not incident.is_over
        super().__init__(*args, incident=incident, **kwargs)
        self.story_time = incident.story_time(now)
        self.promised = correction_drafts.promisable(update=update, at=self.story_time)
        self.add_components(incident.touched() if self.is_latest else [])
        for kind in self.promised:
            self.fields[promise_field(kind)] = _promise(kind, self.story_time)

    def promise_fields(self) -> list[forms.BoundField]:
        return [self[promise_field(kind)] for kind in self.promised]

    def fact_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fact_names()]

    def fact_names(self) -> list[str]:
        return super().fact_names() if self.is_latest else []

    def correction(self) -> Correction:
        """What was entered, ready to be said."""
        cleaned = self.cleaned_data
        return Correction(
            public_text=cleaned["public_text"],
            technical_text=cleaned["technical_text"],
            facts=self.facts(),
            promised={
                kind: cleaned[promise_field(kind)] or due_at
                for kind, due_at in self.promised.items()
            },
            component_statuses=self.component_statuses(),
            withdraws=cleaned["withdraws"],
            quotes_wrong=cleaned["quotes_wrong"],
            after=cleaned["after"],
        )


def as_written(correction: Update) -> dict[str, Any]:
    """A correction as the form shows it, to be written again."""
    statuses = proposals.statuses_of(correction)
    return {
        "public_text": correction.public_text,
        "technical_text": correction.technical_text,
        "withdraws": correction.withdraws,
        "quotes_wrong": correction.quotes_wrong,
        **correction.facts,
        **promise_fields(correction_drafts.meant(correction)),
        **{f"component_{pk}": status for pk, status in statuses.items()},
    }


def promise_fields(times: Mapping[str, datetime]) -> dict[str, datetime]:
    return {promise_field(kind): at for kind, at in times.items()}


def promise_field(kind: str) -> str:
    return f"promised_{kind}" if kind else "promised"


def _promise(kind: str, story_time: datetime) -> MomentField:
    label = gettext("Next update, as it was meant")
    zone = f"{timezone.localtime(story_time):%Z}"
    return MomentField(
        required=False,
        label=f"{label}: {AudienceKind(kind).label}" if kind else label,
        help_text=gettext("Time zone: %(zone)s") % {"zone": zone},
    )
