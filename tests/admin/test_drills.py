"""From the wish to rehearse to what was learned."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Component, Drill, Incident, Plan, Responder
from incidents.services import incidents
from messaging.models import Broadcast
from tests.factories import ContactFactory

ADD = "/admin/incidents/drill/add/"


@pytest.fixture
def responder(lead: User) -> Responder:
    contact = ContactFactory(email="lea@corp.example", phone="")
    return Responder.objects.create(user=lead, contact=contact)


def filled(plan: Plan, *people: Responder, **changes: object) -> dict[str, object]:
    return {
        "plan": plan.pk,
        "title_0": "Brand im Rechenzentrum",
        "title_1": "Fire in the data centre",
        "title_de": "Brand im Rechenzentrum",
        "title_en": "Fire in the data centre",
        "impact": "critical",
        "people": [one.pk for one in people],
        "pace": "20",
        **changes,
    }


def test_a_drill_is_prepared_looked_at_and_opened(
    lead_client: Client, plan: Plan, checkout: Component, responder: Responder
) -> None:
    answer = lead_client.post(ADD, filled(plan, responder, components=[checkout.pk]))

    drill = Drill.objects.get()
    look = reverse("admin:incidents_incident_open", args=[drill.incident_id])
    assert answer.headers["Location"] == look
    assert not Broadcast.objects.exists()
    page = lead_client.get(look).content.decode()
    assert "Drill: Fire in the data centre" in page
    lead_client.post(look)
    assert not Incident.objects.get().is_draft


def test_without_people_there_is_no_drill(lead_client: Client, plan: Plan) -> None:
    page = lead_client.get(ADD).content.decode()
    answer = lead_client.post(ADD, filled(plan))

    assert "There are no responders yet" in page
    assert "Choose who takes part" in answer.content.decode()
    assert not Incident.objects.exists()


def test_ending_it_keeps_what_was_learned(
    lead_client: Client, lead: User, plan: Plan, responder: Responder
) -> None:
    lead_client.post(ADD, filled(plan, responder))
    drill = Drill.objects.get()
    change = reverse("admin:incidents_drill_change", args=[drill.pk])
    assert "End the drill" not in lead_client.get(change).content.decode()
    incidents.open(incident=drill.incident, by=lead, now=timezone.now())
    assert "End the drill" in lead_client.get(change).content.decode()

    end = reverse("admin:incidents_drill_end", args=[drill.pk])
    first = lead_client.post(end, {"lessons": "Name a second deputy."}, follow=True)
    again = lead_client.post(end, {"lessons": ""}, follow=True)

    drill.refresh_from_db()
    assert drill.ended_at
    assert drill.lessons == "Name a second deputy."
    assert "The drill is over." in first.content.decode()
    assert "This drill is not running." in again.content.decode()
    assert "(&#x27;" not in first.content.decode()
    room = lead_client.get(reverse("admin:incidents_incident_room", args=[drill.incident_id]))
    assert "Publish update" not in room.content.decode()
    publish = reverse("admin:incidents_incident_publish", args=[drill.incident_id])
    refused = lead_client.get(publish, follow=True)
    assert "This drill is over" in refused.content.decode()
