from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError, connection
from prometheus_client.parser import text_string_to_metric_families

from audiences.models import Channel
from messaging.channels import (
    Accepted,
    DeadAddress,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from messaging.models import Broadcast, Circuit, Delivery, Lease, Tally
from messaging.services import deliveries, events, heartbeats, leases, tallies
from messaging.services.lines import Result
from tests.factories import BroadcastContentFactory, BroadcastFactory, DeliveryFactory

pytestmark = pytest.mark.django_db


def ago(seconds):
    return datetime.now(UTC) - timedelta(seconds=seconds)


@pytest.fixture
def scrape(client):
    """Read the metrics as Prometheus does: by name and labels."""

    def scrape():
        answer = client.get("/metrics")
        assert answer.status_code == 200
        return {
            (sample.name.removeprefix("klartext_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return scrape


@pytest.fixture
def broadcast():
    broadcast = BroadcastFactory()
    BroadcastContentFactory(broadcast=broadcast)
    return broadcast


def test_an_idle_system_has_every_gauge_at_zero(scrape):
    found = scrape()

    assert {name for name, *_labels in found} >= {
        "oldest_due_age_seconds",
        "due_deliveries",
        "deliveries_in_work",
        "senders",
        "channel_stopped",
        "broadcasts",
        "unfrozen_age_seconds",
        "unknown_deliveries",
    }
    assert set(found.values()) == {0}


def test_what_was_accepted_is_told_before_anything_was(scrape):
    found = scrape()

    assert found["outcomes_total", "email", "accepted"] == 0
    assert found["outcomes_total", "sms", "accepted"] == 0


def test_what_waits_is_measured_per_channel(scrape, broadcast):
    DeliveryFactory(broadcast=broadcast, not_before=ago(90))
    DeliveryFactory(broadcast=broadcast, not_before=ago(30))
    DeliveryFactory(broadcast=broadcast, not_before=ago(-600))

    found = scrape()

    assert found["due_deliveries", "email"] == 2
    assert 90 <= found["oldest_due_age_seconds", "email"] < 95
    assert found["due_deliveries", "sms"] == 0


def test_who_is_at_work_and_on_what(scrape, broadcast):
    owner = leases.take(channel="email")
    lapsed = leases.take(channel="email")
    Lease.objects.filter(owner=lapsed).update(until=ago(1))
    DeliveryFactory(broadcast=broadcast, state=Delivery.State.CLAIMED, lease_id=owner)

    found = scrape()

    assert (found["senders", "email"], found["senders", "sms"]) == (1, 0)
    assert found["deliveries_in_work", "email"] == 1


def test_a_stopped_channel_and_what_needs_a_person(scrape, broadcast):
    Circuit.objects.create(channel="sms", because="20003", retry_at=ago(-30))
    BroadcastFactory(state=Broadcast.State.PAUSED)
    BroadcastFactory(started_at=ago(40), frozen_at=None)
    DeliveryFactory(broadcast=broadcast, state=Delivery.State.UNKNOWN)

    found = scrape()

    assert (found["channel_stopped", "sms"], found["channel_stopped", "email"]) == (1, 0)
    assert (found["broadcasts", "sending"], found["broadcasts", "paused"]) == (2, 1)
    assert 40 <= found[("unfrozen_age_seconds",)] < 45
    assert found[("unknown_deliveries",)] == 1


def test_what_providers_said_is_counted_with_its_code(scrape, broadcast, email):
    for number in range(5):
        delivery = DeliveryFactory(broadcast=broadcast)
        if number < 2:
            email.failures[delivery.address] = DeadAddress(550, "nobody here")

    deliveries.send_pending(channel="email")

    found = scrape()
    assert found["outcomes_total", "email", "accepted"] == 3
    assert found["outcomes_total", "email", "failed"] == 2
    assert found["provider_errors_total", "email", "550", "failed"] == 2
    assert len([name for name, *_labels in found if name == "provider_errors_total"]) == 1


def test_what_providers_say_later_is_counted_once(scrape, broadcast):
    delivery = DeliveryFactory(broadcast=broadcast, state=Delivery.State.ACCEPTED)

    for _time in range(2):
        events.record(
            delivery=delivery,
            report=events.Report(
                source="twilio",
                key="1",
                kind="undelivered",
                state=Delivery.State.UNDELIVERED,
                code="30003",
                raw={},
            ),
            now=ago(0),
        )

    assert scrape()["provider_errors_total", "email", "30003", "undelivered"] == 1


@pytest.mark.parametrize(
    ("outcome", "ending"),
    [
        (Accepted("id"), ("accepted", "")),
        (TemporaryFailure(451, ""), ("deferred", "451")),
        (PermanentFailure(554, ""), ("failed", "554")),
        (SenderFault(535, ""), ("sender_fault", "535")),
        (UnknownOutcome("ReadTimeout", ""), ("unknown", "ReadTimeout")),
    ],
)
def test_every_outcome_has_its_word(outcome, ending):
    assert tallies.ending(outcome) == ending


def test_totals_add_up_over_senders_and_are_written_once():
    for _sender in range(2):
        counted = tallies.Tallies("email")
        counted.count([Result(1, Accepted()), Result(2, Accepted()), Result(3, None)])
        counted.write()
        counted.write()

    assert Tally.objects.get().count == 4


def test_counting_costs_a_sender_one_statement_however_much_it_sends(
    broadcast, email, django_assert_num_queries
):
    counted = tallies.Tallies("email")
    counted.count(Result(number, Accepted()) for number in range(500))
    counted.count([Result(501, TemporaryFailure(451, "later"))])

    with django_assert_num_queries(1):
        counted.write()
    with django_assert_num_queries(0):
        counted.write()


def test_a_scrape_costs_the_same_whatever_was_sent(
    client, broadcast, django_assert_max_num_queries
):
    DeliveryFactory.create_batch(20, broadcast=broadcast, state=Delivery.State.DELIVERED)

    with django_assert_max_num_queries(16):
        client.get("/metrics")


def test_the_beat_is_measured(scrape):
    heartbeats.note(task="incidents.tasks.tick")

    assert scrape()["heartbeat_age_seconds", "incidents.tasks.tick"] < 5


def test_labels_are_the_words_of_our_channels(scrape):
    channels = {key[1] for key in scrape() if key[0] == "senders"}

    assert channels == set(Channel)


def test_production_without_a_token_has_no_metrics(client, settings):
    settings.EMBEDDED = False

    assert client.get("/metrics").status_code == 404


def test_the_embedded_set_up_shows_them_to_its_own_machine_alone(client):
    assert client.get("/metrics", REMOTE_ADDR="127.0.0.1").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


def test_with_a_token_nobody_reads_them_without_it(client, settings):
    settings.EMBEDDED, settings.METRICS_TOKEN = False, "a-long-secret"

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 401
    right = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"})
    assert right.status_code == 200
    assert right["Content-Type"].startswith("text/plain; version=")


def test_without_a_database_a_scrape_fails_at_once(client):
    def refuse(*args):
        raise OperationalError("gone")

    with connection.execute_wrapper(refuse):
        assert client.get("/metrics").status_code == 503
