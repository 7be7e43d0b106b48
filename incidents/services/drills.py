"""Drills: a plan rehearsed by staff alone, on a clock that runs faster, through the real engine."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.models import AudienceKind, Channel, Detail, Segment, Subscription
from audiences.services import subscriptions, topics
from audiences.services.consents import Proof
from incidents.models import (
    Component,
    Drill,
    Impact,
    Incident,
    IncidentComponent,
    Plan,
    PlanStep,
    Responder,
    Status,
    TimelineEntry,
)
from incidents.models.plans import Kind
from incidents.services import promises, score

# In a drill of a maintenance, how long before the end of the story the work begins, and how long
# it is to take; what is before that is for its reminders.
WORK_BEGINS, WORK_TAKES = timedelta(hours=4), timedelta(hours=2)
State = TimelineEntry.State


class NobodyToRehearse(ValueError):
    """A drill needs somebody who takes part and can be reached."""


class NotRunning(ValueError):
    """The drill has not begun, or is over."""


@dataclass(frozen=True)
class Script:
    """What is rehearsed, and by whom."""

    plan: Plan
    title: Mapping[str, str]
    people: Sequence[Responder]
    impact: str = Impact.CRITICAL
    components: Collection[Component] = field(default_factory=tuple)
    lasts: timedelta = timedelta(hours=4)
    takes: timedelta = timedelta(minutes=20)


@transaction.atomic
def prepare(*, script: Script, by: User) -> Drill:
    """Draft an incident that will tell nobody but those who take part; nothing is sent yet.

    :raises NobodyToRehearse: nobody takes part.
    """
    if not script.people:
        raise NobodyToRehearse(_("Choose who takes part: only they get the messages."))
    is_maintenance = script.plan.kind == Kind.MAINTENANCE
    incident = Incident.objects.create(
        title=dict(script.title),
        kind=script.plan.kind,
        mode=Incident.Mode.DRILL,
        status=Status.SCHEDULED if is_maintenance else Status.INVESTIGATING,
        impact_override=script.impact,
        plan=script.plan,
        lead=_lead(script),
    )
    IncidentComponent.objects.bulk_create(
        IncidentComponent(incident=incident, component=component) for component in script.components
    )
    drill = Drill.objects.create(
        incident=incident, held_by=by, lasts=script.lasts, takes=script.takes
    )
    drill.people.set(script.people)
    return drill


def begin(*, incident: Incident, now: datetime) -> None:
    """Set the clock back by what the story lasts longer than the drill, and let it run faster.

    It catches up with the present when the drill is to end. Without a drill's row the clock is
    left as it is, and nobody takes part.
    """
    drill = Drill.objects.filter(incident=incident).first()
    if drill is None:
        return
    story = now - (drill.lasts - drill.takes)
    incident.set_clock(story=story, now=now, speed=drill.lasts / drill.takes)
    incident.started_at = incident.detected_at = story
    if incident.kind == Kind.MAINTENANCE:
        incident.scheduled_for = story + max(drill.lasts - WORK_BEGINS, drill.lasts / 2)
        incident.scheduled_until = incident.scheduled_for + min(WORK_TAKES, drill.lasts / 4)
    incident.save(update_fields=["started_at", "detected_at", "scheduled_for", "scheduled_until"])
    _gather(drill, now)


@contextmanager
def rehearsed(*, incident: Incident, now: datetime) -> Iterator[None]:
    """As if a drill began now, to look at what it will do; afterwards it is a draft as before.

    Nothing happens to what is no draft of a drill.
    """
    if not incident.is_draft or incident.mode != Incident.Mode.DRILL:
        yield
        return
    with transaction.atomic():
        begin(incident=incident, now=now)
        yield
        transaction.set_rollback(True)


def audience(*, step: PlanStep, incident: Incident) -> list[Segment]:
    """Staff in place of everybody: with technical detail where our own people would read it."""
    kinds = {segment.kind for segment in step.segments.all()}
    is_inside = kinds == {AudienceKind.INTERNAL} and not step.tells_affected
    return [_segment(incident, Detail.TECHNICAL if is_inside else Detail.PUBLIC)]


@transaction.atomic
def end(*, drill: Drill, lessons: str, now: datetime) -> Drill:
    """Stop what is still to come, and rate how it went.

    :raises NotRunning: it has not begun, or is over.
    """
    incident = Incident.objects.select_for_update().get(pk=drill.incident_id)
    drill.refresh_from_db()
    if incident.opened_at is None or drill.ended_at:
        raise NotRunning(_("This drill is not running."))
    story = incident.story_time(now)
    promises.close(incident=incident, at=story)
    drill.score = score.of(incident=incident, now=now).percent
    to_come = incident.timeline.filter(state__in=[State.PLANNED, State.WAITING])
    to_come.update(state=State.CANCELLED, reason=TimelineEntry.Reason.BY_A_PERSON)
    if not incident.is_over:
        is_maintenance = incident.kind == Kind.MAINTENANCE
        incident.status = Status.COMPLETED if is_maintenance else Status.RESOLVED
        incident.resolved_at = story
        incident.save(update_fields=["status", "resolved_at"])
    drill.lessons, drill.ended_at = lessons, now
    drill.save(update_fields=["score", "lessons", "ended_at"])
    Subscription.objects.filter(segment__topic__in=_topics(incident)).delete()
    return drill


def _lead(script: Script) -> User:
    """The first by the plan who takes part."""
    present = {responder.user_id: responder.user for responder in script.people}
    on_duty = script.plan.duties.order_by("position").values_list("user_id", flat=True)
    first = next((pk for pk in on_duty if pk in present), script.people[0].user_id)
    return present[first]


def _gather(drill: Drill, now: datetime) -> None:
    incident = drill.incident
    segments = [_segment(incident, detail) for detail in (Detail.PUBLIC, Detail.TECHNICAL)]
    proof = Proof(source=Subscription.Source.STAFF, evidence=_("takes part in a drill"))
    for responder in drill.people.select_related("contact"):
        for channel in Channel.values:
            subscriptions.join(
                contact=responder.contact,
                segments=segments,
                channel=channel,
                proof=proof,
                now=now,
            )


def _topics(incident: Incident) -> list[str]:
    return [f"drill-{detail}:{incident.key}" for detail in (Detail.PUBLIC, Detail.TECHNICAL)]


def _segment(incident: Incident, detail: str) -> Segment:
    segment = topics.segment_for(topic=f"drill-{detail}:{incident.key}", name=str(incident))
    if segment.detail != detail or segment.kind != AudienceKind.INTERNAL:
        segment.kind, segment.detail = AudienceKind.INTERNAL, detail
        segment.save(update_fields=["kind", "detail"])
    return segment
