"""Plans, drafts and what is owed: a page that is old takes nothing back when it is saved."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client

from audiences.admin.pages import address
from incidents.models import (
    Commitment,
    Component,
    Incident,
    LeadTime,
    MaintenanceSeries,
    OnCallHours,
    Plan,
    PlanStep,
    Postmortem,
)
from tests.factories import NOON, ContactFactory, DutyFactory, ResponderFactory, RhythmFactory
from tests.pages import form_on

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHANGED = "changed since you opened the page"


def opened(client: Client, one: Model) -> dict[str, list[str]]:
    return form_on(client.get(address(one)).content.decode())


def rows(one: Model) -> list[dict[str, Any]]:
    """All of it, with what points to it."""
    found = [list(type(one)._base_manager.filter(pk=one.pk).values())]
    for field in one._meta.many_to_many:
        found.append(sorted(getattr(one, field.name).values_list("pk", flat=True)))
    for related in one._meta.related_objects:
        if related.one_to_many:
            manager = getattr(one, related.get_accessor_name())
            found.append(list(manager.order_by("pk").values()))
    return found


@pytest.fixture
def plan_draft(plan: Plan, lead: User, checkout: Component) -> Plan:
    Plan.objects.update(status="draft", activated_at=None, binding_rules=[])
    plan.refresh_from_db()
    plan.components.add(checkout)
    DutyFactory(plan=plan, user=lead)
    RhythmFactory(plan=plan, impact="critical", interval=20 * MINUTE)
    LeadTime.objects.create(plan=plan, tier="key", notice=14 * DAY)
    return plan


@pytest.fixture
def owed(draft: Incident, lead: User) -> Postmortem:
    texts = {"summary": {"en": "Why"}, "body": {"en": "A\n\nB", "de": "C"}}
    return Postmortem.objects.create(incident=draft, author=lead, due_at=NOON, **texts)


@pytest.fixture
def series(checkout: Component, lead: User) -> MaintenanceSeries:
    one = MaintenanceSeries.objects.create(
        title={"en": "Disks"}, rule="FREQ=WEEKLY", first_at=NOON, duration=2 * HOUR, lead=lead
    )
    one.components.add(checkout)
    return one


@pytest.fixture
def credit(draft: Incident, lead: User) -> Commitment:
    Incident.objects.update(opened_at=NOON)
    due_on, text = (NOON + 9 * DAY).date(), {"en": "A credit"}
    return Commitment.objects.create(incident=draft, text=text, owner=lead, due_on=due_on)


@pytest.fixture
def responder(lead: User) -> Model:
    one = ResponderFactory(user=lead, contact=ContactFactory())
    hours = {"weekday": 0, "opens_at": time(8), "closes_at": time(18)}
    OnCallHours.objects.create(responder=one, **hours)
    return one


@pytest.mark.parametrize("kind", ["plan_draft", "owed", "series", "draft", "credit", "responder"])
def test_saved_as_it_was_opened_nothing_changes(
    lead_client: Client, request: pytest.FixtureRequest, kind: str
) -> None:
    one = request.getfixturevalue(kind)
    before = rows(one)

    answer = lead_client.post(address(one), opened(lead_client, one))

    assert answer.status_code == 302
    assert rows(one) == before


@pytest.mark.parametrize(
    ("kind", "mine", "changed", "meanwhile"),
    [
        (
            *("plan_draft", "changes", "other"),
            {"update_interval": 25 * MINUTE, "binding_rules": ["blame"]},
        ),
        ("owed", "summary_en", "Other", {"body": {"en": "A\n\nB\n\nC"}}),
        ("series", "title_en", "Other", {"ahead": 40 * DAY, "first_at": NOON + HOUR}),
        ("draft", "title_en", "Other", {"scope": {"en": "Berlin"}, "impact_override": "major"}),
        ("credit", "owner", "", {"text": {"en": "A larger credit"}}),
    ],
)
def test_what_somebody_else_changed_meanwhile_is_kept(
    lead_client: Client,
    deputy: User,
    request: pytest.FixtureRequest,
    kind: str,
    mine: str,
    changed: str,
    meanwhile: dict[str, Any],
) -> None:
    one = request.getfixturevalue(kind)
    page = opened(lead_client, one)
    type(one)._base_manager.filter(pk=one.pk).update(**meanwhile)

    answer = lead_client.post(address(one), page | {mine: [changed or str(deputy.pk)]})

    assert answer.status_code == 302
    one.refresh_from_db()
    assert {name: getattr(one, name) for name in meanwhile} == meanwhile
    again = opened(lead_client, one)
    assert again[mine] == [changed or str(deputy.pk)]


@pytest.mark.parametrize(
    ("kind", "mine", "typed", "meanwhile"),
    [
        ("owed", "body_de", "Mine", {"body": {"en": "A\n\nB", "de": "Theirs"}}),
        ("series", "ahead", "30 days", {"ahead": 40 * DAY}),
        ("draft", "effect_de", "Mine", {"effect": {"de": "Theirs"}}),
        ("credit", "text_en", "Mine", {"text": {"en": "Theirs"}}),
    ],
)
def test_what_both_changed_is_not_overwritten(
    lead_client: Client,
    request: pytest.FixtureRequest,
    kind: str,
    mine: str,
    typed: str,
    meanwhile: dict[str, Any],
) -> None:
    one = request.getfixturevalue(kind)
    page = opened(lead_client, one)
    type(one)._base_manager.filter(pk=one.pk).update(**meanwhile)

    answer = lead_client.post(address(one), page | {mine: [typed]})

    assert CHANGED in answer.content.decode()
    one.refresh_from_db()
    assert {name: getattr(one, name) for name in meanwhile} == meanwhile


def test_rows_that_both_changed_or_that_are_gone_are_said(
    lead_client: Client, plan_draft: Plan
) -> None:
    page = opened(lead_client, plan_draft)
    step = plan_draft.steps.order_by("position", "pk")[0]
    PlanStep.objects.filter(pk=step.pk).update(name="Theirs")
    plan_draft.rhythms.update(interval=HOUR)
    plan_draft.lead_times.update(notice=DAY)
    plan_draft.duties.all().delete()
    before = rows(plan_draft)

    typed = {"steps-0-name": ["Mine"], "rhythms-0-interval": ["5 min"]}
    typed |= {"lead_times-0-notice": ["9 days"]}
    answer = lead_client.post(address(plan_draft), page | typed)

    assert answer.content.decode().count(CHANGED) == 4
    assert rows(plan_draft) == before


@pytest.mark.parametrize(
    ("kind", "mine", "typed", "table", "meanwhile"),
    [
        ("responder", "on_call-0-closes_at", "20:00", "on_call", {"closes_at": time(12)}),
        (
            *("draft", "affected-0-status", "major_outage"),
            *("affected", {"status": "degraded_performance"}),
        ),
    ],
)
def test_a_row_that_both_changed_is_not_overwritten(
    lead_client: Client,
    request: pytest.FixtureRequest,
    kind: str,
    mine: str,
    typed: str,
    table: str,
    meanwhile: dict[str, Any],
) -> None:
    one = request.getfixturevalue(kind)
    page = opened(lead_client, one)
    getattr(one, table).update(**meanwhile)
    before = rows(one)

    answer = lead_client.post(address(one), page | {mine: [typed]})

    assert CHANGED in answer.content.decode()
    assert rows(one) == before


def test_the_line_breaks_of_a_browser_are_no_change(lead_client: Client, owed: Postmortem) -> None:
    page = {
        name: [value.replace("\n", "\r\n") for value in values]
        for name, values in opened(lead_client, owed).items()
    }

    answer = lead_client.post(address(owed), page | {"body_en": ["A\r\n\r\nB, and more"]})

    assert answer.status_code == 302
    owed.refresh_from_db()
    assert owed.body["en"].endswith("B, and more")


def test_a_step_that_somebody_else_mended_stays_mended(
    lead_client: Client, plan_draft: Plan
) -> None:
    page = opened(lead_client, plan_draft)
    step = plan_draft.steps.order_by("position", "pk")[0]
    PlanStep.objects.filter(pk=step.pk).update(offset=5 * MINUTE, channels=["sms"])

    answer = lead_client.post(address(plan_draft), page | {"steps-1-name": ["Mine"]})

    assert answer.status_code == 302
    step.refresh_from_db()
    assert (step.offset, step.channels) == (5 * MINUTE, ["sms"])
    assert plan_draft.steps.filter(name="Mine").exists()


def test_a_plan_of_many_steps_can_be_saved(
    lead_client: Client, plan_draft: Plan, settings: Any
) -> None:
    fields = sum(map(len, opened(lead_client, plan_draft).values()))
    each = fields / plan_draft.steps.count()

    assert 100 * each < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
