"""kill -9 in the middle of a fan-out, on real parts: worker, broker, SMTP, Twilio's stand-in."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from audiences.models import Channel, Contact
from embedded.store import Store
from messaging import states
from messaging.models import Delivery
from messaging.services import deliveries, recovery, wake
from tests import processes
from tests.factories import BroadcastContentFactory, BroadcastFactory, ContactFactory
from tests.processes import wait_for

MAILS, TEXTS, SENDERS = 1_000, 100, 2
State = Delivery.State


@pytest.fixture
def broadcast(transactional_db):
    broadcast = BroadcastFactory(channels=["email", "sms"])
    BroadcastContentFactory(broadcast=broadcast)
    people = Contact.objects.bulk_create(
        ContactFactory.build(phone=f"+4477009{number:05}") for number in range(MAILS)
    )
    Delivery.objects.bulk_create(
        Delivery(
            broadcast=broadcast,
            contact=person,
            channel=channel,
            address=person.email if channel == Channel.EMAIL else person.phone,
            language="en",
            detail="public",
        )
        for channel, told in ((Channel.EMAIL, people), (Channel.SMS, people[:TEXTS]))
        for person in told
    )
    return broadcast


@pytest.mark.slow(reason="real processes are started, killed and waited for")
def test_nothing_is_lost_little_is_repeated_and_no_sms_is(broadcast, settings):
    def sent():
        return Delivery.objects.filter(state__in=[State.ACCEPTED, State.DELIVERED]).count()

    def is_drained():
        recovery.sweep(now=datetime.now(UTC))
        return not Delivery.objects.filter(state__in=states.OPEN).exists()

    with processes.running() as run:
        run.start("manage.py", "standins")
        wait_for(lambda: settings.EMBEDDED_STORE.exists())
        first = run.worker()
        wake.senders(channels=broadcast.channels)
        wait_for(lambda: sent() > 100)

        run.kill(first)
        assert Delivery.objects.filter(state__in=states.OPEN).count() > 100
        run.worker()
        wait_for(is_drained, seconds=90)

        with Store(settings.EMBEDDED_STORE) as store:
            mails = Counter(row["recipient"] for row in store._rows("SELECT recipient FROM mails"))
            texts = Counter(text.recipient for text in store.texts())
    by_state = Counter(Delivery.objects.filter(channel="sms").values_list("state", flat=True))
    assert len(mails) == MAILS
    assert sum(mails.values()) - MAILS <= SENDERS * deliveries.RECORD_EVERY
    assert max(texts.values()) == 1
    assert len(texts) + by_state[State.UNKNOWN] >= TEXTS
    assert by_state[State.UNKNOWN] <= SENDERS
