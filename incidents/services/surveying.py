"""What a step that asks for feedback says besides, and when it asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.models import Invitation
from feedback.services import first_question, reminders, surveys
from incidents.models import Incident, PlanStep, TimelineEntry


@dataclass(frozen=True)
class Request:
    """The request that a step reminds of, if it does; and the first question, per language."""

    earlier: Invitation | None = None
    question: Mapping[str, str] = field(default_factory=dict)


def request(*, step: PlanStep, incident: Incident) -> Request:
    if step.survey is None:
        return Request()
    earlier = None
    if step.reminds:
        earlier = reminders.request(survey=step.survey, thread=incident.key)
    version = earlier.version if earlier else surveys.in_force(survey=step.survey)
    return Request(earlier, first_question.words(version=version) if version else {})


def invite(*, entry: TimelineEntry, now: datetime) -> None:
    """Let those who get an entry's broadcast answer its survey; a reminder's readers may already.

    :raises NotInForce: there is only a draft of it.
    """
    survey, broadcast, incident = entry.step.survey, entry.broadcast, entry.incident
    if survey is None or broadcast is None:
        return
    if broadcast.reminds:
        closes_at = broadcast.reminds.invitation.closes_at
        surveys.end_with_it(broadcast=broadcast, closes_at=closes_at)
    else:
        owner = incident.lead or (incident.plan.owner if incident.plan else None)
        surveys.invite(survey=survey, broadcast=broadcast, owner=owner, now=now)


def refusal(*, step: PlanStep, incident: Incident, now: datetime) -> str:
    """Why a step asks nobody, in words; "" where there is nothing against it."""
    if step.survey is None:
        return ""
    if incident.mode == Incident.Mode.DRILL:
        # An answer would count as a customer's.
        return _("In a drill nobody is asked for feedback.")
    if not step.reminds:
        return ""
    if reason := reminders.refusal(survey=step.survey, thread=incident.key, now=now):
        return reason
    return _("They were asked less than a day ago.") if _is_early(step, incident, now) else ""


def _is_early(step: PlanStep, incident: Incident, now: datetime) -> bool:
    """By the story's clock, in which a replay's days pass in seconds."""
    asked = incident.timeline.filter(step__survey=step.survey, broadcast__isnull=False)
    last = asked.aggregate(at=Max("released_at"))["at"]
    return last is not None and incident.story_time(now) - last < reminders.SOONEST
