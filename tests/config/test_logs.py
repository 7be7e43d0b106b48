import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from celery.app.base import Celery
from django.db import DatabaseError
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from audiences.models import Channel, Contact
from config import logs, worker
from feedback.models import Answer
from messaging.channels.smtp import SmtpConnection
from messaging.models import Delivery, Heartbeat
from messaging.services import deliveries, links, unsubscribes, wake
from tests.factories import (
    BroadcastContentFactory,
    BroadcastFactory,
    DeliveryFactory,
    InvitationFactory,
    QuestionFactory,
)
from tests.processes import wait_for
from tests.smtp import Catcher
from tests.standins import Standins


class Kept(logging.Handler):
    """Keeps what is logged, raw and as production writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.formatter("json"))
        self.raw: list[tuple[str, str]] = []
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.raw.append((record.name, record.getMessage()))
        self.lines.append(self.format(record))

    def entries(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def kept() -> Iterator[Kept]:
    handler = Kept()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_a_plain_line_of_logging_becomes_json_with_what_is_bound(kept: Kept):
    with structlog.contextvars.bound_contextvars(task_id="t-1"):
        logging.getLogger("messaging.x").warning("Leases lapsed: %s handed out again", 3)

    [entry] = kept.entries()
    assert entry.pop("timestamp")
    assert entry == {
        "level": "warning",
        "logger": "messaging.x",
        "event": "Leases lapsed: 3 handed out again",
        "task_id": "t-1",
    }


def test_a_traceback_stays_one_line_and_says_no_values(kept: Kept):
    address = "ana@example.com"
    try:
        raise ValueError(f"refused: {address}\n(second line)")
    except ValueError:
        logging.getLogger("messaging.x").exception("Failed: %s", {"to": address})

    [line] = kept.lines
    assert "\n" not in line
    assert "Traceback" in line
    assert address not in line


def test_for_people_it_is_a_line():
    record = logging.LogRecord("messaging.x", logging.INFO, __file__, 1, "Sent %s", (5,), None)

    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        line = logs.formatter("line").format(record)

    assert line.endswith(" info messaging.x Sent 5 request_id=r-1")


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "ERROR"])
def test_libraries_that_name_addresses_are_kept_quiet_at_every_level(level: str):
    loggers = logs.configuration(level=level, form="json")["loggers"]

    at_least = max(level, "WARNING", key=logging.getLevelNamesMapping().__getitem__)
    assert {loggers[name]["level"] for name in ("mail.log", "twilio", "urllib3")} == {at_least}
    assert loggers["django.db"]["level"] != "DEBUG"


def test_beat_does_not_say_each_time_that_it_fires():
    def passes(message: str) -> bool:
        record = logging.LogRecord("celery.beat", logging.INFO, "", 1, message, (), None)
        return logs.NotEveryTick().filter(record)

    assert not passes("Scheduler: Sending due task %s (%s)")
    assert passes("beat: Starting...")


@pytest.mark.django_db
def test_a_request_is_reported_with_its_id_and_without_what_was_searched_for(
    kept: Kept, client: Client
):
    client.get("/", {"q": "Ana Weber"})

    [entry] = [entry for entry in kept.entries() if entry["event"] == "request_finished"]
    assert entry["request"] == "GET /"
    assert entry["request_id"]
    assert not {"ip", "user_agent", "user_id"} & set(entry)


@pytest.mark.slow(reason="starts a Celery worker on the real broker")
def test_a_task_logs_its_id_and_leaves_its_heartbeat(
    real_worker: Celery, kept: Kept, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(worker, "_noted_at", {})
    with structlog.contextvars.bound_contextvars(request_id="r-7"):
        wake.sweeper()
    wait_for(Heartbeat.objects.filter(task="messaging.tasks.sweep").exists, seconds=20)
    wait_for(lambda: any("succeeded" in line for line in list(kept.lines)), seconds=20)

    [entry] = [one for one in kept.entries() if one["logger"] == "celery.app.trace"]
    assert str(entry["task_id"]) in str(entry["event"])
    assert entry["request_id"] == "r-7"


def explode(*args: object, **kwargs: object) -> None:
    raise RuntimeError("no luck with ana@example.com and +4917139200001")


@pytest.mark.django_db
def test_what_somebody_answers_is_in_no_log_even_when_it_cannot_be_stored(
    kept: Kept, ana: Contact, monkeypatch: pytest.MonkeyPatch, client: Client
):
    question = QuestionFactory(kind="text")
    invitation = InvitationFactory(version=question.version)
    delivery = DeliveryFactory(broadcast=invitation.broadcast, contact=ana)

    def refuse(answers: list[Answer]) -> None:
        [row] = answers
        raise DatabaseError(f"no luck\nDETAIL:  Failing row contains (1, 2, {row.text}).")

    client.raise_request_exception = False
    monkeypatch.setattr(Answer.objects, "bulk_create", refuse)
    client.post(f"/f/{links.token(delivery)}/", {f"q{question.pk}": "My boss\nis to blame"})

    written = "\n".join(kept.lines)
    assert "no luck" in written
    assert "boss" not in written
    assert "blame" not in written


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow(reason="real servers for mail and texts, with failures of every kind")
def test_nothing_that_is_logged_names_a_person(
    kept: Kept,
    ana: Contact,
    bo: Contact,
    opted_out: Contact,
    smtp_catcher: Catcher,
    standins_at_work: Standins,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    client: Client,
):
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    broadcast = BroadcastFactory(channels=["email", "sms"])
    BroadcastContentFactory(broadcast=broadcast)
    people = (ana, bo, opted_out)
    told = [
        DeliveryFactory(
            broadcast=broadcast,
            contact=person,
            channel=channel,
            address=person.email if channel == Channel.EMAIL else person.phone,
        )
        for person in people
        for channel in Channel
    ]
    smtp_catcher.answers = {
        ana.email: f"550 5.1.1 <{ana.email}> unknown",
        bo.email: f"451 <{bo.email}> later",
    }
    standins_at_work.post("/faults", json={"kind": "invalid-number"})

    for channel in Channel:
        deliveries.send_pending(channel=channel)
    monkeypatch.setattr(SmtpConnection, "send", explode)
    Delivery.objects.filter(contact=bo).update(state="pending", not_before=Now())
    deliveries.send_pending(channel="email")
    for delivery in told:
        client.get(f"/u/{links.token(delivery)}/")
        client.get(f"/f/{links.token(delivery)}/x")
    client.raise_request_exception = False
    monkeypatch.setattr(unsubscribes, "leave", explode)
    client.post(f"/u/{links.token(told[0])}/", {"List-Unsubscribe": "One-Click"})

    secrets = {*(one.address for one in told), *(person.name for person in people)}
    secrets |= {links.token(delivery) for delivery in told}
    written = "\n".join(kept.lines)
    assert "request_failed" in written
    assert "A channel failed in an unforeseen way" in written
    assert [secret for secret in secrets if secret in written] == []
    # Our own lines need no mask.
    ours = "\n".join(text for name, text in kept.raw if name.startswith(("messaging", "feedback")))
    assert [secret for secret in secrets if secret in ours] == []
