"""A link by text proves a telephone, and nothing of the mailbox its person has besides."""

import pytest
from django.test import Client

from audiences.models import Contact, Segment, SignUp
from messaging.models import Broadcast, Delivery
from messaging.services import links
from tests.factories import (
    NOON,
    ContactFactory,
    DeliveryFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.pages import form_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Segment:
    return SegmentFactory(name="Shop", is_listed=True)


@pytest.fixture
def url(bo: Contact, shop: Segment) -> str:
    SubscriptionFactory(contact=bo, segment=shop, channel="sms")
    SubscriptionFactory(contact=bo, segment=SegmentFactory(name="By mail"), channel="email")
    return by_text(bo)


def by_text(contact: Contact) -> str:
    text = DeliveryFactory(contact=contact, channel="sms", address=contact.phone)
    return f"/p/{links.token(text)}/"


def test_it_shows_what_is_about_the_texts_alone(client: Client, url: str, bo: Contact) -> None:
    page = client.get(url).content.decode()

    assert bo.phone in page
    assert "Shop" in page
    assert not [word for word in (bo.email, "By mail", ":email") if word in page]
    assert "came by text message" in page


def test_it_changes_what_is_about_the_texts_alone(
    client: Client, url: str, bo: Contact, shop: Segment
) -> None:
    typed = form_on(client.get(url).content.decode())
    more = {"place": f"{shop.pk}:email", "time_zone": "Asia/Tokyo", "wants_feedback": "on"}
    quiet = {"sms_from": "2", "quiet_from": "21:00", "quiet_until": "07:00"}

    client.post(url, typed | more | quiet | {"email_from": "2", "choice": "save"})

    after = Contact.objects.get(pk=bo.pk)
    assert (after.sms_from, f"{after.quiet_from:%H:%M}") == (2, "21:00")
    assert (after.email_from, after.zone, after.feedback_consent_at) == (0, bo.zone, None)
    told = bo.subscriptions.filter(state="confirmed").values_list("segment__name", "channel")
    assert list(told) == [("By mail", "email")]


def test_it_moves_the_number_and_no_mailbox(client: Client, url: str) -> None:
    client.post(url, {"choice": "move", "email": "new@example.org", "phone": "0171 39200017"})

    assert SignUp.objects.get().channel == "sms"


def test_who_is_known_by_a_number_alone_sees_everything(client: Client) -> None:
    page = client.get(by_text(ContactFactory(email="", phone="+447700900009"))).content.decode()

    assert 'name="time_zone"' in page
    assert "came by text message" not in page


@pytest.mark.parametrize("page", ["p", "u"])
def test_from_a_text_all_texts_are_stopped_and_no_mail(
    client: Client, bo: Contact, shop: Segment, url: str, page: str
) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON)
    waiting = SegmentFactory(name="Waiting")
    for channel in ("sms", "email"):
        SubscriptionFactory(contact=bo, segment=waiting, channel=channel, state="unconfirmed")
    url = url.replace("/p/", f"/{page}/")
    asked = client.get(url).text

    done = client.post(url, {"choice": "everything"}).text

    assert "Stop all text messages" in asked
    assert "ends all your texts at this number" in asked
    assert "You will get no more text messages from us" in done
    assert "the link at the end of every e-mail" in done
    assert "Somebody else" not in done
    assert not [said for said in ("no more notices", "by e-mail and by text") if said in done]
    told = bo.subscriptions.exclude(state="unsubscribed").order_by("pk")
    kept = [("By mail", "email", "confirmed"), ("Waiting", "email", "unconfirmed")]
    assert list(told.values_list("segment__name", "channel", "state")) == kept
    # One that came by text would be one more.
    assert Contact.objects.get(pk=bo.pk).feedback_consent_at is None


