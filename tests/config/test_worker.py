"""What a Celery worker of ours does besides its tasks."""

import os
import signal
from collections import Counter

import pytest
from pytest_django import Settings

from audiences.models import Contact
from embedded.store import Store
from messaging import states
from messaging.models import Delivery, Lease
from messaging.services import wake
from tests import ports, processes
from tests.factories import BroadcastContentFactory, BroadcastFactory, ContactFactory
from tests.processes import wait_for

MAILS = 2_000


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
