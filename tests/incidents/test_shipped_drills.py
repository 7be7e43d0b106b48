"""Each plan that comes with the product, drilled from its opening to its end on the real engine.

At one place the lead is silent, and whoever is called after them does not react either.
"""

from datetime import timedelta

import pytest
from django.urls import reverse

from audiences.models import Segment, Subscription
from incidents.models import (
    Approval,
    Component,
    DutyCall,
    Incident,
    Plan,
    Postmortem,
    Promise,
    TimelineEntry,
)
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import (
    approvals,
    drills,
    incidents,
    ladder,
    maintenance,
    postmortems,
    promises,
    release,
    score,
    silences,
    updates,
)
from incidents.services.drills import Script
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import recipients
from tests.factories import NOON, ComponentFactory, ContactFactory, SubscriptionFactory
from tests.incidents import shipped
from tests.incidents.team import MINUTE, responder

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow(reason="plays whole drills, tick by tick"),
]
HOUR = timedelta(hours=1)
TITLE = {"en": "Fire in the data centre", "de": "Brand im Rechenzentrum"}
# Of the wall clock: what a promise may be late by is counted in them.
TICK = timedelta(seconds=5)
OPEN = (TimelineEntry.State.PLANNED, TimelineEntry.State.WAITING)


@pytest.fixture
def company(db):
    """Everybody whom the plans would tell, on every channel, and a service that they use."""
    shipped.load()
    outside = ContactFactory(email="ana@customer.example", phone="+447700900900")
    inside = ContactFactory(email="ops@corp.example", phone="+447700900901")
    login = ComponentFactory(slug="login", name="Login")
    for segment in Segment.objects.all():
        person = inside if segment.slug == "operations" else outside
        for channel in ("email", "sms"):
            SubscriptionFactory(contact=person, segment=segment, channel=channel)
        login.dependents.add(segment)
    return login


class Rehearsal:
    """A drill as those who take part live through it; moments are minutes of its story."""

    def __init__(self, slug: str, login: Component, lasts: timedelta, takes: timedelta) -> None:
        plan = Plan.objects.get(slug=slug)
        self.lead, self.deputy = plan.owner, plan.duties.get(position=1).user
        self.people = [responder(self.lead, 1), responder(self.deputy, 2, language="de")]
        script = Script(
            plan=plan,
            title=TITLE,
            people=self.people,
            impact="maintenance" if plan.kind == Kind.MAINTENANCE else "critical",
            components=[login],
            lasts=lasts,
            takes=takes,
        )
        self.drill = drills.prepare(script=script, by=self.lead)
        self.now = NOON
        self.incident = incidents.open(incident=self.drill.incident, by=self.lead, now=NOON)
        self.speed = self.incident.clock_speed
        self.tick()

    def tick(self):
        maintenance.start_due(now=self.now)
        approvals.settle(now=self.now)
        release.release_due(now=self.now)
        ladder.climb(now=self.now)
        promises.judge(now=self.now)
        self.incident.refresh_from_db()

    def until(self, at, every=TICK):
        """Let the clock run to a moment of the story."""
        while self.incident.story_time(self.now) < at:
            self.now += every
            self.tick()

    def after(self, minutes):
        self.until(self.incident.opened_at + minutes * MINUTE, every=2 * TICK)

    def say(self, status, *, by=None, promise=None):
        story = self.incident.story_time(self.now)
        promised = promises.interval(incident=self.incident, at=story)
        due_at = story + (promise or promised) if status not in FINAL else None
        draft = UpdateDraft(
            status=status,
            public_text={"en": f"It is {status}.", "de": f"Stand: {status}."},
            next_update_due_at=due_at,
        )
        updates.publish(incident=self.incident, draft=draft, by=by or self.lead, now=self.now)
        self.approve()

    def approve(self):
        """Where the plan wants a second person for it, the other one looks at it at once."""
        for request in Approval.objects.undecided().filter(update__isnull=False):
            other = self.lead if request.requested_by == self.deputy else self.deputy
            approvals.approve(approval=request, by=other, now=self.now)
        self.incident.refresh_from_db()

    def end(self):
        drills.end(drill=self.drill, lessons="Call the deputy earlier.", now=self.now)
        self.tick()
        for broadcast in Broadcast.objects.filter(frozen_at=None):
            recipients.freeze(broadcast_id=broadcast.pk, now=self.now)
        Broadcast.objects.update(state="finished", finished_at=self.now)
        self.drill.refresh_from_db()


