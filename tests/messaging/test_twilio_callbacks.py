from itertools import permutations

import pytest
from django.conf import settings
from django.urls import reverse
from twilio.request_validator import RequestValidator

from messaging.models import Delivery, DeliveryEvent
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db
State = Delivery.State


@pytest.fixture
def delivery(bo):
    return DeliveryFactory(contact=bo, channel="sms", address=bo.phone, state=State.ACCEPTED)


def call(client, delivery, status, *, token=None, **extra):
    path = reverse("twilio-status", args=[delivery.pk])
    form = {"MessageSid": "SM1", "MessageStatus": status, **extra}
    signature = RequestValidator(token or settings.TWILIO_AUTH_TOKEN).compute_signature(
        f"http://testserver{path}", form
    )
    return client.post(path, form, headers={"X-Twilio-Signature": signature})


def test_a_delivered_text_is_noted_with_the_providers_words(client, delivery):
    assert call(client, delivery, "delivered").status_code == 204

    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED
    assert DeliveryEvent.objects.get().raw["MessageStatus"] == "delivered"


def test_a_replayed_callback_counts_once(client, delivery):
    for _time in range(3):
        assert call(client, delivery, "delivered").status_code == 204

    assert DeliveryEvent.objects.count() == 1


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_events_in_any_order_never_move_a_state_backwards(client, delivery, order):
    for status in order:
        call(client, delivery, status)

    delivery.refresh_from_db()
    assert delivery.state == State.DELIVERED


def test_a_callback_resolves_what_we_could_not_know(client, delivery):
    Delivery.objects.update(state=State.UNKNOWN)

    call(client, delivery, "sent")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (State.ACCEPTED, "SM1")


def test_an_undelivered_text_keeps_its_code(client, delivery):
    call(client, delivery, "undelivered", ErrorCode="30003")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.UNDELIVERED, "30003")


def test_without_a_true_signature_nothing_changes(client, delivery, settings):
    settings.DEBUG = True

    forged = call(client, delivery, "delivered", token="0" * 32)
    unsigned = client.post(reverse("twilio-status", args=[delivery.pk]), {"MessageSid": "SM1"})

    assert (forged.status_code, unsigned.status_code) == (403, 403)
    assert client.get(reverse("twilio-status", args=[delivery.pk])).status_code == 405
    delivery.refresh_from_db()
    assert delivery.state == State.ACCEPTED
