"""A personal link opens what one person was told, and none can be made by guessing."""

import base64

import pytest

from audiences.services import aliases
from messaging.models import Broadcast, Delivery
from messaging.services import links
from tests.factories import BroadcastFactory, ContactFactory, DeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery():
    return DeliveryFactory()


def found(token):
    return links.find(token, told)


def told(contact, broadcast, channel):
    return Delivery.objects.filter(contact=contact, broadcast=broadcast, channel=channel).first()


def for_contact(token, number):
    """The same link with another person's number in it."""
    raw = base64.urlsafe_b64decode(token + "==")
    return base64.urlsafe_b64encode((number << 3).to_bytes(6, "big") + raw[6:]).decode().rstrip("=")


def test_a_link_finds_its_delivery(delivery):
    token = links.token(delivery)

    assert len(token) == 35
    assert found(token) == delivery
    assert links.letter(token) == delivery


def test_a_link_of_who_was_merged_finds_the_delivery(delivery):
    token, other = links.token(delivery), ContactFactory()
    aliases.remember(kept=other, gone=delivery.contact, from_gone=())
    Delivery.objects.update(contact=other)

    assert found(token) == delivery


def test_a_seal_opens_nothing_of_another_person(delivery):
    other = DeliveryFactory(broadcast=delivery.broadcast)
    forged = for_contact(links.token(delivery), other.contact.pk)

    assert for_contact(links.token(other), other.contact.pk) == links.token(other)
    assert found(forged) is None
    assert links.letter(forged) is None


def test_a_seal_opens_nothing_on_another_channel(delivery):
    text = DeliveryFactory(
        broadcast=delivery.broadcast, contact=delivery.contact, channel="sms", address="+447700900"
    )

    assert found(links.token(text)) == text
    assert found(links.token(delivery)) == delivery
    assert links.token(text)[-20:] != links.token(delivery)[-20:]


def test_each_broadcast_seals_with_a_secret_of_its_own(delivery):
    other = BroadcastFactory()
    as_if = Broadcast(pk=other.pk, secret=delivery.broadcast.secret)
    forged = links.token_of(contact=delivery.contact.pk, broadcast=as_if, channel="email")

    assert links.letter(forged) is None


def test_a_link_works_when_its_delivery_has_been_cleared_away(delivery):
    token = links.token(delivery)
    Delivery.objects.all().delete()

    letter = links.letter(token)

    assert found(token) is None
    assert letter.pk is None
    assert (letter.contact, letter.broadcast) == (delivery.contact, delivery.broadcast)
    assert (letter.channel, letter.address) == ("email", delivery.contact.email)


def test_a_link_works_under_another_secret_key(delivery, settings):
    token = links.token(delivery)
    settings.SECRET_KEY = "another"
    settings.SECRET_KEY_FALLBACKS = []

    assert found(token) == delivery


def test_the_link_of_somebody_who_is_erased_is_nobodys(delivery):
    token = links.token(delivery)
    delivery.contact.delete()

    assert found(token) is None
    assert links.letter(token) is None


def test_making_a_link_asks_the_database_nothing(delivery, django_assert_num_queries):
    with django_assert_num_queries(0):
        links.token_of(
            contact=delivery.contact_id, broadcast=delivery.broadcast, channel=delivery.channel
        )


@pytest.mark.parametrize("cut", [0, 4, 8, 28, 34])
def test_a_part_of_a_link_finds_nothing(delivery, cut):
    assert found(links.token(delivery)[:cut]) is None


@pytest.mark.parametrize("token", ["ä", "a", "%00", "=" * 30, "_" * 35, "A" * 3000])
def test_what_is_no_link_of_ours_finds_nothing(delivery, token):
    assert found(token) is None
    assert links.letter(token) is None
