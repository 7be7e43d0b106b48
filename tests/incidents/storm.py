"""Two incidents that belong together, each with a plan and readers of its own."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from audiences.models import Contact, Segment
from incidents.models import Incident, IncidentComponent, Plan, PlanStep, Update
from incidents.services import incidents, release, storms, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery, Template
from messaging.services import recipients
from tests.factories import (
    NOON,
    ComponentFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
)

MINUTE = timedelta(minutes=1)
Trigger, Who = PlanStep.Trigger, PlanStep.Who
SPEAKS = (Trigger.OPENED, Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE)


def at(minutes: float) -> datetime:
    return NOON + minutes * MINUTE


def list_of(name: str, *people: Contact, **fields: str) -> Segment:
    segment = SegmentFactory(slug=name, name=name.title(), **fields)
    for person in people:
        SubscriptionFactory(contact=person, segment=segment)
    return segment


def add_steps(plan: Plan, template: Template, *segments: Segment, **fields: object) -> None:
    for trigger in SPEAKS:
        said = {} if trigger == Trigger.UPDATE_PUBLISHED else {"statement": {"en": "We look."}}
        step = PlanStepFactory(plan=plan, trigger=trigger, template=template, **said, **fields)
        step.segments.set(segments)


def plan_for(template: Template, *segments: Segment, **fields: object) -> Plan:
    plan = PlanFactory(update_interval=30 * MINUTE, **fields)
    add_steps(plan, template, *segments)
    return plan


def opened(plan: Plan, name: str, status: str = "partial_outage", minutes: int = 0) -> Incident:
    incident = IncidentFactory(title={"en": name, "de": f"{name} (de)"}, plan=plan)
    component = ComponentFactory(slug=name.lower(), name=name)
    IncidentComponent.objects.create(incident=incident, component=component, status=status)
    return incidents.open(incident=incident, by=None, now=at(minutes))


def words(
    text: str = "News.",
    status: str = "identified",
    promise: int = 30,
    minutes: int = 0,
    **more: Any,
) -> UpdateDraft:
    due_at = at(minutes + promise) if promise else None
    return UpdateDraft(status=status, public_text={"en": text}, next_update_due_at=due_at, **more)


def publish(incident: Incident, text: str = "News.", minutes: int = 0, **more: Any) -> Update:
    draft = words(text, minutes=minutes, **more)
    return updates.publish(incident=incident, draft=draft, by=None, now=at(minutes))


def merge(head: Incident, *others: Incident, minutes: int = 10, **more: Any) -> Update:
    draft = words("Both belong together.", "investigating", minutes=minutes, **more)
    return storms.merge(incidents=others, into=head, draft=draft, by=None, now=at(minutes))


def part(incident: Incident, minutes: int = 20, **more: Any) -> Update:
    draft = words("By itself again.", "investigating", minutes=minutes, **more)
    return storms.part(incident=incident, draft=draft, by=None, now=at(minutes))


def heard(minutes: int) -> dict[str, int]:
    """Who gets how many messages from what is due now."""
    release.release_due(now=at(minutes))
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=at(minutes))
    deliveries = Delivery.objects.all()
    counts = Counter(one.address.partition("@")[0] for one in deliveries)
    deliveries.delete()
    return dict(counts)
