"""The same thing twice is refused with words, not with a broken page."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from audiences.models import Account, Contact, Segment
from incidents.models import Component, Incident, Plan
from messaging.models import Template
from tests.factories import ContactFactory, PlanFactory

TWO_NEW = {"TOTAL_FORMS": "2", "INITIAL_FORMS": "0"}


def rows(prefix: str, **row: object) -> dict[str, str]:
    """Two equal rows of an inline."""
    sent = {f"{prefix}-{name}": value for name, value in TWO_NEW.items()}
    for number in range(2):
        sent |= {f"{prefix}-{number}-{name}": str(value) for name, value in row.items()}
    return sent


def complaints(client: Client, address: str, typed: dict[str, str]) -> str:
    answer = client.post(address, typed)
    assert answer.status_code == 200
    return str(answer.context["errors"])


def test_a_service_is_named_once_per_incident(lead_client: Client, checkout: Component) -> None:
    typed = {
        "title_en": "Checkout is down",
        "kind": "incident",
        "started_at_0": "2026-03-02",
        "started_at_1": "13:00:00",
        **rows("affected", component=checkout.pk, status="major_outage"),
    }

    said = complaints(lead_client, reverse("admin:incidents_incident_add"), typed)

    assert "duplicate" in said
    assert not Incident.objects.exists()


def test_a_template_has_one_variant_per_language_and_detail(lead_client: Client) -> None:
    variant = rows("variants", language="en", detail="public", subject="Hello", body="Hello")
    typed = {"name": "New", "slug": "new", "stage": "update", **variant}

    said = complaints(lead_client, reverse("admin:messaging_template_add"), typed)

    assert "duplicate" in said
    assert not Template.objects.exists()


def test_a_person_stands_once_in_a_plan(lead_client: Client, lead: User) -> None:
    typed = {
        "name": "Shop",
        "slug": "shop",
        "version": "1",
        "status": "draft",
        "owner": str(lead.pk),
        "review_on": "2027-01-01",
        "kind": "incident",
        "minimum_impact": "none",
        "update_interval": "30 min",
        **{f"{name}-TOTAL_FORMS": "0" for name in ("steps", "reviews")},
        **{f"{name}-INITIAL_FORMS": "0" for name in ("steps", "reviews")},
        **rows("duties", user=lead.pk, position=0),
    }

    said = complaints(lead_client, reverse("admin:incidents_plan_add"), typed)

    assert "duplicate" in said
    assert not Plan.objects.exists()


def test_a_contact_hears_a_segment_once_per_channel(
    lead_client: Client, customers: Segment
) -> None:
    typed = {
        "name": "Cy",
        "email": "cy@example.com",
        "language": "en",
        "attributes": "{}",
        **rows(
            "subscriptions",
            segment=customers.pk,
            channel="email",
            state="confirmed",
            source="staff",
            evidence="By phone",
        ),
    }

    said = complaints(lead_client, reverse("admin:audiences_contact_add"), typed)

    assert "duplicate" in said
    assert not Contact.objects.filter(name="Cy").exists()


def test_an_external_id_belongs_to_one_account(lead_client: Client) -> None:
    Account.objects.create(name="First", external_id="C-1")
    typed = {"name": "Second", "kind": "customer", "tier": "standard", "external_id": "C-1"}

    said = complaints(lead_client, reverse("admin:audiences_account_add"), typed)

    assert "already exists" in said


def test_two_accounts_may_both_have_no_external_id(lead_client: Client) -> None:
    Account.objects.create(name="First")
    typed = {"name": "Second", "kind": "customer", "tier": "standard", "external_id": ""}
    typed |= {"uses-TOTAL_FORMS": "0", "uses-INITIAL_FORMS": "0"}

    answer = lead_client.post(reverse("admin:audiences_account_add"), typed)

    assert answer.status_code == 302
    assert Account.objects.filter(external_id=None).count() == 2


@pytest.mark.parametrize(
    ("email", "phone", "words"),
    [
        ("ana@example.com", "", "a contact with this e-mail"),
        ("", "+4917139200009", "a contact with this phone"),
    ],
)
def test_a_contact_that_exists_is_named_as_the_reason(
    email: str, phone: str, words: str, lead_client: Client, ana: Contact
) -> None:
    ContactFactory(email="", phone="+4917139200009")
    typed = {
        "email": email,
        "phone": phone,
        "language": "en",
        "attributes": "{}",
        "subscriptions-TOTAL_FORMS": "0",
        "subscriptions-INITIAL_FORMS": "0",
    }

    said = complaints(lead_client, reverse("admin:audiences_contact_add"), typed)

    assert words in said


def test_one_version_of_a_plan_is_active(lead: User) -> None:
    first = PlanFactory(slug="shop", version=1, status="active")
    second = Plan(slug=first.slug, version=2, status="active", owner=lead, name="Shop")

    with pytest.raises(ValidationError, match="Another version of this plan is active"):
        second.validate_constraints()
