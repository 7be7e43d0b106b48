"""A link by text proves a telephone, and nothing of the mailbox its person has besides."""

import pytest
from django.test import Client

from audiences.models import Contact, Segment, SignUp
from messaging.services import links
from tests.factories import ContactFactory, DeliveryFactory, SegmentFactory, SubscriptionFactory
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
