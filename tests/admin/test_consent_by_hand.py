"""What staff set by hand needs the right to do it, and evidence that says what it is about."""

import html

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import (
    ConsentEvent,
    Contact,
    ContactAlias,
    Segment,
    Subscription,
    Suppression,
)
from audiences.services import merging, suppressions
from messaging.models import Delivery
from messaging.services import opt_ins
from tests.factories import NOON, ContactFactory, SubscriptionFactory, UserFactory
from tests.pages import form_on

LIST = "admin:audiences_contact_changelist"


def page_of(contact: Contact) -> str:
    return reverse("admin:audiences_contact_change", args=[contact.pk])


def save(client: Client, contact: Contact, **typed: str) -> HttpResponse:
    page = form_on(client.get(page_of(contact)).content.decode())
    return client.post(page_of(contact), page | typed)


def said(answer: HttpResponse) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def states(contact: Contact) -> dict[str, str]:
    return dict(contact.subscriptions.values_list("channel", "state"))


def test_a_new_number_has_agreed_to_nothing(
    lead_client: Client, bo: Contact, customers: Segment
) -> None:
    answer = save(lead_client, bo, phone="+4915123450077")

    assert states(bo) == {"email": "confirmed", "sms": "unconfirmed"}
    event = ConsentEvent.objects.get()
    assert (event.kind, event.channel, event.address) == ("requested", "sms", "+49…077")
    assert event.evidence.endswith("Set by lead.")
    assert "1 subscription (SMS) waits for a consent" in said(answer)
    assert ContactAlias.objects.get().phone == "+447700900002"


def test_back_at_an_address_holds_what_was_agreed_to_there(
    lead_client: Client, bo: Contact, customers: Segment
) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON)
    left = SubscriptionFactory(contact=bo, channel="email")

    save(lead_client, bo, email="slip@example.org")
    Subscription.objects.filter(pk=left.pk).update(state="unsubscribed")
    newer = SubscriptionFactory(contact=bo, channel="email", state="unconfirmed")
    answer = save(lead_client, bo, email="bo@example.org")

    bo.refresh_from_db()
    assert bo.feedback_consent_at
    assert bo.subscriptions.get(segment=customers, channel="email").state == "confirmed"
    assert bo.subscriptions.get(pk=left.pk).state == "unsubscribed"
    assert bo.subscriptions.get(pk=newer.pk).state == "unconfirmed"
    event = bo.consents.filter(kind="given", purpose="notice").get()
    assert (event.address, event.source) == ("b…@example.org", "staff")
    assert event.evidence == "Back at the address it was agreed to at. Set by lead."
    assert "1 subscription (E-mail) holds again" in said(answer)


def test_a_letter_asks_at_the_new_address(
    lead_client: Client, bo: Contact, customers: Segment
) -> None:
    save(lead_client, bo, email="bo.new@example.org")
    place = reverse("admin:audiences_contact_ask_to_confirm", args=[bo.pk])

    shown = lead_client.get(place).content.decode()
    answer = lead_client.post(place)
    again = lead_client.post(place)

    assert f"E-mail (bo.new@example.org): {customers.name}" in html.unescape(shown)
    assert "is asked to confirm (E-mail)" in said(answer)
    assert "Nobody was asked" in said(again)
    now = timezone.now()
    opt_ins.answer_waiting(now=now)
    letter = Delivery.objects.get(address="bo.new@example.org")
    assert states(bo)["email"] == "unconfirmed"
    opt_ins.confirm(delivery=letter, how="Confirmation page", now=now)
    assert states(bo)["email"] == "confirmed"
    asked, given = bo.consents.filter(channel="email").order_by("pk")[1:]
    assert (asked.kind, asked.source, given.source) == ("requested", "staff", "self")
    assert "vouched for by lead" in asked.evidence


def test_unless_it_is_said_how_it_has(lead_client: Client, bo: Contact, customers: Segment) -> None:
    page = form_on(lead_client.get(page_of(bo)).content.decode())
    rows = {page[f"subscriptions-{row}-id"][0]: row for row in range(2)}
    number = rows[str(bo.subscriptions.get(channel="sms").pk)]

    save(
        lead_client,
        bo,
        **{"phone": "+4915123450077", f"subscriptions-{number}-evidence": "called from it"},
    )

    assert states(bo) == {"email": "confirmed", "sms": "confirmed"}
    last = ConsentEvent.objects.order_by("pk").last()
    assert last
    assert (last.kind, last.evidence) == ("given", "Set by lead: called from it")


