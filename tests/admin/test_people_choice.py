"""Whoever is chosen in the admin goes by the name that everything else shows."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from incidents.models import Incident, Plan
from incidents.services import plan_versions, reviews
from tests.factories import NOON


@pytest.fixture
def mara(lead: User) -> User:
    lead.first_name, lead.last_name = "Mara", "Lindner"
    lead.save()
    return lead


def test_searching_shows_full_names(lead_client: Client, mara: User) -> None:
    asked = {"app_label": "incidents", "model_name": "plan", "field_name": "owner", "term": "lind"}

    found = lead_client.get(reverse("admin:autocomplete"), asked).json()["results"]

    assert found == [{"id": str(mara.pk), "text": "Mara Lindner (lead)"}]


def test_who_is_chosen_is_shown_by_the_full_name(
    lead_client: Client, mara: User, plan: Plan
) -> None:
    Plan.objects.update(owner=mara)
    plan.refresh_from_db()
    draft = plan_versions.revise(plan=plan, by=mara, now=NOON)

    page = lead_client.get(reverse("admin:incidents_plan_change", args=[draft.pk]))

    assert "selected>Mara Lindner (lead)</option>" in page.text


def test_the_lead_is_handed_over_to_a_full_name(
    lead_client: Client, mara: User, opened: Incident
) -> None:
    page = lead_client.get(reverse("admin:incidents_incident_handover", args=[opened.pk]))

    assert "Mara Lindner (lead)" in page.text


def test_lists_and_their_filters_say_full_names(
    lead_client: Client, mara: User, deputy: User, opened: Incident
) -> None:
    place = reverse("admin:incidents_incident_changelist")

    shown = lead_client.get(place, {"lead__id__exact": mara.pk}).text

    assert ">Mara Lindner</td>" in "".join(shown.split("\n")).replace("> ", ">").replace(" <", "<")
    assert "Mara Lindner (lead)" in shown
    assert lead_client.get(place, {"o": "5"}).status_code == 200


def test_the_first_page_says_who_owes_a_review_by_the_full_name(
    lead_client: Client, mara: User, plan: Plan
) -> None:
    Plan.objects.update(owner=mara, review_on=NOON.date())
    reviews.open_due(now=NOON)

    (task,) = lead_client.get(reverse("admin:index")).context["reviews"]

    assert task.who == "Mara Lindner"
