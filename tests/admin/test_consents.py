"""Evidence is looked at in the admin; what staff set by hand leaves some, too."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from audiences.models import ConsentEvent, Contact, Segment, Subscription
from tests.factories import NOON


@pytest.fixture
def event(bo: Contact, customers: Segment) -> ConsentEvent:
    return ConsentEvent.objects.create(
        contact=bo,
        purpose="notice",
        segment=customers,
        channel="email",
        kind="given",
        source="self",
        at=NOON,
        network_address="192.0.2.1",
        text_version="notice-2026-11",
        evidence="Confirmation page",
    )


def test_the_page_shows_the_words_that_were_agreed_to(
    lead_client: Client, event: ConsentEvent
) -> None:
    page = lead_client.get(reverse("admin:audiences_consentevent_change", args=[event.pk]))

    shown = page.content.decode()
    assert "I want Klartext to send me service notices" in shown
    assert "192.0.2.1" in shown


def test_nobody_changes_or_removes_it(lead_client: Client, event: ConsentEvent) -> None:
    page = reverse("admin:audiences_consentevent_change", args=[event.pk])

    assert lead_client.post(page, {"evidence": "other"}).status_code == 403
    gone = reverse("admin:audiences_consentevent_delete", args=[event.pk])
    assert lead_client.post(gone, {"post": "yes"}).status_code == 403
    event.refresh_from_db()
    assert event.evidence == "Confirmation page"


def test_a_contacts_page_lists_its_consents(
    lead_client: Client, event: ConsentEvent, bo: Contact
) -> None:
    page = lead_client.get(reverse("admin:audiences_contact_change", args=[bo.pk]))

    assert "Confirmation page" in page.content.decode()


def test_a_subscription_set_by_hand_says_by_whom(
    lead_client: Client, lead: User, bo: Contact, customers: Segment
) -> None:
    row = Subscription.objects.get(contact=bo, segment=customers, channel="email")
    fields = {
        "contact": bo.pk,
        "segment": customers.pk,
        "channel": "email",
        "state": "unsubscribed",
        "source": "staff",
        "evidence": "asked by phone",
        "changed_at_0": "2026-03-02",
        "changed_at_1": "12:00:00",
    }

    lead_client.post(reverse("admin:audiences_subscription_change", args=[row.pk]), fields)

    said = ConsentEvent.objects.get()
    assert (said.kind, said.source, said.segment) == ("withdrawn", "staff", customers)
    assert said.evidence == "Set by lead: asked by phone"