def test_texts_are_taken_back_by_text_and_what_was_left_by_mail_is_not(
    client: Client, bo: Contact, url: str
) -> None:
    client.post(url, {"choice": "everything"})
    by_mail = DeliveryFactory(contact=bo, channel="email", address=bo.email)
    client.post(f"/u/{links.token(by_mail)}/", {"choice": "everything"})

    client.post(url, {"choice": "everything-again"})

    confirmed = bo.subscriptions.filter(state="confirmed")
    assert list(confirmed.values_list("segment__name", "channel")) == [("Shop", "sms")]


def test_who_reads_an_earlier_number_stops_texts_alone(
    client: Client, bo: Contact, url: str
) -> None:
    Contact.objects.filter(pk=bo.pk).update(phone="+447700900077")

    done = client.post(url, {"choice": "everything"}).text

    assert "You will get no more text messages from us" in done
    confirmed = bo.subscriptions.filter(state="confirmed")
    assert list(confirmed.values_list("channel", flat=True)) == ["email"]


@pytest.mark.parametrize(("sender", "way"), [("+447700900100", "STOP"), ("Klartext", "the link")])
def test_that_somebody_else_is_texted_there_too_is_said(
    client: Client, bo: Contact, shop: Segment, url: str, settings: object, sender: str, way: str
) -> None:
    settings.TWILIO_FROM = sender
    other = ContactFactory(phone=bo.phone)
    SubscriptionFactory(contact=other, segment=shop, channel="sms")

    done = client.post(url, {"choice": "everything"}).text

    [said] = [line for line in done.splitlines() if "Somebody else gets texts" in line]
    assert way in said
    assert "The text messages for you have stopped" in done
    assert "You will get no more" not in done
    assert shop.members("sms").get() == other


@pytest.mark.parametrize(
    ("before", "by_mail", "survey"),
    [(False, "everything", False), (False, "these", True), (True, "everything", False)],
    ids=["everything by mail", "feedback alone by mail", "everything by text, then by mail"],
)
def test_a_no_to_feedback_stays_whatever_is_taken_back_by_text(
    client: Client, bo: Contact, url: str, before: bool, by_mail: str, survey: bool
) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON)
    if before:
        client.post(url, {"choice": "everything"})
    mail = DeliveryFactory(contact=bo, channel="email", address=bo.email)
    if survey:
        Broadcast.objects.filter(pk=mail.broadcast_id).update(purpose="feedback")
    client.post(f"/u/{links.token(mail)}/", {"choice": by_mail})

    client.post(url, {"choice": "everything-again"})

    assert Contact.objects.get(pk=bo.pk).feedback_consent_at is None
    assert bo.subscriptions.get(channel="sms").state == "confirmed"


@pytest.mark.parametrize("choice", ["again", "everything-again"])
def test_a_survey_by_text_does_not_ask_again_who_said_no(
    client: Client, bo: Contact, url: str, choice: str
) -> None:
    Broadcast.objects.update(purpose="feedback")
    url = url.replace("/p/", "/u/")

    page = client.post(url, {"choice": choice}).text

    assert Contact.objects.get(pk=bo.pk).feedback_consent_at is None
    assert "Ask me again" not in page


@pytest.mark.parametrize("page", ["p", "u"])
def test_the_page_says_what_is_taken_back_by_text(client: Client, url: str, page: str) -> None:
    url = url.replace("/p/", f"/{page}/")
    client.post(url, {"choice": "everything"})

    done = client.post(url, {"choice": "everything-again"}).text

    assert "You get the texts again that you had just stopped" in done
    assert "everything you had just stopped" not in done


def test_the_readers_of_a_shared_mailbox_hear_that_a_text_ended_feedback_requests(
    client: Client, bo: Contact, url: str
) -> None:
    Contact.objects.filter(pk=bo.pk).update(feedback_consent_at=NOON, is_shared=True)

    client.post(url, {"choice": "everything"})

    told = Delivery.objects.filter(broadcast__thread="left")
    assert set(told.values_list("address", "broadcast__segments__name")) == {
        (bo.phone, "Shop"),
        (bo.email, None),
    }
    by_mail = told.get(channel="email")
    client.post(f"/u/{links.token(by_mail)}/", {"choice": "again"})
    assert Contact.objects.get(pk=bo.pk).feedback_consent_at
