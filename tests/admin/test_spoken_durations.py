"""Nobody reads “3 days, 0:00:00” or “-1 day, 23:00:00”."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from incidents.admin.duration_field import DurationField
from incidents.models import LeadTime, MaintenanceSeries, Plan, PlanStep, Rhythm
from tests.factories import NOON, PlanStepFactory

RAW = re.compile(r"\d days?, \d+:\d\d:\d\d|>\s*-?\d+:\d\d:\d\d\s*<")


@pytest.fixture
def rich(plan: Plan) -> Plan:
    Rhythm(plan=plan, audience="internal", interval=timedelta(minutes=45)).save_base(
        force_insert=True
    )
    LeadTime(plan=plan, tier="key", notice=timedelta(days=7)).save_base(force_insert=True)
    return plan


def said(client: Client, address: str, language: str) -> str:
    return client.get(address, headers={"Accept-Language": language}).content.decode()


@pytest.mark.parametrize(
    ("language", "said_so"),
    [("en", ["3 days", "45 minutes", "7 days"]), ("de", ["3 Tage", "45 Minuten", "7 Tage"])],
)
def test_a_plan_in_force_says_its_times_in_words(
    lead_client: Client, rich: Plan, language: str, said_so: list[str]
) -> None:
    page = said(lead_client, reverse("admin:incidents_plan_change", args=[rich.pk]), language)

    assert not RAW.search(page)
    assert all(each in page for each in said_so)


def test_a_draft_is_edited_as_before(lead_client: Client, rich: Plan) -> None:
    Plan.objects.update(status=Plan.Status.DRAFT)

    page = said(lead_client, reverse("admin:incidents_plan_change", args=[rich.pk]), "en")

    assert 'name="update_interval" value="30 min"' in page
    assert 'name="rhythms-0-interval" value="45 min"' in page


def test_the_list_of_steps_says_when_each_comes(lead_client: Client, plan: Plan) -> None:
    PlanStepFactory(
        plan=plan, name="Reminder", trigger=PlanStep.Trigger.STARTS, offset=timedelta(hours=-1)
    )

    page = said(lead_client, reverse("admin:incidents_planstep_changelist"), "en")

    assert not RAW.search(page)
    assert "1 hour before the planned start" in page


def test_the_list_of_series_says_how_long_each_takes(lead_client: Client, lead: User) -> None:
    MaintenanceSeries.objects.create(
        title={"en": "Restart"},
        rule="FREQ=WEEKLY",
        first_at=NOON,
        duration=timedelta(minutes=90),
        lead=lead,
    )

    page = said(lead_client, reverse("admin:incidents_maintenanceseries_changelist"), "de")

    assert not RAW.search(page)
    assert "1 Stunde 30 Minuten" in page


def test_in_a_form_it_is_shown_as_it_is_typed_in_the_language_of_the_page() -> None:
    field = DurationField()

    with override("de"):
        shown = field.prepare_value(timedelta(days=-2, hours=-4))
        assert (shown, field.clean(shown)) == ("-2 Tage 4 h", timedelta(days=-2, hours=-4))
        assert field.clean("4:30") == timedelta(hours=4, minutes=30)
