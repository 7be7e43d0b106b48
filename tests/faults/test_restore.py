"""A backup taken in the middle of sending knows less than what was sent."""

import time

import pytest
from django.core.management import call_command

from audiences.models import Channel
from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts
from messaging.states import State
from tests.faults import servers
from tests.faults.conftest import Begin

pytestmark = [
    pytest.mark.full,
    pytest.mark.slow(reason="real processes are started, killed and waited for"),
]
SILENT_SECONDS = 10


def test_f17_after_a_restore_nothing_is_sent_blindly(begin: Begin):
    trial = begin(CONNECTIONS="4")
    trial.mails(delay=0.05)
    trial.texts(delay=0.3)
    trial.workers_and_beat()
    broadcast = trial.audience(3_000, 600)
    trial.start(broadcast)
    trial.until_arrived(300)
    trial.wait(lambda: Delivery.objects.filter(state=State.SENDING).exists())

    servers.dump(trial.folder / "backup")
    trial.until_arrived(trial.arrived() + 300)
    trial.kill_all()
    servers.restore(trial.folder / "backup")
    backup = list(Delivery.objects.all())
    call_command("hold")
    before = trial.arrived(), trial.arrived(Channel.SMS)
    trial.workers_and_beat()
    trial.wait(trial.ready)
    time.sleep(SILENT_SECONDS)

    assert (trial.arrived(), trial.arrived(Channel.SMS)) == before
    sending = {one.pk for one in backup if one.state == State.SENDING}
    assert sending
    held = Delivery.objects.filter(pk__in=sending).values_list("state", flat=True)
    assert set(held) <= {State.UNKNOWN, State.DELIVERED, State.ACCEPTED}
    # A person looks, and lets it go on: only what the backup did not know is repeated.
    broadcasts.resume(broadcast=Broadcast.objects.get(pk=broadcast.pk))
    trial.mails()
    trial.texts()
    trial.drain()
    unsent = {one.pk for one in backup if one.state in (State.PENDING, State.CLAIMED)}
    for channel, verdict in trial.verdicts().items():
        assert not verdict.complaints(bound=len(unsent)), channel
        assert set(verdict.repeated) <= unsent
