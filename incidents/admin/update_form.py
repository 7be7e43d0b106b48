"""The form for an update: what we say, what has changed, when we speak again."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminRadioSelectWidget, UnfoldAdminSelectWidget

from audiences.admin.moment_field import MomentField
from audiences.admin.texts import texts_widget
from audiences.fields import TextsFormField
from audiences.models import AudienceKind
from incidents.admin.facts_form import FactsForm, component_field
from incidents.admin.promises import span
from incidents.models import Incident, Status
from incidents.models.facts import PUBLIC_FACTS
from incidents.planning import Rhythms
from incidents.services import facts, promises, update_checks, updates

STEP = timedelta(minutes=5)
QUICK = (15, 30, 60)
AT = "at"
_PASSED = _("This time has passed. Promise the next update for later.")


class UpdateForm(FactsForm):
    audience = forms.ChoiceField(
        label=_("Who hears it"),
        required=False,
        choices=[
            ("", _("everybody whom the plan tells")),
            (AudienceKind.INTERNAL, _("only internal readers: nothing on the status page")),
        ],
        widget=UnfoldAdminRadioSelectWidget,
    )
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
    next_update = forms.ChoiceField(
        label=_("When do we speak again?"),
        required=False,
        widget=UnfoldAdminRadioSelectWidget(attrs={"x-model.fill": "next"}),
    )
    next_update_at = MomentField(label=_("At this time"), required=False)
    # The last update the author has seen, 0 for none.
    after = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # A check hands on the time that was looked at: minutes would have moved on by the next step.
    checked_promise = forms.DateTimeField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, incident: Incident, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, incident=incident, **kwargs)
        self.now, self.story_time = now, incident.story_time(now)
        self._choice("status").choices = statuses(incident)
        self._choice("next_update").choices = self._promises()
        zone = f"{timezone.localtime(self.story_time):%Z}"
        self.fields["next_update_at"].help_text = gettext("Time zone: %(zone)s") % {"zone": zone}
        for kind in self._rhythms().audiences(impact=incident.impact):
            self.fields[next_field(kind)] = self._rhythm_choice(kind)
            hidden = forms.DateTimeField(required=False, widget=forms.HiddenInput)
            self.fields[checked_field(kind)] = hidden
        self.add_components(incident.touched())

    @property
    def kinds(self) -> list[str]:
        """The audiences that have a rhythm of their own."""
        return [kind for kind in AudienceKind.values if next_field(kind) in self.fields]

    def rhythm_fields(self) -> list[forms.BoundField]:
        return [self[next_field(kind)] for kind in self.kinds]

    def slower_note(self) -> str:
        """That the plan allows a slower rhythm by now, and that readers are told."""
        plan, opened_at = self.incident.plan, self.incident.opened_at
        usual = self._rhythms().of(impact=self.incident.impact)
        now = promises.interval(incident=self.incident, at=self.story_time)
        if now <= usual or not (plan and plan.slower_after and opened_at):
            return ""
        words = {"span": span(opened_at + plan.slower_after, opened_at), "rhythm": facts.every(now)}
        return (
            gettext(
                "It has lasted more than %(span)s: the plan allows a word %(rhythm)s."
                " The first message in this rhythm announces it."
            )
            % words
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        status = cleaned.get("status", "")
        cleaned["next_update_due_at"] = None
        if promises.needs_promise(kind=self.incident.kind, status=status):
            cleaned["next_update_due_at"] = self._promised(cleaned)
        cleaned["promised"] = self._promised_apart(cleaned)
        if cleaned.get("audience") and self._changes(cleaned):
            words = _("Customers would see a new status: leave it, or tell everybody.")
            self.add_error("audience", words)
        elif cleaned.get("audience") and self.changed_facts() & set(PUBLIC_FACTS):
            words = _("Customers would read new facts: leave them, or tell everybody.")
            self.add_error("audience", words)
        return cleaned

    def _changes(self, cleaned: dict[str, Any]) -> bool:
        """Whether the status page would show something new."""
        statuses = [(row.status, cleaned.get(component_field(row))) for row in self.affected]
        statuses.append((self.incident.status, cleaned.get("status")))
        return any(new and new != old for old, new in statuses)

    def _promised_apart(self, cleaned: dict[str, Any]) -> dict[str, datetime]:
        """To kinds of audience with a rhythm of their own; where nothing is said, the plan's."""
        promised = {}
        for kind in self.kinds if cleaned.get("next_update_due_at") else ():
            minutes = int(cleaned.get(next_field(kind)) or rhythm(self.incident, self.now, kind))
            at = cleaned.get(checked_field(kind)) or self._in(minutes)
            self._check_promise(next_field(kind), at)
            promised[kind] = at
        return promised

    def concerns(self) -> list[str]:
        """What its author should know before it is published."""
        return []

    def draft(self) -> updates.UpdateDraft:
        """What was entered, ready to be published."""
        cleaned = self.cleaned_data
        audience, promised = cleaned["audience"], cleaned["promised"]
        return updates.UpdateDraft(
            audience=audience,
            promised={} if audience else promised,
            facts=self.facts(),
            status=cleaned["status"],
            public_text=cleaned["public_text"],
            technical_text=cleaned["technical_text"],
            next_update_due_at=promised.get(audience, cleaned["next_update_due_at"]),
            component_statuses=self.component_statuses(),
            after=cleaned["after"] or 0,
        )

    def _promised(self, cleaned: dict[str, Any]) -> datetime | None:
        chosen = cleaned.get("next_update")
        at: datetime | None = cleaned.get("checked_promise") or self._chosen(cleaned)
        name = "next_update_at" if chosen == AT else "next_update"
        if at is None:
            self.add_error(name, _("Say when the next update comes."))
        else:
            self._check_promise(name, at)
        return at

    def _check_promise(self, name: str, at: datetime) -> None:
        farthest = promises.farthest(kind=self.incident.kind)
        if at <= self.story_time:
            self.add_error(name, _PASSED)
        elif at - self.story_time > farthest:
            words = gettext("This is more than %(days)d days ahead: check the date.")
            self.add_error(name, words % {"days": farthest.days})

    def _chosen(self, cleaned: dict[str, Any]) -> datetime | None:
        match cleaned.get("next_update"):
            case None | "":
                return None
            case "at":
                return cleaned.get("next_update_at")
            case minutes:
                return self._in(int(minutes))

    def _in(self, minutes: int) -> datetime:
        return round_up(self.story_time + timedelta(minutes=minutes))

    def _rhythms(self) -> Rhythms:
        return promises.rhythms(self.incident.plan)

    def _rhythm_choice(self, kind: str) -> forms.ChoiceField:
        name = {"audience": AudienceKind(kind).label}
        return forms.ChoiceField(
            label=gettext("When does this audience hear again: %(audience)s?") % name,
            choices=self._in_minutes(rhythm(self.incident, self.now, kind)),
            initial=str(rhythm(self.incident, self.now, kind)),
            required=False,
            widget=UnfoldAdminRadioSelectWidget,
        )

    def _promises(self) -> list[tuple[str, Any]]:
        return [*self._in_minutes(rhythm(self.incident, self.now)), (AT, _("at another time …"))]

    def _in_minutes(self, planned: int) -> list[tuple[str, Any]]:
        choices: list[tuple[str, Any]] = []
        for minutes in sorted({*QUICK, planned}):
            at = timezone.localtime(self._in(minutes))
            words = ngettext("in %(n)s minute (%(at)s)", "in %(n)s minutes (%(at)s)", minutes)
            choices.append((str(minutes), words % {"n": minutes, "at": f"{at:%H:%M %Z}"}))
        return choices

    def _choice(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


def statuses(incident: Incident) -> list[tuple[str, Any]]:
    """What an update may say now; “post-mortem” comes with publishing one."""
    return [
        (status.value, status.label)
        for status in update_checks.statuses_for(incident)
        if status != Status.POSTMORTEM or incident.status == status
    ]


def rhythm(incident: Incident, now: datetime, audience: str = "") -> int:
    """The minutes the plan promises an audience between two updates."""
    at = incident.story_time(now)
    interval = promises.interval(incident=incident, at=at, audience=audience)
    return max(int(interval.total_seconds() // 60), 1)


def round_up(at: datetime) -> datetime:
    """The next full five minutes: people remember 14:35, not 14:33:20."""
    return at + (datetime.min.replace(tzinfo=at.tzinfo) - at) % STEP


def next_field(kind: str) -> str:
    return f"next_update_{kind}"


def checked_field(kind: str) -> str:
    return f"checked_promise_{kind}"
