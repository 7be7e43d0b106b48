"""One incident from the first notice to the customer's answer, on real parts."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import Channel, Subscription
from feedback.models import FollowUp, Response
from incidents.models import IncidentComponent, PlanStep
from incidents.services import incidents, release, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery, Template
from messaging.services import library, recovery
from tests.factories import (
    ComponentFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    QuestionFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.processes import wait_for

Trigger = PlanStep.Trigger


@pytest.fixture
def served(settings, live_server, standins_at_work):
    """Mail and texts go to the stand-ins; links and callbacks come to the live server."""
    settings.EMAIL_BACKEND = "messaging.channels.smtp.Backend"
    settings.EMAIL_PORT = standins_at_work.ports.smtp
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    settings.PUBLIC_BASE_URL = live_server.url
    return standins_at_work


@pytest.fixture
def customers(ana, bo):
    segment = SegmentFactory(slug="customers", name="Customers")
    for person in (ana, bo):
        SubscriptionFactory(contact=person, segment=segment)
    SubscriptionFactory(contact=bo, segment=segment, channel=Channel.SMS)
    return segment


@pytest.fixture
def incident(customers, lead):
    library.load()
    template = {row.slug: row for row in Template.objects.all()}
    survey = QuestionFactory(is_required=True).version.survey
    plan = PlanFactory(update_interval=timedelta(minutes=30))
    for trigger, stage, extra in (
        (Trigger.OPENED, "acknowledge", {"statement": {"en": "On it.", "de": "Wir sind dran."}}),
        (Trigger.STATUS_REACHED, "resolved", {"status": "resolved"}),
        (Trigger.RESOLVED, "feedback", {"survey": survey, "channels": ["email"]}),
    ):
        options = {"channels": ["email", "sms"]} | extra
        step = PlanStepFactory(plan=plan, trigger=trigger, template=template[stage], **options)
        step.segments.add(customers)
    incident = IncidentFactory(started_at=timezone.now())
    IncidentComponent.objects.create(
        incident=incident, component=ComponentFactory(name="Login"), status="major_outage"
    )
    return incident


def _everything_is_sent(count):
    release.release_due(now=timezone.now())
    recovery.sweep(now=timezone.now())
    finished = Broadcast.objects.filter(state=Broadcast.State.FINISHED)
    return finished.count() == count


def _resolve(incident):
    draft = UpdateDraft(status="resolved", public_text={"en": "Works again.", "de": "Geht wieder."})
    updates.publish(incident=incident, draft=draft, by=None, now=timezone.now())


@pytest.mark.slow(reason="a real worker, a real mail server and a real browser")
def test_customers_hear_the_story_and_their_answer_comes_back(
    served, real_worker, incident, lead, ana, bo, page
):
    ana.feedback_consent_at = timezone.now()
    ana.save()

    incidents.open(incident=incident, by=lead, now=timezone.now())
    wait_for(lambda: _everything_is_sent(1))
    _resolve(incident)
    wait_for(lambda: _everything_is_sent(3))

    mails = served.store.mails_to(ana.email)
    assert len(mails) == 3
    assert "Langsame Anmeldung" in mails[0].subject
    assert len(served.store.mails_to(bo.email)) == 2
    assert len(served.store.texts_to(bo.phone)) == 2
    wait_for(lambda: Delivery.objects.filter(channel="sms", state="delivered").count() == 2)

    links = re.findall(rb"http://\S+?/f/[\w-]{35}/", b"".join(mail.raw for mail in mails))
    page.goto(links[0].decode())
    assert not Response.objects.exists()
    page.locator("input[type=radio][value='2']").check()
    page.locator("button[type=submit]").last.click()
    page.get_by_text("Thank you").first.wait_for()

    assert Response.objects.get().answers.get().score == 2
    assert FollowUp.objects.exists()


@pytest.mark.slow(reason="a real worker, a real mail server and a real browser")
def test_a_customer_leaves_with_the_button_and_hears_nothing_more(
    served, real_worker, incident, lead, ana, bo, page
):
    incidents.open(incident=incident, by=lead, now=timezone.now())
    wait_for(lambda: _everything_is_sent(1))
    raw = served.store.mails_to(ana.email)[0].raw
    link = re.search(rb"List-Unsubscribe: <(\S+)>", raw).group(1).decode()

    page.goto(link)
    assert not Subscription.objects.filter(state="unsubscribed").exists()
    page.locator("main button[type=submit]").first.click()
    page.wait_for_load_state()
    _resolve(incident)
    wait_for(lambda: _everything_is_sent(3))

    assert len(served.store.mails_to(ana.email)) == 1
    assert len(served.store.mails_to(bo.email)) == 2
