"""The minimum valid row of each model."""

from datetime import UTC, datetime, timedelta

import factory
from django.contrib.auth.models import User
from factory.django import DjangoModelFactory

from audiences.models import Account, Channel, Contact, Segment, Subscription
from feedback.models import Invitation, Question, Survey, SurveyRound, SurveyVersion
from incidents.models import (
    Component,
    Duty,
    Incident,
    IncidentComponent,
    Plan,
    PlanStep,
    Responder,
    Rhythm,
    Update,
)
from incidents.services import promises
from messaging.models import Broadcast, BroadcastContent, Delivery, Template, TemplateVariant

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    name = factory.Sequence(lambda n: f"Account {n}")


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    name = factory.Sequence(lambda n: f"Contact {n}")
    email = factory.Sequence(lambda n: f"contact{n}@example.com")


class SegmentFactory(DjangoModelFactory):
    class Meta:
        model = Segment

    slug = factory.Sequence(lambda n: f"segment-{n}")
    name = factory.Sequence(lambda n: f"Segment {n}")


class SubscriptionFactory(DjangoModelFactory):
    class Meta:
        model = Subscription

    contact = factory.SubFactory(ContactFactory)
    segment = factory.SubFactory(SegmentFactory)
    channel = Channel.EMAIL
    state = Subscription.State.CONFIRMED


class TemplateFactory(DjangoModelFactory):
    class Meta:
        model = Template

    slug = factory.Sequence(lambda n: f"template-{n}")
    name = factory.Sequence(lambda n: f"Template {n}")
    stage = Template.Stage.UPDATE


class TemplateVariantFactory(DjangoModelFactory):
    class Meta:
        model = TemplateVariant

    template = factory.SubFactory(TemplateFactory)
    language = "en"
    subject = "{{ title }}"
    body = "{{ salutation }}\n\n{% if update %}{{ update }}{% endif %}"
    sms_text = "{% if update %}{{ update }}{% endif %}"


class BroadcastFactory(DjangoModelFactory):
    class Meta:
        model = Broadcast

    title = "A broadcast"
    thread = factory.Sequence(lambda n: f"thread-{n}")
    channels = [Channel.EMAIL]
    state = Broadcast.State.SENDING
    started_at = factory.LazyFunction(lambda: datetime.now(UTC))
    frozen_at = factory.LazyFunction(lambda: datetime.now(UTC))
    expires_at = factory.LazyFunction(lambda: datetime.now(UTC) + timedelta(hours=4))


class BroadcastContentFactory(DjangoModelFactory):
    class Meta:
        model = BroadcastContent

    broadcast = factory.SubFactory(BroadcastFactory)
    language = "en"
    detail = "public"
    subject = "A subject"
    text = "Some text\n"
    html = "<p>Some text</p>"
    sms_text = "Some text"


class DeliveryFactory(DjangoModelFactory):
    class Meta:
        model = Delivery

    broadcast = factory.SubFactory(BroadcastFactory)
    contact = factory.SubFactory(ContactFactory)
    channel = Channel.EMAIL
    address = factory.LazyAttribute(lambda delivery: delivery.contact.email)
    language = "en"
    detail = "public"


class SurveyFactory(DjangoModelFactory):
    class Meta:
        model = Survey

    slug = factory.Sequence(lambda n: f"survey-{n}")


class SurveyVersionFactory(DjangoModelFactory):
    class Meta:
        model = SurveyVersion

    survey = factory.SubFactory(SurveyFactory)
    status = SurveyVersion.Status.ACTIVE
    title = {"en": "How did we do?", "de": "Wie war es?"}


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = Question

    version = factory.SubFactory(SurveyVersionFactory)
    kind = Question.Kind.CSAT
    text = {"en": "How satisfied are you?", "de": "Wie zufrieden sind Sie?"}


class InvitationFactory(DjangoModelFactory):
    """Open for as long as tests may take."""

    class Meta:
        model = Invitation

    broadcast = factory.SubFactory(BroadcastFactory)
    version = factory.SubFactory(SurveyVersionFactory)
    closes_at = datetime(2100, 1, 1, tzinfo=UTC)


class SurveyRoundFactory(DjangoModelFactory):
    class Meta:
        model = SurveyRound

    survey = factory.SubFactory(SurveyFactory)
    template = factory.SubFactory(TemplateFactory, stage=Template.Stage.SURVEY)
    asks_at = NOON
    created_by = factory.SubFactory(UserFactory)


class ComponentFactory(DjangoModelFactory):
    class Meta:
        model = Component

    slug = factory.Sequence(lambda n: f"component-{n}")
    name = factory.Sequence(lambda n: f"Component {n}")


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan

    slug = factory.Sequence(lambda n: f"plan-{n}")
    name = factory.Sequence(lambda n: f"Plan {n}")
    status = Plan.Status.ACTIVE
    owner = factory.SubFactory(UserFactory)
    review_on = factory.LazyFunction(lambda: (NOON + timedelta(days=90)).date())


class PartOfPlanFactory(DjangoModelFactory):
    """Also of an active plan, which only a test may edit."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        part = model_class(*args, **kwargs)
        part.save_base(force_insert=True)
        return part


class PlanStepFactory(PartOfPlanFactory):
    class Meta:
        model = PlanStep

    plan = factory.SubFactory(PlanFactory)
    name = "A step"
    trigger = PlanStep.Trigger.UPDATE_PUBLISHED
    channels = [Channel.EMAIL]
    template = factory.SubFactory(TemplateFactory)


class DutyFactory(PartOfPlanFactory):
    class Meta:
        model = Duty

    plan = factory.SubFactory(PlanFactory)
    user = factory.SubFactory(UserFactory)


class RhythmFactory(PartOfPlanFactory):
    class Meta:
        model = Rhythm


class ResponderFactory(DjangoModelFactory):
    class Meta:
        model = Responder

    user = factory.SubFactory(UserFactory)
    contact = factory.SubFactory(ContactFactory)


class IncidentFactory(DjangoModelFactory):
    class Meta:
        model = Incident

    title = {"en": "Slow logins", "de": "Langsame Anmeldung"}
    started_at = NOON


class UpdateFactory(DjangoModelFactory):
    """Something that was said, with its promise on the ledger."""

    class Meta:
        model = Update

    incident = factory.SubFactory(IncidentFactory)
    status = "investigating"
    public_text = {"en": "Some words", "de": "Einige Worte"}
    published_at = NOON

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        update = super()._create(model_class, *args, **kwargs)
        due_at = update.next_update_due_at
        promises.record(update=update, promised={update.audience: due_at} if due_at else {})
        return update


def maintenance_of(*components, **fields):
    """A maintenance of these, not opened: the day after NOON from noon to two."""
    start = fields.setdefault("scheduled_for", NOON + timedelta(days=1))
    fields.setdefault("scheduled_until", start + timedelta(hours=2))
    title = {"en": "Database move", "de": "Umzug der Datenbank"}
    work = IncidentFactory(**{"title": title} | fields, kind="maintenance", status="scheduled")
    for component in components:
        IncidentComponent.objects.create(
            incident=work, component=component, status="under_maintenance"
        )
    return work
