"""One row that cannot be reckoned with never keeps anybody from being called about the others."""

from datetime import date, timedelta

import pytest

from incidents.models import Commitment, DutyCall, IncidentComponent, Plan, PlanReview
from incidents.services import incidents, ladder
from tests.factories import NOON, DutyFactory, IncidentFactory, PlanFactory
from tests.incidents.team import MINUTE, said

pytestmark = pytest.mark.django_db
WEEK = timedelta(weeks=1)


def called_about(incident):
    ladder.climb(now=NOON + 25 * MINUTE)
    return DutyCall.objects.filter(incident=incident).exists()


@pytest.fixture
def other(lead, login):
    """An incident under a plan of its own, with a promise too."""
    plan = PlanFactory(owner=lead)
    DutyFactory(plan=plan, user=lead)
    draft = IncidentFactory(plan=plan)
    IncidentComponent.objects.create(incident=draft, component=login)
    opened = incidents.open(incident=draft, by=lead, now=NOON)
    said(opened)
    return opened


@pytest.mark.parametrize(
    "clocks",
    [
        {"next_person_after": 999_999 * WEEK},
        {"remind_before": timedelta(days=999_999)},
        {"remind_before": timedelta(days=9_999_999)},
    ],
)
def test_a_plan_with_absurd_clocks_stops_no_other(incident, other, team, clocks):
    said(incident)
    Plan.objects.filter(pk=other.plan_id).update(**clocks)
    DutyCall.objects.all().delete()

    assert called_about(incident)


@pytest.mark.parametrize("day", [date.min, date.max])
def test_a_commitment_for_an_absurd_day_stops_no_other(incident, other, team, lead, day):
    said(incident)
    Commitment.objects.create(incident=other, text={"en": "Money"}, owner=lead, due_on=day)

    assert called_about(incident)


def test_a_review_for_an_absurd_day_stops_no_other(incident, team, lead):
    said(incident)
    PlanReview.objects.create(plan=incident.plan, reviewer=lead, due_on=date.min)

    assert called_about(incident)
