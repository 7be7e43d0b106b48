import uuid
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audiences.models import Suppression
from messaging.channels import Accepted
from messaging.models import Delivery, DeliveryEvent
from messaging.services import recording
from messaging.services.lines import Result
from tests import twilio
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db
State = Delivery.State
SID = "SM" + "1" * 32
OWNER = uuid.uuid4()


@pytest.fixture
def delivery(bo):
    return DeliveryFactory(contact=bo, channel="sms", address=bo.phone, state=State.ACCEPTED)


def call(client, delivery, status, *, sid=SID, **extra):
    path = reverse("twilio-status", args=[delivery.pk])
    return twilio.post(client, path, {"MessageSid": sid, "MessageStatus": status, **extra})


def test_a_delivered_text_is_noted_with_the_providers_words(client, delivery):
    assert call(client, delivery, "delivered").status_code == 204

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (State.DELIVERED, SID)
    assert delivery.accepted_at
    assert delivery.final_at
    event = DeliveryEvent.objects.get()
    assert (event.delivery, event.source, event.kind) == (delivery, "twilio", "delivered")
    assert event.raw["MessageStatus"] == "delivered"


def test_a_replayed_callback_counts_once(client, delivery):
    for _time in range(3):
        assert call(client, delivery, "delivered").status_code == 204

    assert DeliveryEvent.objects.count() == 1


@pytest.mark.parametrize("order", list(permutations(["queued", "sent", "delivered"])))
def test_callbacks_in_any_order_never_move_a_state_backwards(client, delivery, order):
    for status in order:
        call(client, delivery, status)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (State.DELIVERED, SID)


@pytest.mark.parametrize("state", [State.PENDING, State.CLAIMED, State.SENDING, State.UNKNOWN])
def test_a_callback_proves_acceptance_of_what_we_could_not_know(client, delivery, state):
    Delivery.objects.update(state=state, lease=OWNER, error_code="lease_lapsed", error_text="?")

    call(client, delivery, "sent")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.provider_id) == (State.ACCEPTED, SID)
    assert (delivery.error_code, delivery.error_text, delivery.final_at) == ("", "", None)


def test_a_sender_that_hears_back_after_the_callback_overwrites_nothing(client, delivery, caplog):
    Delivery.objects.update(state=State.SENDING, lease=OWNER)
    call(client, delivery, "sent")
    call(client, delivery, "delivered")

    assert recording.record(results=[Result(delivery.pk, Accepted(SID))], owner=OWNER) == 1

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == (State.DELIVERED, 1)
    assert "lease" not in caplog.text


def test_a_sender_that_lost_its_lease_to_another_says_so(delivery, caplog):
    Delivery.objects.update(state=State.SENDING, lease=uuid.uuid4())

    assert recording.record(results=[Result(delivery.pk, Accepted(SID))], owner=OWNER) == 0

    assert "Lost the lease before recording 1" in caplog.text


def test_what_befell_an_earlier_attempt_does_not_end_the_present_one(client, delivery):
    Delivery.objects.update(provider_id=SID)

    call(client, delivery, "failed", sid="SM" + "0" * 32)
    delivery.refresh_from_db()
    before = delivery.state
    call(client, delivery, "delivered", sid="SM" + "0" * 32)

    delivery.refresh_from_db()
    assert (before, delivery.state) == (State.ACCEPTED, State.DELIVERED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("30003", None),
        ("30007", None),
        ("30008", None),
        ("30005", "hard_bounce"),
        ("30006", "hard_bounce"),
        ("21211", "hard_bounce"),
        ("21614", "hard_bounce"),
        ("21610", "stop"),
    ],
)
def test_a_code_suppresses_the_number_only_where_the_number_is_the_cause(
    client, delivery, code, reason
):
    call(client, delivery, "undelivered", ErrorCode=code)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.UNDELIVERED, code)
    found = Suppression.objects.filter(channel="sms", address=delivery.address)
    assert [one.reason for one in found] == ([reason] if reason else [])


def test_a_replay_does_not_suppress_again_what_a_person_has_lifted(client, delivery, lead):
    call(client, delivery, "undelivered", ErrorCode="30005")
    Suppression.objects.update(lifted_at="2026-03-02T12:00Z", lifted_by=lead, lifted_because="!")

    call(client, delivery, "undelivered", ErrorCode="30005")

    assert not Suppression.objects.active().exists()


def test_a_callback_costs_four_statements(client, delivery):
    with CaptureQueriesContext(connection) as queries:
        call(client, delivery, "delivered")

    verbs = [query["sql"].split()[0] for query in queries]
    assert [verb for verb in verbs if verb in ("INSERT", "UPDATE", "DELETE", "SELECT")] == [
        "SELECT",  # which delivery
        "INSERT",  # the event
        "UPDATE",  # the delivery
        "INSERT",  # one more in the tally
    ]


@pytest.mark.parametrize("form", [{"MessageStatus": "delivered"}, {"MessageSid": SID}, {}])
def test_a_callback_that_names_no_event_is_passed_over(client, delivery, form):
    path = reverse("twilio-status", args=[delivery.pk])

    assert twilio.post(client, path, form).status_code == 204

    assert not DeliveryEvent.objects.exists()


def test_a_callback_about_no_text_of_ours_is_not_found(client, delivery, ana):
    mail = DeliveryFactory(contact=ana, broadcast=delivery.broadcast)

    assert call(client, mail, "delivered").status_code == 404
    assert not DeliveryEvent.objects.exists()
