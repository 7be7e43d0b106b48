"""What has happened is read-only; who may not, is told so."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from feedback.models import Response
from incidents.models import Incident, Update
from messaging.models import Delivery
from tests.factories import UserFactory

READ_ONLY = [
    "messaging_broadcast",
    "messaging_broadcastcontent",
    "messaging_delivery",
    "feedback_response",
    "feedback_answer",
    "incidents_update",
]
PAGES = ["open", "publish", "resolve", "handover", "together", "apart"]


@pytest.mark.parametrize("name", READ_ONLY)
def test_what_has_happened_cannot_be_changed_or_deleted_even_by_a_superuser(
    name: str, lead_client: Client, answered: Response, said: Update
) -> None:
    answered.answers.update(text="Too late.")
    rows = lead_client.get(reverse(f"admin:{name}_changelist")).context["cl"].queryset
    row = rows.get()

    changed = lead_client.post(reverse(f"admin:{name}_change", args=[row.pk]), {"state": "failed"})
    deleted = lead_client.post(reverse(f"admin:{name}_delete", args=[row.pk]), {"post": "yes"})

    assert (changed.status_code, deleted.status_code) == (403, 403)
    assert rows.model.objects.filter(pk=row.pk).exists()


def test_no_action_deletes_deliveries_in_bulk(lead_client: Client, answered: Response) -> None:
    delivery = Delivery.objects.get()

    lead_client.post(
        reverse("admin:messaging_delivery_changelist"),
        {"action": "delete_selected", "_selected_action": [delivery.pk], "post": "yes"},
    )

    assert Delivery.objects.get() == delivery


@pytest.fixture
def reader(db: None) -> User:
    """May look at incidents, and nothing more."""
    reader = UserFactory(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_incident"))
    return reader


@pytest.fixture
def reader_client(reader: User) -> Client:
    client = Client()
    client.force_login(reader)
    return client


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_reader_cannot_speak_to_customers(
    name: str, method: str, reader_client: Client, draft: Incident
) -> None:
    address = reverse(f"admin:incidents_incident_{name}", args=[draft.pk])

    assert getattr(reader_client, method)(address).status_code == 403
    assert Incident.objects.get().is_draft


def test_a_reader_looks_into_the_room_without_buttons(
    reader_client: Client, draft: Incident
) -> None:
    answer = reader_client.get(reverse("admin:incidents_incident_room", args=[draft.pk]))

    assert answer.status_code == 200
    assert "Open incident" not in answer.content.decode()


def test_a_stranger_sees_nothing_of_the_room(draft: Incident) -> None:
    client = Client()
    client.force_login(UserFactory(is_staff=True))

    answer = client.get(reverse("admin:incidents_incident_room", args=[draft.pk]))

    assert answer.status_code == 403


def test_whoever_is_not_logged_in_is_asked_to(draft: Incident) -> None:
    answer = Client().get(reverse("admin:incidents_incident_room", args=[draft.pk]))

    assert answer.status_code == 302
    assert "/admin/login/" in answer.url
