"""Evidence is looked at in the admin; what staff set by hand leaves some, too."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import ConsentEvent, Contact, Segment, Subscription
from audiences.services import personal_data
from tests.factories import NOON, SegmentFactory


@pytest.fixture
def event(bo: Contact, customers: Segment) -> ConsentEvent:
    return ConsentEvent.objects.create(
        contact=bo,
        purpose="notice",
        segment=customers,
        list_name="Customers (customers)",
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


def test_it_says_what_list_it_was_about_when_that_is_gone(
    lead_client: Client, event: ConsentEvent, customers: Segment, bo: Contact
) -> None:
    customers.subscriptions.all().delete()
    gone = reverse("admin:audiences_segment_delete", args=[customers.pk])

    lead_client.post(gone, {"post": "yes"})

    assert not Segment.objects.filter(pk=customers.pk).exists()
    for page in (
        reverse("admin:audiences_consentevent_changelist"),
        reverse("admin:audiences_consentevent_change", args=[event.pk]),
        reverse("admin:audiences_contact_change", args=[bo.pk]),
    ):
        assert "Customers (customers)" in lead_client.get(page).content.decode()
    assert "Customers (customers)" in personal_data.as_json(contact=bo)


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


@pytest.fixture
def row(bo: Contact, customers: Segment) -> Subscription:
    return Subscription.objects.get(contact=bo, segment=customers, channel="email")


def post(client: Client, row: Subscription | None, **typed: object) -> HttpResponse:
    fields = {
        "contact": row.contact_id if row else "",
        "segment": row.segment_id if row else "",
        "channel": "email",
        "state": row.state if row else "",
        "evidence": row.evidence if row else "",
    }
    fields |= {f"initial-{field}": value for field, value in fields.items()}
    name = "change" if row and row.pk else "add"
    page = reverse(f"admin:audiences_subscription_{name}", args=[row.pk] if row and row.pk else [])
    return client.post(page, fields | typed)


def test_a_subscription_set_by_hand_says_by_whom(
    lead_client: Client, row: Subscription, customers: Segment
) -> None:
    post(lead_client, row, state="unsubscribed", source="self", evidence="asked by phone")

    said = ConsentEvent.objects.get()
    assert (said.kind, said.source, said.segment) == ("withdrawn", "staff", customers)
    assert said.evidence == "Set by lead: asked by phone"
    row.refresh_from_db()
    assert (row.source, row.changed_at.date()) == ("staff", timezone.now().date())


def test_a_subscription_stays_that_of_its_person_list_and_channel(
    lead_client: Client, row: Subscription, ana: Contact
) -> None:
    other = SegmentFactory()

    post(lead_client, row, contact=ana.pk, segment=other.pk, channel="sms", evidence="by phone")

    now = Subscription.objects.get(pk=row.pk)
    assert (now.contact, now.segment, now.channel) == (row.contact, row.segment, "email")


def test_nobody_is_confirmed_without_evidence_of_it(lead_client: Client, row: Subscription) -> None:
    Subscription.objects.filter(pk=row.pk).update(state="unsubscribed", evidence="left by link")
    row.refresh_from_db()

    for evidence in ("", "left by link", " . 1"):
        page = post(lead_client, row, state="confirmed", evidence=evidence)
        assert page.context["adminform"].form.errors["evidence"] == [
            "Say how and when this person has agreed."
        ]

    post(lead_client, row, state="confirmed", evidence="called us on Monday")
    assert ConsentEvent.objects.get().evidence == "Set by lead: called us on Monday"


def test_a_new_subscription_leaves_evidence_whatever_its_state(
    lead_client: Client, row: Subscription
) -> None:
    segment = SegmentFactory()

    post(
        *(lead_client, Subscription(contact=row.contact, segment=segment)),
        **{"state": "unconfirmed", "channel": "email"},
    )

    assert ConsentEvent.objects.get(segment=segment).kind == "requested"


def test_a_subscription_is_never_deleted_by_hand(lead_client: Client, row: Subscription) -> None:
    page = reverse("admin:audiences_subscription_delete", args=[row.pk])
    assert lead_client.post(page, {"post": "yes"}).status_code == 403
    listed = lead_client.get(reverse("admin:audiences_subscription_changelist"))
    assert "delete_selected" not in listed.content.decode()

    page = lead_client.post(
        reverse("admin:audiences_contact_change", args=[row.contact_id]),
        {
            **contact_fields(row.contact),
            **{"subscriptions-TOTAL_FORMS": "1", "subscriptions-INITIAL_FORMS": "1"},
            **{"subscriptions-0-id": row.pk, "subscriptions-0-contact": row.contact_id},
            **{"subscriptions-0-state": "unsubscribed", "subscriptions-0-evidence": "by phone"},
            **{"initial-subscriptions-0-state": "confirmed"},
            **{"subscriptions-0-channel": "sms", "subscriptions-0-DELETE": "on"},
        },
    )

    assert page.status_code == 302
    now = Subscription.objects.get(pk=row.pk)
    assert (now.state, now.channel) == ("unsubscribed", "email")
    assert ConsentEvent.objects.get().kind == "withdrawn"


def test_a_list_does_not_go_with_what_people_said_about_it(
    lead_client: Client, customers: Segment
) -> None:
    page = reverse("admin:audiences_segment_delete", args=[customers.pk])
    chosen = {"action": "delete_selected", "_selected_action": [customers.pk], "post": "yes"}

    asked = lead_client.get(page).content.decode()
    lead_client.post(page, {"post": "yes"})
    lead_client.post(reverse("admin:audiences_segment_changelist"), chosen)

    assert "“Shop customers” is in use or on record: subscriptions" in asked
    assert "Archive it instead" in asked
    assert Segment.objects.filter(pk=customers.pk).exists()


def test_nobody_has_agreed_to_feedback_requests_in_the_future(
    lead_client: Client, bo: Contact
) -> None:
    typed = contact_fields(bo) | {
        "feedback_consent_at_0": "2099-01-01",
        "feedback_consent_at_1": "12:00",
    }

    page = lead_client.post(reverse("admin:audiences_contact_change", args=[bo.pk]), typed)

    assert "still to come" in str(page.context["adminform"].form.errors["feedback_consent_at"])
    assert not ConsentEvent.objects.exists()


def contact_fields(contact: Contact) -> dict[str, object]:
    return {
        **{"name": contact.name, "email": contact.email, "phone": contact.phone},
        **{"language": contact.language, "attributes": "{}", "email_from": 0, "sms_from": 0},
        **{"subscriptions-TOTAL_FORMS": "0", "subscriptions-INITIAL_FORMS": "0"},
        **{"consents-TOTAL_FORMS": "0", "consents-INITIAL_FORMS": "0"},
    }
