"""A small company: one service, people who depend on it, and a plan that speaks in every way."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from audiences.models import Channel, Contact, Segment
from feedback.models import FollowUp, Response
from incidents.models import Component, Incident, IncidentComponent, Plan, PlanStep, Update
from incidents.services import incidents
from messaging.models import Template
from tests.factories import (
    NOON,
    BroadcastContentFactory,
    BroadcastFactory,
    ComponentFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanFactory,
    PlanStepFactory,
    QuestionFactory,
    SegmentFactory,
    SubscriptionFactory,
    TemplateFactory,
    TemplateVariantFactory,
    UpdateFactory,
)


@pytest.fixture
def customers(ana: Contact, bo: Contact) -> Segment:
    segment = SegmentFactory(slug="customers", name="Shop customers")
    SubscriptionFactory(contact=ana, segment=segment)
    SubscriptionFactory(contact=bo, segment=segment)
    SubscriptionFactory(contact=bo, segment=segment, channel=Channel.SMS)
    return segment


@pytest.fixture
def checkout(customers: Segment) -> Component:
    component = ComponentFactory(slug="checkout", name="Checkout")
    component.dependents.add(customers)
    return component


@pytest.fixture
def words(db: None) -> Template:
    template = TemplateFactory(slug="words", name="Words")
    text = "{% if update %}{{ update }}{% endif %}"
    variant = {"template": template, "body": text, "sms_text": text}
    TemplateVariantFactory(**variant, language="en")
    TemplateVariantFactory(**variant, language="de")
    return template


@pytest.fixture
def plan(words: Template, lead: User) -> Plan:
    plan = PlanFactory(name="Shop", owner=lead, update_interval=timedelta(minutes=30))
    both = {"plan": plan, "template": words, "tells_affected": True}
    both |= {
        "channels": ["email", "sms"],
        "statement": {"en": "We are on it.", "de": "Wir sind dran."},
    }
    Trigger = PlanStep.Trigger
    PlanStepFactory(**both, name="First notice", trigger=Trigger.OPENED)
    PlanStepFactory(
        plan=plan,
        name="Phone the key accounts",
        trigger=Trigger.OPENED,
        who=PlanStep.Who.TASK,
        template=None,
        channels=[],
    )
    PlanStepFactory(**both, name="Update", trigger=Trigger.UPDATE_PUBLISHED)
    PlanStepFactory(**both, name="Holding", trigger=Trigger.PROMISE_DUE, repeat_limit=2)
    PlanStepFactory(**both, name="All-clear", trigger=Trigger.RESOLVED, who=PlanStep.Who.APPROVAL)
    return plan


@pytest.fixture
def draft(checkout: Component, plan: Plan, lead: User) -> Incident:
    incident = IncidentFactory(lead=lead, effect={"en": "Paying fails.", "de": "Zahlen scheitert."})
    IncidentComponent.objects.create(incident=incident, component=checkout)
    return incident


@pytest.fixture
def answered(ana: Contact) -> Response:
    """Ana was told, was asked, and was not happy."""
    broadcast = BroadcastFactory()
    BroadcastContentFactory(broadcast=broadcast)
    question = QuestionFactory()
    delivery = DeliveryFactory(broadcast=broadcast, contact=ana, state="delivered")
    response = Response.objects.create(
        invitation=InvitationFactory(version=question.version, broadcast=broadcast),
        delivery=delivery,
        language="de",
        submitted_at=NOON,
    )
    response.answers.create(question=question, score=1)
    FollowUp.objects.create(response=response, due_at=NOON)
    return response


@pytest.fixture
def said(draft: Incident) -> Update:
    return UpdateFactory(
        incident=draft, status="investigating", public_text={"en": "Hm."}, published_at=NOON
    )


@pytest.fixture
def opened(draft: Incident, lead: User) -> Incident:
    return incidents.open(incident=draft, by=lead, now=timezone.now())
