import os
import socket
import time
from collections.abc import Callable, Iterator

import pytest
from celery import Celery
from pytest_django import Settings

from audiences.services import wake as broker
from config import checks
from messaging.services import wake
from tests.config.conftest import COMPLETE, Read

Publish = Callable[[str], float]


@pytest.fixture
def publish(read: Read, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Wake every sender through a broker with the settings of production; say how long it took."""
    options = read(**COMPLETE)["CELERY_BROKER_TRANSPORT_OPTIONS"]

    def publish(url: str) -> float:
        app = Celery("elsewhere", broker=url, set_as_current=False)
        app.conf.broker_transport_options = options
        monkeypatch.setattr(broker, "current_app", app)
        began = time.monotonic()
        wake.senders(channels=["email", "sms"])
        return time.monotonic() - began

    return publish


@pytest.fixture
def port() -> Iterator[socket.socket]:
    """A port that is ours; nobody answers there before it listens, and nobody speaks after."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken


def address(port: socket.socket) -> str:
    return f"redis://127.0.0.1:{port.getsockname()[1]}/0"


def test_a_broker_that_is_down_costs_a_request_no_time(
    publish: Publish, port: socket.socket, settings: Settings, caplog: pytest.LogCaptureFixture
):
    settings.SENDERS = 4

    assert publish(address(port)) < 1

    assert [record.getMessage() for record in caplog.records] == [
        "No broker for a wake-up; the sweep will find the work: messaging.tasks.send"
    ]


@pytest.mark.slow(reason="waits for a broker that accepts and says nothing")
def test_a_broker_that_is_silent_costs_a_request_a_few_seconds_at_most(
    publish: Publish, port: socket.socket, caplog: pytest.LogCaptureFixture
):
    port.listen()

    assert publish(address(port)) < 4

    assert len(caplog.records) == 1


@pytest.mark.skipif(not os.environ.get("TEST_REDIS_URL"), reason="needs a Redis")
def test_a_broker_that_may_forget_is_reported(settings: Settings):
    settings.EMBEDDED, settings.CELERY_BROKER_URL = False, os.environ["TEST_REDIS_URL"]
    client = checks.Redis.from_url(settings.CELERY_BROKER_URL)
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        [warning] = checks.broker_forgets_nothing()
    finally:
        client.config_set("maxmemory-policy", "noeviction")
        client.close()

    assert "allkeys-lru" in warning.msg
    assert warning.hint == "Set maxmemory-policy to noeviction."
    assert checks.broker_forgets_nothing() == []


def test_a_broker_that_is_away_is_no_reason_not_to_start(settings: Settings, port: socket.socket):
    settings.EMBEDDED, settings.CELERY_BROKER_URL = False, address(port)

    assert checks.broker_forgets_nothing() == []


def test_the_embedded_broker_is_not_asked(settings: Settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    assert checks.broker_forgets_nothing() == []


def test_production_never_gives_up_on_its_broker(read: Read):
    settings = read(**COMPLETE)

    options = settings["CELERY_BROKER_TRANSPORT_OPTIONS"]
    assert settings["CELERY_BROKER_CONNECTION_MAX_RETRIES"] is None
    assert options["health_check_interval"]
    assert options["visibility_timeout"] >= 3 * 90
    assert settings["CELERY_TASK_ACKS_LATE"]
    assert settings["CELERY_TASK_REJECT_ON_WORKER_LOST"]
    assert not settings["CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS"]
    assert "CELERY_RESULT_BACKEND" not in settings
