"""The notification plans of the example company: one for incidents, one for maintenance."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from audiences.models import Channel, Segment
from feedback.models import Survey
from incidents.example import survey as post_incident
from incidents.example.staff import Team
from incidents.models import Duty, Plan, PlanStep, Status
from incidents.models.plans import Kind
from messaging.models import Template

Trigger = PlanStep.Trigger
_BOTH = (Channel.EMAIL, Channel.SMS)
_EVERYBODY = ("customers", "key-accounts", "partners", "operations")


@dataclass(frozen=True)
class _Step:
    name: str
    trigger: PlanStep.Trigger
    template: str = ""
    status: str = ""
    offset: timedelta = timedelta(0)
    repeat_limit: int = 1
    who: PlanStep.Who = PlanStep.Who.AUTOMATIC
    segments: tuple[str, ...] = _EVERYBODY
    tells_affected: bool = True
    channels: tuple[str, ...] = _BOTH
    statement: Mapping[str, str] = field(default_factory=dict)
    has_survey: bool = False


_INCIDENT = (
    _Step(
        "First notice",
        Trigger.OPENED,
        "acknowledge",
        statement={
            "de": "Es gibt ein Problem{% if components %} mit {{ components }}{% endif %}."
            " Unser Team untersucht es mit Vorrang.",
            "en": "There is a problem{% if components %} with {{ components }}{% endif %}."
            " Our team is investigating it with priority.",
        },
    ),
    _Step(
        "Phone the key accounts",
        Trigger.OPENED,
        offset=timedelta(minutes=15),
        who=PlanStep.Who.TASK,
        segments=("key-accounts",),
        tells_affected=False,
        channels=(),
    ),
    _Step("Update", Trigger.UPDATE_PUBLISHED, "update"),
    _Step("Cause found", Trigger.STATUS_REACHED, "identified", Status.IDENTIFIED),
    _Step("Fix in place", Trigger.STATUS_REACHED, "monitoring", Status.MONITORING),
    _Step("All clear", Trigger.STATUS_REACHED, "resolved", Status.RESOLVED),
    _Step(
        "Holding statement",
        Trigger.PROMISE_DUE,
        "holding",
        repeat_limit=3,
        statement={
            "de": "Das Problem{% if components %} mit {{ components }}{% endif %} besteht weiter."
            " Unser Team arbeitet ohne Unterbrechung daran; es gibt noch keinen neuen Stand, den"
            " wir sicher nennen können.",
            "en": "The problem{% if components %} with {{ components }}{% endif %} continues."
            " Our team is working on it without a break; there is nothing new yet that we can say"
            " for certain.",
        },
    ),
    _Step(
        "Ask for feedback",
        Trigger.RESOLVED,
        "feedback",
        offset=timedelta(hours=1),
        segments=(),
        tells_affected=False,
        channels=(Channel.EMAIL,),
        has_survey=True,
    ),
)
_MAINTENANCE = (
    _Step(
        "Announcement",
        Trigger.OPENED,
        "announce",
        statement={
            "de": "Wir planen eine Wartung{% if components %} von {{ components }}{% endif %}."
            "{% if scheduled_for %} Beginn: {{ scheduled_for }}{% endif %}"
            "{% if scheduled_until %}, Ende: {{ scheduled_until }}{% endif %}"
            "{% if scheduled_for %}.{% endif %} Alles Weitere steht auf unserer Statusseite.",
            "en": "We are planning maintenance{% if components %} of {{ components }}{% endif %}."
            "{% if scheduled_for %} Start: {{ scheduled_for }}{% endif %}"
            "{% if scheduled_until %}, end: {{ scheduled_until }}{% endif %}"
            "{% if scheduled_for %}.{% endif %} Everything else is on our status page.",
        },
    ),
    _Step("Update", Trigger.UPDATE_PUBLISHED, "update"),
    _Step("Work begins", Trigger.STATUS_REACHED, "started", Status.IN_PROGRESS),
    _Step("Result being checked", Trigger.STATUS_REACHED, "verifying", Status.VERIFYING),
    _Step("Work finished", Trigger.STATUS_REACHED, "completed", Status.COMPLETED),
    _Step("Called off", Trigger.STATUS_REACHED, "cancelled", Status.CANCELLED),
    _Step(
        "Ask for feedback",
        Trigger.RESOLVED,
        "feedback",
        offset=timedelta(hours=2),
        segments=(),
        tells_affected=False,
        channels=(Channel.EMAIL,),
        has_survey=True,
    ),
)


def load(*, team: Team, segments: Mapping[str, Segment], now: datetime) -> None:
    """Create both plans, active, with the lead and the deputies in order."""
    asked = post_incident.load()
    incident = _plan(team, now, slug="incident", name="Incident", kind=Kind.INCIDENT)
    maintenance = _plan(
        team,
        now,
        slug="maintenance",
        name="Maintenance",
        kind=Kind.MAINTENANCE,
        update_interval=timedelta(days=1),
    )
    for plan, steps in ((incident, _INCIDENT), (maintenance, _MAINTENANCE)):
        for position, step in enumerate(steps):
            _add(plan, position, step, segments, asked)
        plan.status, plan.activated_at = Plan.Status.ACTIVE, now
        plan.save(update_fields=["status", "activated_at"])


def _plan(team: Team, now: datetime, **fields: object) -> Plan:
    plan = Plan.objects.create(
        owner=team.lead,
        review_on=(now + timedelta(days=90)).date(),
        **fields,
    )
    for position, user in enumerate((team.lead, *team.deputies)):
        Duty.objects.create(plan=plan, user=user, position=position)
    return plan


def _add(
    plan: Plan, position: int, step: _Step, segments: Mapping[str, Segment], asked: Survey
) -> None:
    created = PlanStep.objects.create(
        plan=plan,
        position=position,
        name=step.name,
        trigger=step.trigger,
        status=step.status,
        offset=step.offset,
        repeat_limit=step.repeat_limit,
        who=step.who,
        tells_affected=step.tells_affected,
        channels=list(step.channels),
        template=Template.objects.get(slug=step.template) if step.template else None,
        statement=dict(step.statement),
        survey=asked if step.has_survey else None,
    )
    created.segments.set(segments[slug] for slug in step.segments)
