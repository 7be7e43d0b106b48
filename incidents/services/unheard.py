"""Open incidents of which customers have heard nothing, although the plan has a first notice."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext as _

from audiences.models import AudienceKind
from incidents.models import Approval, Incident, PlanStep, TimelineEntry
from incidents.models.plans import Kind

State, Reason, Decision = TimelineEntry.State, TimelineEntry.Reason, Approval.Decision
_TO_COME = (State.PLANNED, State.WAITING)
# What customers hear, and what opens the conversation with them.
_TELLING = ~Q(step__who=PlanStep.Who.TASK) & (
    Q(step__tells_affected=True) | Q(step__segments__kind=AudienceKind.CUSTOMER)
)
_FIRST = Q(step__trigger=PlanStep.Trigger.OPENED)


def incidents() -> QuerySet[Incident]:
    """Of a maintenance, too; of a storm its head alone."""
    told = _entries(_TELLING, state__in=[State.DONE, State.LATE])
    is_asked = Q(mode__in=[Incident.Mode.REAL, Incident.Mode.DRILL], plan__isnull=False)
    active = Incident.objects.active().told_by_themselves()
    return active.filter(is_asked, ~Exists(told), Exists(_entries(_FIRST & _TELLING)))


def left_alone() -> QuerySet[Incident]:
    """Those whose first notice will not come, and for which nothing else is on its way.

    Adds `refused_at`: when a person last said no.
    """
    dropped = _entries(_FIRST & _TELLING, state=State.SKIPPED)
    coming = _entries(
        ~Q(step__who=PlanStep.Who.TASK), _FIRST | Q(update__isnull=False), state__in=_TO_COME
    )
    about = Approval.objects.filter(
        Q(entry__incident=OuterRef("pk")) | Q(update__incident=OuterRef("pk"))
    )
    refused = about.filter(decision=Decision.REFUSED).order_by("-decided_at")
    found = incidents().filter(Exists(dropped), ~Exists(coming), ~Exists(about.undecided()))
    return found.annotate(refused_at=Subquery(refused.values("decided_at")[:1]))


def why(incidents_shown: Iterable[Incident], *, now: datetime) -> Mapping[int, str]:
    """Why customers have heard nothing of these so far, by their ids, and what to do about it.

    Of those whose first notice is in time nothing is said.
    """
    shown = {one.pk: one for one in incidents_shown}
    unheard = incidents().filter(pk__in=shown).values("pk")
    held = Approval.objects.filter(entry=OuterRef("pk"), decision=Decision.HELD)
    entries = TimelineEntry.objects.filter(_FIRST & _TELLING, incident__in=unheard).distinct()
    known = entries.annotate(is_held=Exists(held)).order_by("due_at", "pk")
    reasons: dict[int, str] = {}
    for entry in known:
        incident = shown[entry.incident_id]
        reason = _why(entry, incident, incident.story_time(now))
        if reason:
            reasons.setdefault(incident.pk, reason)
    return reasons


def _entries(*conditions: Q, **also: object) -> QuerySet[TimelineEntry]:
    return TimelineEntry.objects.filter(*conditions, incident=OuterRef("pk"), **also)


def _why(entry: Any, incident: Incident, clock: datetime) -> str:
    assert incident.opened_at, "it is open"
    assert incident.plan, "an entry comes from a plan"
    if entry.state == State.SKIPPED:
        words = _("Their first notice was dropped: %(note)s. Publish an update now.")
        if entry.reason == Reason.REFUSED:
            words = _("Their first notice was refused: %(note)s. Publish an update now.")
        return words % {"note": entry.note}
    if entry.note:
        words = _(
            "Their first notice cannot be sent (%(note)s). Mend it and let it go, or publish an"
            " update now."
        )
        return words % {"note": entry.note}
    if entry.is_held:
        return _("Nobody has approved their first notice, so it is held back. Decide about it now.")
    is_late = clock > incident.opened_at + incident.plan.first_notice_within
    if is_late and incident.kind == Kind.INCIDENT:
        is_waiting = entry.state == State.WAITING
        return (
            _("Their first notice waits for approval, longer than the plan's own target.")
            if is_waiting
            else _("Their first notice is not out yet, longer than the plan's own target.")
        )
    return ""
