"""A maintenance begins by the clock; what is said at each turn of it."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages, zones
from incidents.models import (
    Approval,
    Component,
    Incident,
    PlanStep,
    Status,
    TimelineEntry,
    Update,
)
from incidents.models.plans import Kind
from incidents.services import facts, promises, updates
from incidents.services.updates import UpdateDraft
from messaging.services import one_by_one, rendering
from messaging.services.placeholders import BadTemplate


def start_due(*, now: datetime) -> int:
    """Begin every announced maintenance whose time has come on its own clock; returns how many.

    Any number of these may run at once, late or doubled: each is claimed under its row.
    """
    waiting = Incident.objects.opened().filter(
        kind=Kind.MAINTENANCE, status=Status.SCHEDULED, runs_by_clock=True
    )
    # No story is ahead of the real time.
    candidates = waiting.filter(scheduled_for__lte=now).order_by("scheduled_for", "pk")
    return sum(
        one_by_one.attempt(
            partial(_start, incident, now),
            complaint="A maintenance cannot begin by the clock",
            about=incident.pk,
        )
        for incident in candidates
    )


@transaction.atomic
def _start(incident: Incident, now: datetime) -> bool:
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    begins_at = incident.scheduled_for
    if incident.status != Status.SCHEDULED or not begins_at:
        return False
    story = incident.story_time(now)
    if begins_at > story or _is_unannounced(incident, story):
        return False
    if waits_for_a_decision(incident=incident, begins_at=begins_at):
        return False
    updates.publish(incident=incident, draft=start(incident=incident, now=now), by=None, now=now)
    return True


def start(*, incident: Incident, now: datetime) -> UpdateDraft:
    """What a maintenance says by itself when it begins at this moment."""
    story = incident.story_time(now)
    return UpdateDraft(
        status=Status.IN_PROGRESS,
        public_text=words(incident=incident, status=Status.IN_PROGRESS, now=now),
        next_update_due_at=story + promises.interval(incident=incident, at=story),
        component_statuses=under_maintenance(incident),
        origin=Update.Origin.PLAN,
    )


def _is_unannounced(incident: Incident, story: datetime) -> bool:
    """What announces it is due and not told yet: that goes first, and the next tick begins it."""
    return incident.timeline.due(story).filter(reason=TimelineEntry.Reason.OPENED).exists()


def waits_for_a_decision(*, incident: Incident, begins_at: datetime) -> bool:
    """Whether a second person has to say first that it begins, or that it is called off; or has
    said already that it does not begin at this time."""
    turns = incident.updates.filter(status__in=(Status.IN_PROGRESS, Status.CANCELLED))
    refused = turns.filter(origin=Update.Origin.PLAN, published_at__gte=begins_at)
    is_refused = refused.filter(approvals__decision=Approval.Decision.REFUSED).exists()
    return is_refused or turns.filter(state=Update.State.PROPOSED).exists()


def under_maintenance(incident: Incident) -> dict[int, str]:
    """What its components show while it runs, by their id."""
    touched = incident.affected.values_list("component_id", flat=True)
    return dict.fromkeys(touched, Component.Status.UNDER_MAINTENANCE)


def words(*, incident: Incident, status: str, now: datetime) -> dict[str, str]:
    """What is said when a maintenance reaches a status and nobody has written, per language.

    The plan's own statement for this status, if it has one that can be filled.
    """
    known = facts.build(incident=incident, update=None).texts
    default = {code: _default(code, incident, status, known[code], now) for code in known}
    own = _own_words(incident, status)
    try:
        return {code: _filled(own, code, known[code]) or default[code] for code in known}
    except BadTemplate:
        return default


def rollback_words(*, incident: Incident) -> dict[str, str]:
    """What may be said when the work is undone, per language."""
    texts = {}
    for code in languages.codes():
        with override(code):
            undone = _("The work did not go as planned. We have restored the state before it.")
            way_back = languages.pick(incident.rollback, code)
            checking = _("We are checking that everything works.")
            texts[code] = "\n\n".join(filter(None, (undone, way_back, checking)))
    return texts


def _own_words(incident: Incident, status: str) -> Mapping[str, str]:
    if incident.plan is None:
        return {}
    reached = incident.plan.steps.filter(trigger=PlanStep.Trigger.STATUS_REACHED, status=status)
    statements = [step.statement for step in reached.order_by("position", "pk")]
    return next((texts for texts in statements if any(texts.values())), {})


def _filled(own: Mapping[str, str], code: str, known: Mapping[str, str]) -> str:
    return rendering.fill_statement(languages.pick(own, code), known) if own else ""


def _default(
    code: str, incident: Incident, status: str, known: Mapping[str, str], now: datetime
) -> str:
    with override(code):
        match status:
            case Status.IN_PROGRESS:
                return " ".join(filter(None, (_begun(known), _planned_end(incident, now))))
            case Status.VERIFYING:
                return _("The work is done. We are checking that everything runs as it should.")
            case Status.COMPLETED:
                return _("The maintenance is completed. Everything is back to normal.")
            case Status.CANCELLED:
                return _("The maintenance does not take place. Nothing changes for you.")
    return ""


def _begun(known: Mapping[str, str]) -> str:
    if not known["components"]:
        return _("The planned maintenance has begun.")
    return _("The planned maintenance of %(components)s has begun.") % known


def _planned_end(incident: Incident, now: datetime) -> str:
    story, until = incident.story_time(now), incident.scheduled_until
    if until is None or until <= story:
        return ""
    return _("It is planned to last until %(time)s.") % {"time": zones.moment(until, story)}
