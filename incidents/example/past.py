"""What has happened before: eight incidents, what was said of them, and what customers answered.

They lie long enough back that nobody is spared by them who is asked today.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from audiences.models import AudienceKind, Channel, Detail, Segment, Suppression
from feedback.models import Invitation, SurveyVersion
from incidents.example import judgements
from incidents.example.consents import OWN_SEGMENT
from incidents.example.people import Person
from incidents.example.staff import Team
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
_ASKED = 60
_SAID = (
    (
        Status.INVESTIGATING,
        {"de": "Wir sehen das Problem und suchen die Ursache.", "en": "We see it and are looking."},
    ),
    (
        Status.IDENTIFIED,
        {"de": "Die Ursache ist gefunden.", "en": "We have found the cause."},
    ),
    (
        Status.MONITORING,
        {"de": "Es läuft wieder. Wir beobachten es.", "en": "It works again. We are watching."},
    ),
    (Status.RESOLVED, {"de": "Das Problem ist behoben.", "en": "The problem is solved."}),
)


@dataclass(frozen=True)
class Past:
    """How long ago, what, how soon it was told and how often, and how many answered afterwards."""

    days_ago: int
    component: str
    title: tuple[str, str]
    first_after: int
    every: int
    answers: int
    is_kept: bool = True

    @property
    def mood(self) -> float:
        """From 0 to 1: who hears early and often is content."""
        late, silent = min(self.first_after / 40, 1), min(self.every / 90, 1)
        return 1 - (late + silent) / 2


_PAST = (
    Past(
        238,
        "tracking",
        ("Sendungsverlauf unvollständig", "Parcel history is incomplete"),
        41,
        95,
        9,
        False,
    ),
    Past(203, "sign-in", ("Anmeldung schlägt fehl", "Signing in fails"), 26, 60, 14),
    Past(
        171,
        "carriers",
        ("Übergabe an Paketdienste stockt", "Handing over to carriers stalls"),
        33,
        80,
        10,
        False,
    ),
    Past(142, "api", ("API antwortet langsam", "The API answers slowly"), 18, 45, 9),
    Past(
        109, "messages", ("Zustellnachrichten fehlen", "Delivery messages are missing"), 12, 50, 8
    ),
    Past(77, "portal", ("Portal nicht erreichbar", "The portal cannot be reached"), 9, 30, 15),
    Past(51, "pickups", ("Abholungen nicht buchbar", "Pickups cannot be booked"), 8, 30, 9),
    Past(24, "labels", ("Etiketten unlesbar gedruckt", "Labels are printed illegibly"), 5, 25, 12),
)


def load(*, team: Team, people: Sequence[Person], now: datetime) -> None:
    """Let all of it have happened, and be over; no task of it is left."""
    plan = Plan.objects.active().get(slug="incident")
    world = _World(plan, team, people)
    for past in _PAST:
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
        readers = self.chance.sample(users, min(_ASKED, len(users)))
        opened_at = incident.opened_at or started_at
        self._send(incident, self.tells, "opened", opened_at, readers)
        asked_at = (incident.resolved_at or started_at) + self.asks.offset
        request = self._send(incident, self.asks, "resolved", asked_at, readers)
        invitation = Invitation.objects.create(
            broadcast=request,
            version=self.version,
            closes_at=asked_at + self.version.open_for,
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
        moments = [told_at + number * past.every * MINUTE for number in range(len(_SAID))]
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
        is_notice = sent.purpose == Broadcast.Purpose.NOTICE
        Delivery.objects.bulk_create(
            Delivery(
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
            for one in readers
        )
        return sent


def _updates(
    past: Past, incident: Incident, moments: Sequence[datetime], team: Team
) -> Iterator[Update]:
    """Each promises the next: in time, or too early to be kept."""
    promised = (past.every + (5 if past.is_kept else -20)) * MINUTE
    for at, (status, text) in zip(moments, _SAID, strict=True):
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
