"""A row from the end of the calendar, stored before such dates were refused, stops no page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from incidents.services import timeline
from tests.factories import NOON, IncidentFactory, PlanStepFactory

pytestmark = pytest.mark.django_db


@pytest.mark.slow(reason="goes through four pages")
def test_a_maintenance_at_the_end_of_the_calendar_stops_no_page(lead_client: Client) -> None:
    step = PlanStepFactory(trigger="starts", offset=timedelta(0))
    end = datetime(9999, 12, 31, 23, 30, tzinfo=UTC)
    incident = IncidentFactory(
        plan=step.plan,
        kind="maintenance",
        status="scheduled",
        opened_at=NOON,
        scheduled_for=end - timedelta(minutes=20),
        scheduled_until=end,
    )
    timeline.replan(incident=incident, now=NOON)
    assert Incident.objects.get().timeline.exists()

    for page in (
        reverse("admin:incidents_incident_room", args=[incident.pk]),
        reverse("admin:incidents_incident_score"),
        reverse("admin:incidents_timelineentry_changelist"),
        reverse("admin:incidents_incident_changelist"),
    ):
        assert lead_client.get(page).status_code == 200, page
