"""A lead is silent, on real parts: real messages, a real page, and customers hear in time."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from incidents.models import DutyCall, IncidentComponent, PlanStep
from incidents.services import incidents, ladder, release, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Delivery, Template
from messaging.services import library
from tests.factories import (
    ComponentFactory,
    ContactFactory,
    DutyFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    ResponderFactory,
    SegmentFactory,
    SubscriptionFactory,
    UserFactory,
)
from tests.processes import wait_for

Trigger = PlanStep.Trigger
MINUTE = timedelta(minutes=1)


@pytest.fixture
def served(settings, live_server, standins_at_work):
    settings.EMAIL_BACKEND = "messaging.channels.smtp.Backend"
    settings.EMAIL_PORT = standins_at_work.ports.smtp
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    settings.PUBLIC_BASE_URL = live_server.url
    return standins_at_work


@pytest.fixture
def owner(db):
    return UserFactory(username="owner", first_name="Oda", is_staff=True, is_superuser=True)


@pytest.fixture
def team(lead, deputy, owner):
    return {
        user.username: ResponderFactory(
            user=user,
            contact=ContactFactory(
                name=user.first_name,
                email=f"{user.username}@example.org",
                phone=f"+44770090001{number}",
                language="en",
            ),
        ).contact
        for number, user in enumerate((lead, deputy, owner))
    }


@pytest.fixture
def incident(ana, lead, deputy, owner):
    """Opened."""
    library.load()
    template = {row.slug: row for row in Template.objects.all()}
    segment = SegmentFactory(slug="customers")
    SubscriptionFactory(contact=ana, segment=segment)
    plan = PlanFactory(owner=owner, update_interval=30 * MINUTE)
    for position, user in enumerate((lead, deputy)):
        DutyFactory(plan=plan, user=user, position=position)
    words = {"statement": {"en": "Still on it.", "de": "Wir sind weiter dran."}}
    for trigger, slug in ((Trigger.PROMISE_DUE, "holding"), (Trigger.UPDATE_PUBLISHED, "update")):
        step = PlanStepFactory(
            plan=plan, trigger=trigger, template=template[slug], channels=["email"], **words
        )
        step.segments.add(segment)
    draft = IncidentFactory(started_at=timezone.now())
    IncidentComponent.objects.create(
        incident=draft, component=ComponentFactory(name="Login"), status="major_outage"
    )
    return incidents.open(incident=draft, by=lead, now=timezone.now())


def publish(incident):
    now = timezone.now()
    incident.refresh_from_db()
    story = incident.story_time(now)
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "We look into it.", "de": "Wir prüfen es."},
        next_update_due_at=story + 30 * MINUTE,
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=now)


def at(incident, promised, minutes):
    """Let the incident's clock show a time before (or after) the promise, and tick."""
    incident.refresh_from_db()
    due_at = promised.next_update_due_at
    incident.set_clock(story=due_at + minutes * MINUTE, now=timezone.now(), speed=0)
    ladder.climb(now=timezone.now())
    release.release_due(now=timezone.now())


@pytest.fixture
def promised(incident):
    """Set back, since no clock of a story shows what is to come."""
    earlier = timezone.now() - 60 * MINUTE
    incident.set_clock(story=earlier, now=timezone.now(), speed=0)
    incident.opened_at = earlier
    incident.save()
    incident.handovers.update(since_at=earlier)
    return publish(incident)


def texts(served, contact):
    return [text.body for text in served.store.texts_to(contact.phone)]


@pytest.mark.slow(reason="a real worker and a real mail server")
def test_a_silent_lead_is_followed_until_the_plan_speaks_in_time(
    served, real_worker, team, incident, promised, lead, deputy, owner, ana
):
    for minutes in (-11, -10, -6, -5, -1, 0):
        at(incident, promised, minutes)

    calls = [
        (call.user, (call.called_at - promised.next_update_due_at) / MINUTE)
        for call in DutyCall.objects.order_by("pk")
    ]
    assert calls == [(lead, -10), (deputy, -5), (owner, 0)]
    incident.refresh_from_db()
    assert incident.lead == deputy
    holding = incident.updates.last()
    assert holding.origin == "plan"
    assert holding.published_at == promised.next_update_due_at
    wait_for(lambda: all(texts(served, one) for one in team.values()))
    wait_for(lambda: all(served.store.mails_to(one.email) for one in team.values()))
    wait_for(lambda: len(served.store.mails_to(ana.email)) == 2, seconds=30)
    assert incident.promises.get(update=promised).outcome == "kept"


@pytest.mark.slow(reason="a real worker, a real mail server and a real browser")
def test_a_lead_takes_over_by_the_link(served, real_worker, team, incident, promised, lead, page):
    at(incident, promised, -10)
    wait_for(lambda: texts(served, team["lead"]), seconds=30)

    page.goto(re.search(r"http://\S+/d/\S+", texts(served, team["lead"])[0]).group())
    assert DutyCall.objects.get().answer == ""
    page.get_by_role("button", name="I take over").click()
    page.get_by_text("You have taken over").wait_for()

    call = DutyCall.objects.get()
    assert (call.answer, call.through) == ("took_over", "link")
    at(incident, promised, -6)
    assert DutyCall.objects.count() == 1
    publish(incident)
    at(incident, promised, 5)
    assert DutyCall.objects.count() == 1
    assert incident.updates.filter(origin="plan").count() == 0
    assert Delivery.objects.filter(broadcast__purpose="duty", state="unknown").count() == 0
