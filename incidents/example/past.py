"""What has happened before: eight incidents, what was said of them, and what customers answered.

They lie long enough back that nobody is spared by them who is asked today.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from audiences.models import AudienceKind, Channel, Detail, Segment, Suppression
from feedback.models import Invitation, SurveyVersion
from incidents.example import judgements
from incidents.example.consents import OWN_SEGMENT
from incidents.example.people import Person
from incidents.example.staff import Team
from incidents.example.troubles import PAST, SAID, Past
from incidents.models import (
    Component,
    Impact,
    Incident,
    IncidentComponent,
    Plan,
    PlanStep,
    Promise,
    Status,
    TimelineEntry,
    Update,
)
from messaging.models import Broadcast, Delivery

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
# How many people hear of each.
_HEARD = 60


def load(*, team: Team, people: Sequence[Person], now: datetime) -> None:
    """Let all of it have happened, and be over; no task of it is left."""
    plan = Plan.objects.active().get(slug="incident")
    world = _World(plan, team, people)
    for past in PAST:
        world.live_through(past, now - past.days_ago * DAY)
    judgements.heed(plan=plan, by=team.lead, now=now - 40 * DAY)


class _World:
    """One chance decides everything, so that every load tells the same."""

    def __init__(self, plan: Plan, team: Team, people: Sequence[Person]) -> None:
        self.chance, self.plan, self.team = Random(1837), plan, team
        steps = {step.trigger: step for step in plan.steps.order_by("-position")}
        self.tells = steps[PlanStep.Trigger.OPENED]
        self.asks = plan.steps.filter(survey__slug="post-incident").order_by("position")[0]
        self.version = SurveyVersion.objects.active().get(survey=self.asks.survey)
        barred = set(Suppression.objects.active().values_list("address", flat=True))
        self.askable = [
            one
            for one in people
            if one.kind != AudienceKind.INTERNAL
            and one.contact.feedback_consent_at
            and one.contact.email
            and one.contact.email not in barred
        ]
        self.segments = {one.slug: one for one in Segment.objects.filter(topic="")}
        self.components = {one.slug: one for one in Component.objects.all()}

    def live_through(self, past: Past, started_at: datetime) -> None:
        incident = self._incident(past, started_at)
        users = [one for one in self.askable if past.component in one.uses] or self.askable
        readers = self.chance.sample(users, min(_HEARD, len(users)))
        opened_at = incident.opened_at or started_at
        self._send(incident, self.tells, "opened", opened_at, readers)
        asked_at = (incident.resolved_at or started_at) + self.asks.offset
        request = self._send(incident, self.asks, "resolved", asked_at, readers)
        invitation = Invitation.objects.create(
            broadcast=request,
            version=self.version,
            closes_at=self.version.closes_at(asked_at),
            owner=self.team.lead,
        )
        answering = self.chance.sample(list(request.deliveries.order_by("pk")), past.answers)
        judgements.give(
            invitation=invitation,
            by=answering,
            mood=past.mood,
            asked_at=asked_at,
            chance=self.chance,
        )

    def _heard_through(self, person: Person) -> Segment:
        return self.segments["key-accounts" if person.is_key else OWN_SEGMENT[person.kind]]

    def _incident(self, past: Past, started_at: datetime) -> Incident:
        told_at = started_at + past.first_after * MINUTE
        moments = [told_at + number * past.every * MINUTE for number in range(len(SAID))]
        german, english = past.title
        incident = Incident.objects.create(
            title={"de": german, "en": english},
            plan=self.plan,
            lead=self.team.lead,
            status=Status.RESOLVED,
            impact=Impact.MINOR,
            started_at=started_at,
            detected_at=told_at - 3 * MINUTE,
            opened_at=told_at,
            resolved_at=moments[-1],
        )
        component = self.components[past.component]
        IncidentComponent.objects.create(
            incident=incident, component=component, status=Component.Status.OPERATIONAL
        )
        self._tell(past, incident, moments)
        return incident

    def _tell(self, past: Past, incident: Incident, moments: Sequence[datetime]) -> None:
        updates = Update.objects.bulk_create(_updates(past, incident, moments, self.team))
        Promise.objects.bulk_create(
            Promise(
                incident=incident,
                update=before,
                made_at=before.published_at,
                due_at=before.next_update_due_at,
                outcome=_outcome(after.published_at, before.next_update_due_at),
                settled_by=after,
                settled_at=after.published_at,
            )
            for before, after in pairwise(updates)
            if before.next_update_due_at
        )

    def _send(
        self,
        incident: Incident,
        step: PlanStep,
        slot: str,
        at: datetime,
        readers: Sequence[Person],
    ) -> Broadcast:
        sent = Broadcast.objects.create(
            title=str(incident),
            purpose=Broadcast.Purpose.FEEDBACK if step.survey_id else Broadcast.Purpose.NOTICE,
            thread=incident.key,
            channels=[Channel.EMAIL],
            state=Broadcast.State.FINISHED,
            created_at=at,
            started_at=at,
            frozen_at=at,
            finished_at=at + MINUTE,
            expires_at=at + DAY,
        )
        TimelineEntry.objects.create(
            incident=incident,
            step=step,
            slot=f"{step.pk}:{slot}",
            due_at=at,
            released_at=at,
            state=TimelineEntry.State.DONE,
            reason=slot,
            broadcast=sent,
        )
        Delivery.objects.bulk_create(self._deliveries(sent, at, readers))
        return sent

    def _deliveries(
        self, sent: Broadcast, at: datetime, readers: Sequence[Person]
    ) -> Iterator[Delivery]:
        is_notice = sent.purpose == Broadcast.Purpose.NOTICE
        for one in readers:
            yield Delivery(
                broadcast=sent,
                contact=one.contact,
                segment=self._heard_through(one) if is_notice else None,
                channel=Channel.EMAIL,
                address=one.contact.email,
                language=one.contact.language,
                time_zone=one.contact.time_zone,
                detail=Detail.PUBLIC,
                state=Delivery.State.DELIVERED,
                attempts=1,
                not_before=at,
                sending_at=at,
                accepted_at=at,
                final_at=at + MINUTE,
            )


def _updates(
    past: Past, incident: Incident, moments: Sequence[datetime], team: Team
) -> Iterator[Update]:
    """Each promises the next: in time, or too early to be kept."""
    promised = (past.every + (5 if past.is_kept else -20)) * MINUTE
    for at, (status, text) in zip(moments, SAID, strict=True):
        yield Update(
            incident=incident,
            status=status,
            public_text=text,
            changes_status=True,
            next_update_due_at=None if status == Status.RESOLVED else at + promised,
            published_at=at,
            published_by=team.lead,
        )


def _outcome(said_at: datetime, due_at: datetime) -> str:
    return Promise.Outcome.KEPT if said_at <= due_at else Promise.Outcome.LATE
