"""What a Celery worker of ours does besides its tasks."""

import os
import signal
from collections import Counter

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from audiences.models import Contact
from config import worker
from config.celery import app
from embedded.store import Store
from messaging import states
from messaging.models import Delivery, Heartbeat, Lease
from messaging.services import wake
from messaging.tasks import sweep
from tests import ports, processes
from tests.factories import BroadcastContentFactory, BroadcastFactory, ContactFactory
from tests.processes import wait_for

MAILS = 2_000


def test_a_connection_outlives_a_task_as_long_as_it_is_good(transactional_db: None):
    connection.ensure_connection()
    kept, connection.close_at = connection.connection, None

    DjangoWorkerFixup(app).close_database()
    worker.keep_connection()
    assert connection.connection is kept

    connection.close_at = 0
    worker.keep_connection()
    assert connection.connection is None


def test_a_heartbeat_is_noted_every_few_seconds_only(db: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(worker, "_noted_at", {})
    worker.note_heartbeat(sender=sweep)

    with CaptureQueriesContext(connection) as captured:
        worker.note_heartbeat(sender=sweep)

    assert not captured.captured_queries
    assert Heartbeat.objects.get().task == sweep.name


@pytest.mark.slow(reason="a real worker is asked to stop in the middle of its work")
def test_a_worker_that_is_asked_to_stop_finishes_its_message_and_gives_back_the_rest(
    transactional_db: None, settings: Settings
):
    broadcast = BroadcastFactory()
    BroadcastContentFactory(broadcast=broadcast)
    people = Contact.objects.bulk_create(ContactFactory.build_batch(MAILS))
    Delivery.objects.bulk_create(
        Delivery(
            broadcast=broadcast,
            contact=person,
            channel="email",
            address=person.email,
            language="en",
            detail="public",
        )
        for person in people
    )
    accepted = Delivery.objects.filter(state=Delivery.State.ACCEPTED)

    with processes.running() as run:
        run.start("manage.py", "standins")
        wait_for(lambda: not ports.is_free(run.port + 1))
        worker = run.worker()
        wake.senders(channels=["email"])
        wait_for(lambda: accepted.count() > 50)
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(timeout=120) == 0

        with Store(settings.EMBEDDED_STORE) as store:
            rows = store._rows("SELECT recipient FROM mails")
    addresses = {person.email for person in people}
    caught = Counter(row["recipient"] for row in rows if row["recipient"] in addresses)

    assert 50 < len(caught) < MAILS
    assert set(caught.values()) == {1}
    assert set(accepted.values_list("address", flat=True)) == set(caught)
    assert not Delivery.objects.filter(state__in=states.IN_WORK).exists()
    assert not Lease.objects.exists()
