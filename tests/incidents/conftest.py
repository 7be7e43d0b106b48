from datetime import timedelta

import pytest

from audiences.models import Channel, Detail
from incidents.models import IncidentComponent, PlanStep
from incidents.services import incidents, release
from tests.factories import (
    NOON,
    ComponentFactory,
    ContactFactory,
    DutyFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
    TemplateFactory,
    TemplateVariantFactory,
    UserFactory,
    maintenance_of,
)
from tests.incidents.storm import add_steps, list_of, opened, plan_for
from tests.incidents.team import responder

Trigger = PlanStep.Trigger


@pytest.fixture
def customers(ana, bo):
    segment = SegmentFactory(slug="customers", name="Customers")
    for person in (ana, bo):
        SubscriptionFactory(contact=person, segment=segment)
    return segment


@pytest.fixture
def template():
    template = TemplateFactory()
    for language in ("de", "en"):
        TemplateVariantFactory(
            template=template,
            language=language,
            subject="[{{ status }}] {{ title }}",
            body="{{ salutation }}\n\n{% if update %}{{ update }}{% endif %}\n\n"
            "{% if next_update %}{{ next_update }}{% endif %}",
        )
    return template


@pytest.fixture
def plan(lead, deputy, customers, template):
    """First notice at once, every update told, two holding statements at most."""
    plan = PlanFactory(update_interval=timedelta(minutes=30))
    DutyFactory(plan=plan, user=lead, position=0)
    DutyFactory(plan=plan, user=deputy, position=1)
    statement = {
        "en": "We look into {% if components %}{{ components }}{% endif %}.",
        "de": "Wir prüfen {% if components %}{{ components }}{% endif %}.",
    }
    for trigger, extra in {
        Trigger.OPENED: {"statement": statement},
        Trigger.UPDATE_PUBLISHED: {},
        Trigger.PROMISE_DUE: {"statement": statement, "repeat_limit": 2},
    }.items():
        step = PlanStepFactory(
            plan=plan, name=trigger.label, trigger=trigger, template=template, **extra
        )
        step.segments.add(customers)
    return plan


@pytest.fixture
def login(db):
    return ComponentFactory(slug="login", name="Login")


@pytest.fixture
def draft(login):
    incident = IncidentFactory()
    IncidentComponent.objects.create(incident=incident, component=login, status="partial_outage")
    return incident


@pytest.fixture
def incident(draft, plan, lead):
    return incidents.open(incident=draft, by=lead, now=NOON)


@pytest.fixture
def phone_step(plan):
    return PlanStepFactory(
        plan=plan,
        name="Phone the key accounts",
        trigger=Trigger.OPENED,
        offset=timedelta(minutes=15),
        who=PlanStep.Who.TASK,
        template=None,
        channels=[Channel.EMAIL],
    )


@pytest.fixture
def work_plan(lead, customers, template):
    """A plan for maintenance that speaks at each turn of it, and reminds an hour before."""
    plan = PlanFactory(kind="maintenance", owner=lead)
    hour, bounded = timedelta(hours=1), {"repeat_every": timedelta(minutes=30), "repeat_limit": 3}
    times = "{{ old_for }} to {{ scheduled_for }}{% if reason %}: {{ reason }}{% endif %}"
    for trigger, extra in [
        (Trigger.OPENED, {"statement": {"en": "From {{ scheduled_for }}."}}),
        (Trigger.UPDATE_PUBLISHED, {}),
        (Trigger.STATUS_REACHED, {"status": "in_progress"}),
        (Trigger.STARTS, {"offset": -hour}),
        (Trigger.ENDS, {"offset": hour / 6, "statement": {"en": "It takes longer."}, **bounded}),
        (Trigger.MOVED, {"statement": {"en": f"Moved from {times}"}}),
        (Trigger.EXTENDED, {"statement": {"en": "{{ old_until }}, now {{ scheduled_until }}"}}),
        (Trigger.ROLLED_BACK, {"statement": {"en": "We went back."}}),
    ]:
        step = PlanStepFactory(
            plan=plan, name=trigger.label, trigger=trigger, template=template, **extra
        )
        step.segments.add(customers)
    return plan


@pytest.fixture
def work(login, work_plan):
    """A draft: tomorrow from noon to two."""
    return maintenance_of(login)


@pytest.fixture
def announced(work, lead):
    opened = incidents.open(incident=work, by=lead, now=NOON)
    release.release_due(now=NOON)
    return opened


@pytest.fixture
def second(plan):
    user = UserFactory(username="second", is_staff=True, is_superuser=True)
    DutyFactory(plan=plan, user=user, position=2)
    return user


@pytest.fixture
def team(plan, lead, deputy, second):
    """Lead, two deputies and the plan's owner, all of them reachable."""
    people = [lead, deputy, second, plan.owner]
    return [responder(user, number) for number, user in enumerate(people)]


@pytest.fixture
def owner(plan):
    return plan.owner


@pytest.fixture
def people(db):
    return {name: ContactFactory(email=f"{name}@example.com") for name in ("a", "b", "both", "in")}


@pytest.fixture
def shop(people, template):
    """The plan of the incident that becomes the head."""
    return plan_for(template, list_of("shoppers", people["a"], people["both"]), name="Shop")


@pytest.fixture
def pay(people, template):
    """The plan of what is told within it: customers, and its own people in technical detail."""
    TemplateVariantFactory(
        template=template,
        detail=Detail.TECHNICAL,
        body="{% if technical %}{{ technical }}{% endif %}",
    )
    payers = list_of("payers", people["b"], people["both"])
    insiders = list_of("insiders", people["in"], kind="internal", detail=Detail.TECHNICAL)
    plan = plan_for(template, payers, name="Pay")
    add_steps(plan, template, insiders)
    return plan


@pytest.fixture
def checkout(shop):
    return opened(shop, "Checkout")


@pytest.fixture
def cards(pay):
    return opened(pay, "Cards", "major_outage", minutes=5)