def of_incident(slug, login):
    """Four hours in twenty minutes: silent from 10 to 75 minutes, then the deputy writes."""
    played = Rehearsal(slug, login, 4 * HOUR, 20 * MINUTE)
    played.after(10)
    played.say("investigating")
    played.after(75)
    played.say("identified", by=played.deputy)
    played.after(95)
    played.say("monitoring", by=played.deputy)
    played.after(110)
    played.say("resolved", by=played.deputy)
    played.after(200)
    written = Postmortem.objects.get(incident=played.incident)
    texts = {"en": "What happened, and what prevents it.", "de": "Was geschah."}
    postmortems.save(postmortem=written, summary=texts, body=texts, by=played.deputy)
    postmortems.publish(postmortem=written, by=played.lead, now=played.now)
    played.approve()
    played.after(239)
    return played


def of_maintenance(slug, login):
    """Nine days in half an hour: begins by the clock; whoever has promised a word is silent."""
    played = Rehearsal(slug, login, timedelta(days=9), 30 * MINUTE)
    starts, ends = played.incident.scheduled_for, played.incident.scheduled_until
    played.until(starts - 2 * HOUR, every=3 * TICK)
    played.until(starts + 5 * MINUTE, every=TICK / 10)
    assert played.incident.status == "in_progress"
    played.say("in_progress", promise=30 * MINUTE)
    played.until(ends + 20 * MINUTE, every=TICK / 10)
    played.say("verifying", by=played.deputy)
    played.until(ends + 40 * MINUTE, every=TICK / 10)
    played.say("completed", by=played.deputy)
    return played


@pytest.fixture(params=shipped.SLUGS)
def played(request, company):
    play = of_maintenance if request.param == "maintenance" else of_incident
    return play(request.param, company)


def test_a_drill_of_each_shipped_plan(played, company, client, lead_client, caplog):
    spoke = played.incident.timeline.filter(step__trigger="promise_due", released_at__isnull=False)
    assert spoke.exists(), "nobody wrote, and the plan did not either"
    called = list(DutyCall.objects.filter(about="promise").order_by("pk"))
    assert {call.user for call in called} >= {played.lead, played.deputy}
    found = silences.of(incident=played.incident, until=played.incident.resolved_at)

    played.end()

    assert_nobody_outside_heard(played)
    assert_everything_is_marked(played)
    assert_promises_are_judged(played)
    assert_no_silence_is_too_long(played, found)
    assert played.drill.score is not None
    assert played.drill.lessons
    assert_never_counted(played, company, client, lead_client)
    assert [record.message for record in caplog.records if record.exc_info] == []


def assert_nobody_outside_heard(played):
    inside = {person.contact_id for person in played.people}
    assert {one.contact_id for one in Delivery.objects.all()} == inside
    assert not Subscription.objects.filter(segment__topic__startswith="drill").exists()


def assert_everything_is_marked(played):
    contents = BroadcastContent.objects.all()
    assert contents
    assert all(
        "Drill: " in broadcast.title for broadcast in Broadcast.objects.exclude(purpose="duty")
    )
    for content in contents:
        mark = {"en": "drill", "de": "übung"}[content.language]
        for text in (content.subject, content.sms_text):
            assert not text or mark in text.lower(), text


def assert_promises_are_judged(played):
    made = played.incident.promises.all()
    assert made
    assert not made.filter(settled_at=None).exists()
    assert Promise.Outcome.OPEN not in {promise.outcome for promise in made}
    # The plan spoke in time wherever nobody wrote.
    assert {promise.outcome for promise in made} == {Promise.Outcome.KEPT}
    assert not played.incident.timeline.filter(state__in=OPEN).exists()


def assert_no_silence_is_too_long(played, found):
    """Not longer than the plan's rhythm and its ladder's last rung; two ticks may pass."""
    assert found
    two_ticks = 2 * TICK * played.speed if played.speed < 100 else TICK / 5 * played.speed
    for silence in found:
        rung = silence.rung or timedelta(0)
        assert silence.length <= silence.rhythm + rung + two_ticks


def assert_never_counted(played, login, client, lead_client):
    year = timedelta(days=365)
    for mode, number in ((Incident.Mode.REAL, 0), (Incident.Mode.DRILL, 1)):
        history = score.over_time(since=NOON - year, until=NOON + year, mode=mode)
        assert history.total.incidents == number
    login.refresh_from_db()
    assert login.status == "operational"
    assert TITLE["en"] not in client.get(reverse("status")).content.decode()
    address = reverse("incident", args=[played.incident.key])
    assert client.get(address).status_code == 404
    assert TITLE["en"] not in lead_client.get(reverse("admin:index")).content.decode()
    assert not Broadcast.objects.filter(purpose="feedback").exists()
