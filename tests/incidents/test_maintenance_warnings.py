"""What speaks against the times of a maintenance: contracts, quiet times, and what else goes on."""

from datetime import timedelta

import pytest

from audiences.models import ComponentUse
from incidents.models import Blackout, IncidentComponent, LeadTime, MaintenanceSeries
from incidents.services import clashes, incidents, lead_times
from tests.factories import (
    NOON,
    AccountFactory,
    ComponentFactory,
    IncidentFactory,
    PlanFactory,
    maintenance_of,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
START = NOON + DAY
END = START + 2 * HOUR


@pytest.fixture
def key_accounts(login):
    accounts = [AccountFactory(name=name, tier="key") for name in ("Alpha", "Beta")]
    for account in (*accounts, AccountFactory(name="Gamma", tier="standard")):
        ComponentUse.objects.create(account=account, component=login.slug)
    AccountFactory(name="Uses nothing", tier="key")
    return accounts


@pytest.fixture
def week(work_plan):
    for tier, days in (("key", 7), ("standard", 1)):
        LeadTime(plan=work_plan, tier=tier, notice=days * DAY).save_base(force_insert=True)


def late(work, starts_at=START):
    found = lead_times.missed(incident=work, starts_at=starts_at, told_at=NOON)
    return [(one.tier, one.count, one.notice, one.ahead) for one in found]


def blackouts(work):
    return clashes.blackouts(incident=work, starts_at=START, ends_at=END)


def in_the_way(work, now=NOON):
    found = clashes.overlaps(incident=work, starts_at=START, ends_at=END, now=now)
    return [clash.incident for clash in found]


def test_those_who_would_hear_later_than_agreed_are_named(work, week, key_accounts):
    assert late(work) == [("key", 2, 7 * DAY, DAY)]
    found = lead_times.missed(incident=work, starts_at=START, told_at=NOON)
    assert list(found[0].accounts) == key_accounts


def test_whoever_hears_in_time_is_no_matter(work, week, key_accounts):
    assert late(work, NOON + 7 * DAY) == []
    assert [tier for tier, *_rest in late(work, NOON + 7 * DAY - HOUR)] == ["key"]
    assert [tier for tier, *_rest in late(work, NOON + HOUR)] == ["key", "standard"]


def test_without_accounts_or_a_plan_nobody_hears_too_late(work, week):
    assert late(work) == []
    work.plan = None
    work.affected.all().delete()
    assert late(work) == []


def test_a_blackout_counts_for_its_components_or_for_all(work, login):
    night = {"starts_at": START + HOUR, "ends_at": END + HOUR}
    everywhere = Blackout.objects.create(name="Season", **night)
    here = Blackout.objects.create(name="Login freeze", **night)
    here.components.add(login)
    elsewhere = Blackout.objects.create(name="Search freeze", **night)
    elsewhere.components.add(ComponentFactory())
    Blackout.objects.create(name="Afterwards", starts_at=END, ends_at=END + HOUR)

    assert blackouts(work) == [everywhere, here]


def test_another_maintenance_of_the_same_component_is_in_the_way(work, login):
    same = maintenance_of(login, scheduled_for=START + HOUR)
    maintenance_of(login, scheduled_for=END)
    maintenance_of(ComponentFactory(), scheduled_for=START + HOUR)

    assert in_the_way(work) == [same]


def test_what_takes_longer_than_planned_is_in_the_way_until_it_is_over(work, login, work_plan):
    early = maintenance_of(login, scheduled_for=START - 3 * HOUR)
    early = incidents.open(incident=early, by=None, now=NOON)
    assert in_the_way(work, now=START + HOUR) == []

    early.status = "in_progress"
    early.save()
    assert in_the_way(work, now=START + HOUR) == [early]

    early.status = "completed"
    early.save()
    assert in_the_way(work, now=START + HOUR) == []


def test_an_open_incident_of_the_same_component_is_in_the_way(work, incident, login):
    draft = IncidentFactory()
    IncidentComponent.objects.create(incident=draft, component=login)

    assert in_the_way(work) == [incident]


def test_a_drill_is_in_nobodys_way(work, login):
    maintenance_of(login, mode="drill")

    assert in_the_way(work) == []


@pytest.fixture
def monthly(login, lead):
    series = MaintenanceSeries.objects.create(
        title={"en": "Disks"}, rule="FREQ=MONTHLY", first_at=NOON, duration=HOUR, lead=lead
    )
    series.components.add(login)
    return series


def test_a_new_series_drafts_before_the_longest_notice_of_the_shipped_plan():
    assert MaintenanceSeries().ahead > 14 * DAY


def test_what_is_drafted_no_earlier_than_the_longest_notice_is_too_late(monthly, week):
    monthly.ahead = 7 * DAY
    assert lead_times.hurried(series=monthly).notice == 7 * DAY

    monthly.ahead = 8 * DAY
    assert lead_times.hurried(series=monthly) is None


def test_only_plans_that_can_lead_it_count(monthly, week, work_plan):
    monthly.ahead = DAY
    other = PlanFactory(kind="maintenance", slug="other", by_hand=True)
    LeadTime(plan=other, tier="key", notice=90 * DAY).save_base(force_insert=True)
    assert lead_times.hurried(series=monthly).plan == work_plan

    monthly.plan = other
    assert lead_times.hurried(series=monthly).plan == other

    monthly.plan = None
    work_plan.components.add(ComponentFactory(slug="elsewhere"))
    assert lead_times.hurried(series=monthly) is None
