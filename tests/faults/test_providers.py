"""Mail servers and Twilio at their worst: every outcome gets the word it deserves."""

import pytest

from audiences.models import Channel, Suppression
from messaging.models import Delivery
from messaging.states import State
from tests.faults.conftest import Begin
from tests.faults.journal import ACCEPTED
from tests.faults.trial import Trial

pytestmark = pytest.mark.slow(reason="real processes against a server that misbehaves")

# What a message comes to when this is the last the server did with it.
FATE = {
    "rcpt 550 5.1.1 nobody here": {State.FAILED},
    "rcpt 550 5.7.1 members only": {State.FAILED},
    "dot 554 5.6.0 malformed": {State.FAILED},
    "dot reset": {State.UNKNOWN},
    "dot silence": {State.UNKNOWN},
    # Taken, and the line went dead before the answer.
    "dot drop": {State.UNKNOWN},
    ACCEPTED: {State.ACCEPTED},
}
AMBIGUOUS = {"server-error", "server-error-after-accepting", "timeout-after-accepting"}


def fates(trial: Trial, channel: str) -> dict[str, str]:
    """The last that happened to each recipient."""
    last: dict[str, str] = {}
    for entry in trial.entries(channel):
        if entry.recipient and last.get(entry.recipient) != "dot drop":
            last[entry.recipient] = entry.what
    return last


@pytest.mark.full
def test_f7_a_mail_server_misbehaves(begin: Begin):
    trial = begin(CONNECTIONS="8", TEST_LEASE_SECONDS="60")
    trial.hurries = True
    trial.mails(
        delay=0.005,
        faults={
            "connect": {"421 4.7.0 too many connections": 0.05, "silence": 0.02},
            "mail": {"451 4.3.0 later": 0.01},
            "rcpt": {
                "450 4.2.0 busy": 0.02,
                "451 4.7.1 later": 0.02,
                "452 4.2.2 full": 0.01,
                "421 4.7.0 enough": 0.005,
                "550 5.1.1 nobody here": 0.02,
                "550 5.7.1 members only": 0.01,
            },
            "dot": {
                "451 4.3.0 later": 0.02,
                "554 5.6.0 malformed": 0.01,
                "reset": 0.005,
                "drop": 0.005,
                "silence": 0.0005,
                "stall": 0.01,
            },
        },
    )
    trial.workers_and_beat()
    trial.start(trial.audience(10_000))

    trial.drain()

    trial.conclude(bound=0)
    rows = dict(Delivery.objects.values_list("address", "state"))
    wrong = {
        (what, rows[address])
        for address, what in fates(trial, Channel.EMAIL).items()
        if rows[address] not in FATE.get(what, set())
    }
    assert not wrong
    dead = Suppression.objects.active().count()
    assert dead == Delivery.objects.filter(error_text__startswith="5.1.1").count() > 0


@pytest.mark.full
def test_f8_everybody_is_greylisted(begin: Begin):
    trial = begin(CONNECTIONS="8", TEST_LEASE_SECONDS="60")
    trial.hurries = True
    trial.mails(greylist=True)
    trial.workers_and_beat()
    trial.start(trial.audience(10_000))

    trial.drain()

    trial.conclude(bound=0)
    assert set(Delivery.objects.values_list("state", "attempts")) == {(State.ACCEPTED, 2)}


@pytest.mark.full
def test_f9_twilio_misbehaves(begin: Begin):
    trial = begin(CONNECTIONS="16", TEST_LEASE_SECONDS="60")
    trial.hurries = True
    trial.run.web(trial.folder / "log")
    trial.texts(
        delay=0.01,
        faults={
            "create": {
                "too-many-requests": 0.1,
                "server-error": 0.01,
                "server-error-after-accepting": 0.02,
                "timeout-after-accepting": 0.005,
                "opted-out": 0.01,
                "not-mobile": 0.01,
            },
            "callback": {"lose": 0.1, "double": 0.1, "late": 0.2},
        },
    )
    trial.workers_and_beat()
    trial.start(trial.audience(texts=3_000))

    trial.drain()
    trial.wait(lambda: trial.states("sms").get(State.DELIVERED, 0) > 2_500)

    trial.conclude(bound=0, text_bound=0)
    ambiguous = {
        entry.recipient
        for entry in trial.entries(Channel.SMS)
        if entry.what.removeprefix("create ") in AMBIGUOUS
    }
    unknown = Delivery.objects.filter(state=State.UNKNOWN).values_list("address", flat=True)
    assert set(unknown) <= ambiguous
    assert not Delivery.objects.filter(state=State.FAILED).exclude(
        error_code__in=["21610", "21614"]
    )
