"""A personal link opens one delivery, and none can be made by guessing."""

import base64

import pytest

from messaging.models import Delivery
from messaging.services import links
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery():
    return DeliveryFactory()


def found(token):
    return links.find(token, Delivery.objects.all())


def numbered(token, number):
    raw = base64.urlsafe_b64decode(token + "==")
    return base64.urlsafe_b64encode(number.to_bytes(6, "big") + raw[6:]).decode().rstrip("=")


def test_a_link_finds_its_delivery(delivery):
    token = links.token(delivery)

    assert len(token) == 30
    assert found(token) == delivery


def test_a_seal_opens_no_other_delivery_of_the_same_broadcast(delivery):
    other = DeliveryFactory(broadcast=delivery.broadcast)

    assert found(numbered(links.token(delivery), other.pk)) is None


def test_each_broadcast_seals_with_a_secret_of_its_own(delivery):
    other = DeliveryFactory()
    as_if = Delivery(pk=other.pk, broadcast=delivery.broadcast)

    assert found(links.token(as_if)) is None
    assert found(links.token(other)) == other


@pytest.mark.parametrize("cut", [0, 4, 8, 28])
def test_a_part_of_a_link_finds_nothing(delivery, cut):
    assert found(links.token(delivery)[:cut]) is None


@pytest.mark.parametrize("token", ["ä", "a", "%00", "=" * 30, "_" * 30, "A" * 3000])
def test_what_is_no_link_of_ours_finds_nothing(delivery, token):
    assert found(token) is None
