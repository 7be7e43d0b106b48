"""An active plan is never edited: a change is a new version, and both can be compared."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import models

from audiences.models import AudienceKind, Segment
from incidents.models import Incident, LeadTime, Plan, PlanStep, Rhythm
from incidents.models.plans import AlreadyInForce
from incidents.services import plan_document, plan_files, plan_versions
from messaging.models import Template
from tests.factories import NOON, ComponentFactory

MINUTE = timedelta(minutes=1)


@pytest.fixture
def rich(plan: Plan, lead: User, phone_step: PlanStep, customers: Segment) -> Plan:
    """In force, with something of everything."""
    Rhythm(plan=plan, impact="minor", interval=60 * MINUTE).save_base(force_insert=True)
    LeadTime(plan=plan, tier="key", notice=timedelta(days=14)).save_base(force_insert=True)
    plan.components.add(ComponentFactory(slug="shop"))
    plan.segments.add(customers)
    phone_step.role, phone_step.deadline = "lead", 15 * MINUTE
    phone_step.instructions = "Ring them.\nNote what they say."
    phone_step.save_base()
    return plan


@pytest.fixture
def revised(rich: Plan, lead: User) -> Plan:
    return plan_versions.revise(plan=rich, by=lead, now=NOON)


def told(before: Plan, after: Plan) -> list[str]:
    found = plan_versions.compare(before=before, after=after)
    return [f"{one.section}/{one.item}/{one.change}/{one}" for one in found]


def test_a_new_version_begins_as_a_copy(rich: Plan, revised: Plan) -> None:
    assert (revised.slug, revised.version, revised.status) == (rich.slug, 2, Plan.Status.DRAFT)
    assert revised.activated_at is None
    assert plan_document.of(revised) == plan_document.of(rich)
    assert plan_files.write(revised) == plan_files.write(rich)
    assert told(rich, revised) == []


def test_there_is_one_draft_at_a_time(rich: Plan, revised: Plan, lead: User) -> None:
    assert plan_versions.revise(plan=rich, by=lead, now=NOON) == revised
    assert plan_versions.revise(plan=revised, by=lead, now=NOON) == revised
    assert Plan.objects.count() == 2


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (Plan, plan_document.PLAN),
        (PlanStep, plan_document.STEP),
        (Rhythm, plan_document.RHYTHM),
        (LeadTime, plan_document.LEAD_TIME),
    ],
)
def test_a_copy_forgets_no_field(model: type[models.Model], fields: list) -> None:
    own = {"id", "plan", "position", "version", "activated_at", "retired_at"}
    # A plan's own state is not part of what it says; a step's status is.
    own |= {"status"} if model is Plan else set()
    named = {one.attribute for one in fields}
    columns = {one.name for one in [*model._meta.fields, *model._meta.many_to_many]}

    assert columns - named == own & columns


def test_activating_retires_the_version_before_in_the_same_moment(
    rich: Plan, revised: Plan, lead: User
) -> None:
    plan_versions.activate(draft=revised, by=lead, now=NOON)

    rich.refresh_from_db()
    assert (rich.status, rich.retired_at) == (Plan.Status.RETIRED, NOON)
    assert (revised.status, revised.activated_at) == (Plan.Status.ACTIVE, NOON)
    with pytest.raises(plan_versions.NotADraft):
        plan_versions.activate(draft=revised, by=lead, now=NOON)


def test_a_draft_with_errors_is_not_activated(rich: Plan, revised: Plan, lead: User) -> None:
    revised.duties.all().delete()

    with pytest.raises(plan_versions.NotReady) as refused:
        plan_versions.activate(draft=revised, by=lead, now=NOON)

    assert "Nobody leads" in str(refused.value)
    rich.refresh_from_db()
    revised.refresh_from_db()
    assert (rich.status, revised.status) == (Plan.Status.ACTIVE, Plan.Status.DRAFT)


def test_an_incident_keeps_the_version_it_started_with(
    incident: Incident, lead: User, plan: Plan
) -> None:
    revised = plan_versions.revise(plan=plan, by=lead, now=NOON)

    plan_versions.activate(draft=revised, by=lead, now=NOON)

    incident.refresh_from_db()
    assert incident.plan == plan
    assert {entry.step.plan for entry in incident.timeline.select_related("step")} == {plan}


def test_a_retired_plan_is_chosen_no_more_and_cannot_be_retired_twice(
    rich: Plan, lead: User
) -> None:
    plan_versions.retire(plan=rich, by=lead, now=NOON)

    assert plan_versions.active(slug=rich.slug) is None
    with pytest.raises(plan_versions.NotActive):
        plan_versions.retire(plan=rich, by=lead, now=NOON)


def test_what_is_in_force_refuses_to_be_edited(rich: Plan) -> None:
    with pytest.raises(AlreadyInForce):
        rich.steps.first().save()


def test_a_changed_value_is_said_in_words(rich: Plan, revised: Plan) -> None:
    revised.steps.filter(name="Phone the key accounts").update(offset=30 * MINUTE)
    revised.update_interval, revised.slower_after = 20 * MINUTE, timedelta(hours=2)
    revised.slower_interval = 60 * MINUTE
    revised.publishes_unapproved = ["critical"]
    revised.save()

    assert told(rich, revised) == [
        "Plan//changed/promised rhythm: 30 minutes → 20 minutes",
        "Plan//changed/slower after: – → 2 hours",
        "Plan//changed/slower rhythm: – → 1 hour",
        "Plan//changed/published unapproved at impact: critical, maintenance, major → critical",
        "Steps/Phone the key accounts/changed/offset: 15 minutes → 30 minutes",
    ]


def test_texts_are_compared_per_language(rich: Plan, revised: Plan) -> None:
    step = revised.steps.get(trigger="opened", who="automatic")
    step.statement = {**step.statement, "de": "Wir sind dran."}
    step.save()

    (line,) = told(rich, revised)
    assert line.startswith(f"Steps/{step.name}/changed/pre-approved statement (de): Wir prüfen")
    assert line.endswith("→ Wir sind dran.")


def test_steps_that_come_and_go_are_said_whole(
    rich: Plan, revised: Plan, template: Template
) -> None:
    revised.steps.get(name="Phone the key accounts").delete()
    added = PlanStep.objects.create(
        plan=revised,
        position=9,
        name="All clear",
        trigger="resolved",
        offset=5 * MINUTE,
        channels=["email"],
        template=template,
    )

    lines = told(rich, revised)

    assert lines[0].startswith(f"Steps/{added}/added/All clear (trigger: resolved or completed;")
    assert "offset: 5 minutes" in lines[0]
    assert lines[1].startswith("Steps/Phone the key accounts/removed/Phone the key accounts (")
    assert len(lines) == 2


def test_a_renamed_step_is_the_same_step(rich: Plan, revised: Plan) -> None:
    revised.steps.filter(name="Phone the key accounts").update(name="Ring them")

    assert told(rich, revised) == [
        "Steps/Ring them/changed/name: Phone the key accounts → Ring them"
    ]


def test_rhythms_lead_times_people_and_order_are_compared(
    rich: Plan, revised: Plan, deputy: User
) -> None:
    revised.rhythms.update(interval=90 * MINUTE)
    Rhythm.objects.create(plan=revised, audience=AudienceKind.INTERNAL, interval=15 * MINUTE)
    revised.lead_times.all().delete()
    revised.duties.get(user=deputy).delete()
    revised.steps.filter(name="Phone the key accounts").update(position=0)

    assert told(rich, revised) == [
        "Duties//changed/person: lead, deputy → lead",
        "Rhythms/minor/changed/promised rhythm: 1 hour → 1 hour 30 minutes",
        "Rhythms/internal/added/internal: 15 minutes",
        "Lead times/key account/removed/key account: 14 days",
        "Steps//changed/order: incident opened, update published, promised update due,"
        " Phone the key accounts → Phone the key accounts, incident opened, update published,"
        " promised update due",
    ]
