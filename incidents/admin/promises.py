"""When we promised to speak again, and how that stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.humanize.templatetags.humanize import NaturalTimeFormatter
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _

from audiences.admin.moments import brief, moment
from audiences.colleagues import called
from audiences.models import AudienceKind
from incidents.admin import labels
from incidents.models import Incident, Promise, Update

AT_RISK = timedelta(minutes=10)


@dataclass(frozen=True)
class Standing:
    due_at: datetime
    story_time: datetime

    @property
    def is_broken(self) -> bool:
        return self.story_time > self.due_at

    @property
    def is_at_risk(self) -> bool:
        return not self.is_broken and self.due_at - self.story_time <= AT_RISK

    @property
    def variant(self) -> str:
        if self.is_broken:
            return "danger"
        return "warning" if self.is_at_risk else "success"

    @property
    def due(self) -> str:
        return brief(self.due_at, self.story_time)

    @property
    def countdown(self) -> str:
        if self.is_broken:
            return _("%(span)s overdue") % {"span": span(self.story_time, self.due_at)}
        if self.due_at - self.story_time < timedelta(minutes=1):
            return _("now")
        return _("in %(span)s") % {"span": span(self.due_at, self.story_time)}


def span(later: datetime, earlier: datetime) -> str:
    if later - earlier < timedelta(minutes=1):
        return _("less than a minute")
    # German declines what follows “in” and “seit”.
    return timeuntil(later, earlier, time_strings=NaturalTimeFormatter.future_substrings, depth=1)


def with_promise(incidents: QuerySet[Incident]) -> QuerySet[Any]:
    """Adds `promised_at`: what is owed first in each incident, to whichever audience."""
    owed = Promise.objects.filter(incident=OuterRef("pk"), settled_at=None).order_by("due_at")
    return incidents.annotate(promised_at=Subquery(owed.values("due_at")[:1]))


def promise_of(incident: Any, now: datetime) -> Standing | None:
    """How the promise of an incident from `with_promise` stands; None where none is open."""
    if incident.is_draft or incident.is_over or incident.promised_at is None:
        return None
    return Standing(due_at=incident.promised_at, story_time=incident.story_time(now))


def spoken_promises(update: Update) -> list[tuple[str, str]]:
    """When each audience hears again after an update, stored or not: ("", …) is everybody else."""
    if update.next_update_due_at is None:
        return []
    apart = update.promised_apart.items()
    named = [(str(AudienceKind(kind).label), moment(at)) for kind, at in apart]
    return [("", moment(update.next_update_due_at)), *named]


@dataclass(frozen=True)
class Promised:
    """One line of the ledger, as the room shows it."""

    promise: Promise
    seen_at: datetime

    @property
    def audience(self) -> str:
        return self.promise.get_audience_display() if self.promise.audience else _("everybody")

    @property
    def made(self) -> str:
        return brief(self.promise.made_at, self.seen_at)

    @property
    def due(self) -> str:
        return brief(self.promise.due_at, self.seen_at)

    @property
    def settled(self) -> str:
        return brief(self.promise.settled_at, self.seen_at)

    @property
    def variant(self) -> str:
        return labels.PROMISE[Promise.Outcome(self.promise.outcome)]

    @property
    def answered_by(self) -> str:
        update = self.promise.settled_by
        if update is None:
            return ""
        by = update.published_by
        return called(by) if by else str(update.get_origin_display())


def waiting(made: Sequence[Promised]) -> list[Promised]:
    """Whom something is promised, the first first, where the first is not promised to all."""
    owed = [one for one in made if one.promise.settled_at is None]
    owed.sort(key=lambda one: one.promise.due_at)
    return owed if owed and owed[0].promise.audience else []


def ledger(incident: Incident, clock: datetime) -> list[Promised]:
    """What was promised, newest first."""
    made = incident.promises.select_related("settled_by__published_by")
    return [Promised(promise, clock) for promise in made.order_by("-made_at", "audience")]