def test_an_address_of_somebody_from_before_is_said(
    lead_client: Client, ana: Contact, bo: Contact, lead: User
) -> None:
    gone = ContactFactory(email="old@example.com")
    merging.merge(keep=ana, gone=gone, from_gone=(), by=lead, now=NOON)

    answer = save(lead_client, bo, email="old@example.com")

    assert "was an address of Ana Weber before" in said(answer)


def test_feedback_requests_need_a_word_on_how_somebody_agreed(
    lead_client: Client, bo: Contact
) -> None:
    agreed = {"feedback_consent_at_0": "2026-01-02", "feedback_consent_at_1": "12:00"}

    for evidence in ("", "."):
        refused = save(lead_client, bo, **agreed, feedback_evidence=evidence)
        assert "feedback_evidence" in refused.context["adminform"].form.errors
    save(lead_client, bo, **agreed, feedback_evidence="on the phone")

    event = ConsentEvent.objects.get()
    assert (event.kind, event.purpose) == ("given", "feedback")
    assert event.evidence == "Set by lead: on the phone"
    save(lead_client, bo, feedback_consent_at_0="", feedback_consent_at_1="")
    assert ConsentEvent.objects.filter(kind="withdrawn").exists()


def test_another_mailbox_has_not_agreed_to_feedback_requests(
    lead_client: Client, bo: Contact
) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON)

    save(lead_client, bo, phone="+4915123450077")
    bo.refresh_from_db()
    other_number = bo.feedback_consent_at
    answer = save(lead_client, bo, email="bo.new@example.org")

    bo.refresh_from_db()
    assert (other_number, bo.feedback_consent_at) == (NOON, None)
    event = ConsentEvent.objects.get(purpose="feedback")
    assert (event.kind, event.source) == ("withdrawn", "staff")
    assert "The consent to feedback requests was about the address before" in said(answer)


def test_unless_it_is_said_how_the_new_one_has(lead_client: Client, bo: Contact) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON)

    save(
        lead_client,
        bo,
        email="bo.new@example.org",
        feedback_consent_at_0="2026-01-02",
        feedback_evidence="written from it",
    )

    bo.refresh_from_db()
    assert bo.feedback_consent_at
    events = ConsentEvent.objects.filter(purpose="feedback").order_by("pk")
    assert [one.kind for one in events] == ["withdrawn", "given"]


@pytest.fixture
def clerk(db: None) -> User:
    """Keeps contacts, and may look at subscriptions."""
    return somebody("view_contact", "change_contact", "view_subscription")


def somebody(*may: str) -> User:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=may))
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("action", ["subscribe", "unsubscribe"])
def test_who_may_not_change_subscriptions_changes_none_in_bulk(
    clerk: User, ana: Contact, customers: Segment, action: str
) -> None:
    before = list(Subscription.objects.values())
    typed = {"segment": customers.pk, "channel": "sms", "evidence": "x", "confirmed": "yes"}

    page = logged_in(clerk).get(reverse(LIST)).content.decode()
    logged_in(clerk).post(reverse(LIST), {"action": action, "_selected_action": [ana.pk], **typed})

    assert f'value="{action}"' not in page
    assert list(Subscription.objects.values()) == before


def test_who_may_only_look_takes_nothing_away(ana: Contact) -> None:
    client = logged_in(somebody("view_contact"))

    assert "export_csv" not in client.get(reverse(LIST)).content.decode()
    assert client.get(page_of(ana)).status_code == 200


def test_what_is_done_in_bulk_is_staffs(
    lead_client: Client, ana: Contact, customers: Segment
) -> None:
    typed = {"segment": customers.pk, "channel": "sms", "evidence": "by phone", "confirmed": "yes"}
    chosen = {"action": "subscribe", "_selected_action": [ana.pk], **typed}

    lead_client.post(reverse(LIST), chosen | {"evidence": "–"})
    assert not ana.subscriptions.filter(channel="sms").exists()
    lead_client.post(reverse(LIST), chosen)

    assert ana.subscriptions.get(channel="sms").source == "staff"
    assert ConsentEvent.objects.get().source == "staff"


def test_who_complained_hears_nothing_at_the_address_that_staff_set_either(
    lead_client: Client, bo: Contact
) -> None:
    suppressions.suppress(channel="email", address=bo.email, reason="complaint", now=NOON)
    suppressions.suppress(channel="sms", address=bo.phone, reason="hard_bounce", now=NOON)

    answer = save(lead_client, bo, email="bo.lee@example.org", phone="+4915123450077")

    against = Suppression.objects.exclude(address__in=[bo.email, bo.phone]).get()
    assert (against.address, against.reason) == ("bo.lee@example.org", "complaint")
    assert against.note == "Said at b…@example.org. Set by lead."
    assert "A STOP or a complaint was said at the address before" in said(answer)
