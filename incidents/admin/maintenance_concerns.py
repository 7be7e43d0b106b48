"""What speaks against the times of a maintenance: it may be done, but knowingly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, npgettext
from unfold.widgets import UnfoldBooleanWidget

from audiences import bounds
from audiences.admin.moments import moment
from audiences.languages import spoken
from audiences.models import Account
from incidents.models import Blackout, Incident, MaintenanceSeries
from incidents.models.plans import Kind
from incidents.services import clashes, lead_times
from incidents.services.clashes import Clash
from incidents.services.lead_times import TooLate


@dataclass(frozen=True)
class Concern:
    """`key` names it from one page to the next, so that only what was read is confirmed."""

    key: str
    words: str
    accounts: Sequence[Account] = ()
    more: int = 0


def concerns(
    *, incident: Incident, starts_at: datetime | None, ends_at: datetime | None, now: datetime
) -> list[Concern]:
    """What speaks against a maintenance from … to …, announced now; none for an incident."""
    if incident.kind != Kind.MAINTENANCE or not starts_at or not ends_at:
        return []
    story = incident.story_time(now)
    late = lead_times.missed(incident=incident, starts_at=starts_at, told_at=story)
    quiet = clashes.blackouts(incident=incident, starts_at=starts_at, ends_at=ends_at)
    busy = clashes.overlaps(incident=incident, starts_at=starts_at, ends_at=ends_at, now=story)
    return [*map(_too_late, late), *map(_blackout, quiet), *map(_clash, busy)]


def of_draft(*, incident: Incident, now: datetime) -> list[Concern]:
    """The same for the times that it has."""
    story = incident.story_time(now)
    return [*_passed(incident, story), *_far(incident, story), *_for_times(incident, now)]


def of_series(*, series: MaintenanceSeries) -> list[Concern]:
    """What speaks against how early its drafts are made."""
    agreed = lead_times.hurried(series=series)
    if agreed is None:
        return []
    words = _(
        "The plan “%(plan)s” wants this much notice: %(notice)s. The drafts are made no earlier, so"
        " each is too late from its first moment: make “drafted ahead” longer."
    )
    return [Concern(key="hurried", words=words % {"plan": agreed.plan.name, "notice": agreed})]


def _for_times(incident: Incident, now: datetime) -> list[Concern]:
    return concerns(
        incident=incident,
        starts_at=incident.scheduled_for,
        ends_at=incident.scheduled_until,
        now=now,
    )


def _passed(incident: Incident, story: datetime) -> list[Concern]:
    begins_at, ends_at = incident.scheduled_for, incident.scheduled_until
    if incident.kind != Kind.MAINTENANCE or begins_at is None or begins_at > story:
        return []
    if ends_at and ends_at <= story:
        words = _("Its start and its end have passed: choose other times.")
    elif incident.runs_by_clock:
        words = _("Its start has passed: it begins the moment it is opened.")
    else:
        words = _("Its start has passed, and nobody has begun it.")
    return [Concern(key="passed", words=words)]


def _far(incident: Incident, story: datetime) -> list[Concern]:
    begins_at = incident.scheduled_for
    if incident.kind != Kind.MAINTENANCE or not begins_at or begins_at - story <= bounds.LONGEST:
        return []
    return [Concern(key="far", words=_("It begins in more than a year: check the date."))]


class KnowingForm(forms.Form):
    """One box to tick for each concern, which names it; it belongs to the page's form “confirm”,
    wherever on the page it stands."""

    def __init__(self, *args: Any, concerns: Sequence[Concern] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.concerns = concerns
        for concern in concerns:
            self.fields[f"knows_{concern.key}"] = forms.BooleanField(
                label=gettext_lazy("I know, and do it all the same: %(words)s")
                % {"words": concern.words},
                widget=UnfoldBooleanWidget({"form": "confirm"}),
                error_messages={
                    "required": gettext_lazy("Tick that you know this, or choose other times.")
                },
            )


def _too_late(late: TooLate) -> Concern:
    if late.tier == Account.Tier.KEY:
        words = ngettext(
            "%(count)s key account is to hear %(notice)s before; %(start)s.",
            "%(count)s key accounts are to hear %(notice)s before; %(start)s.",
            late.count,
        )
    else:
        words = ngettext(
            "%(count)s account is to hear %(notice)s before; %(start)s.",
            "%(count)s accounts are to hear %(notice)s before; %(start)s.",
            late.count,
        )
    known = {"count": late.count, "notice": _length(late.notice), "start": _start(late.ahead)}
    return Concern(
        key=f"lead_time_{late.tier}",
        words=words % known,
        accounts=late.accounts,
        more=late.count - len(late.accounts),
    )


def _start(ahead: timedelta) -> str:
    if ahead < timedelta(minutes=1):
        return _("it starts at once")
    return _("it starts in %(span)s") % {"span": _span(ahead)}


def _length(notice: timedelta) -> str:
    """How long before, in the largest unit that says it exactly enough."""
    days, hours = notice.days, round(notice.total_seconds() / 3600)
    if notice >= timedelta(days=2) or notice == timedelta(days=1):
        return npgettext("before something", "%(n)s day", "%(n)s days", days) % {"n": days}
    return npgettext("before something", "%(n)s hour", "%(n)s hours", hours) % {"n": hours}


def _span(ahead: timedelta) -> str:
    """As it follows “in”, which German declines."""
    minutes = int(ahead.total_seconds() // 60)
    if minutes < 120:
        return npgettext("in", "%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        hours = minutes // 60
        return npgettext("in", "%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return npgettext("in", "%(n)s day", "%(n)s days", ahead.days) % {"n": ahead.days}


def _blackout(blackout: Blackout) -> Concern:
    words = _("It falls into the blackout period “%(name)s” (%(start)s – %(end)s).") % {
        "name": blackout.name,
        "start": moment(blackout.starts_at),
        "end": moment(blackout.ends_at),
    }
    return Concern(key=f"blackout_{blackout.pk}", words=words)


def _clash(clash: Clash) -> Concern:
    other = clash.incident
    known = {
        "title": spoken(other.title),
        "names": ", ".join(component.name for component in clash.components),
        "start": moment(other.scheduled_for),
        "end": moment(other.scheduled_until),
    }
    if other.kind == Kind.INCIDENT:
        words = _("The incident “%(title)s” on %(names)s is not over yet.")
    elif other.is_draft:
        words = _("It overlaps with the draft “%(title)s” on %(names)s (%(start)s – %(end)s).")
    else:
        words = _(
            "It overlaps with the maintenance “%(title)s” on %(names)s (%(start)s – %(end)s)."
        )
    return Concern(key=f"clash_{other.pk}", words=words % known)
