"""The ground the other tests stand on holds."""

import smtplib
import socket
import threading
from email.message import EmailMessage

import pytest
from celery import shared_task
from celery.app.base import Celery
from django.contrib.auth.models import User
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer
from pytest_socket import SocketConnectBlockedError

from config import celery_app
from tests import worker
from tests.smtp import Catcher

ran = threading.Event()


@shared_task(name="tests.ground.look_up")
def look_up(username: str) -> None:
    if User.objects.filter(username=username).exists():
        ran.set()


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_a_connection_that_leaves_the_machine_is_refused():
    # Reserved for documentation (RFC 5737): nobody would answer, were it let through.
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))


def test_the_mail_catcher_speaks_smtp(smtp_catcher: Catcher):
    smtp_catcher.answers["full@example.com"] = "452 mailbox full"
    message = EmailMessage()
    message["Subject"] = "Grüße"
    message.set_content("Hallo")

    with smtplib.SMTP("127.0.0.1", smtp_catcher.port) as server:
        refused = server.send_message(
            message, "status@example.com", ["ana@example.com", "full@example.com"]
        )

    assert refused == {"full@example.com": (452, b"mailbox full")}
    assert smtp_catcher.addresses == ["ana@example.com"]
    assert smtp_catcher.messages[0]["Subject"] == "Grüße"


@pytest.mark.slow(reason="starts a Celery worker on the real broker")
def test_the_worker_runs_a_task_of_every_queue_and_sees_the_database(
    real_worker: Celery, lead: User
):
    for queue in real_worker.amqp.queues.consume_from:
        ran.clear()

        look_up.apply_async([lead.username], queue=queue)

        assert ran.wait(timeout=120), queue


def test_every_task_goes_to_a_queue_the_worker_reads():
    names = [name for name in celery_app.tasks if not name.startswith("celery.")]

    used = {celery_app.amqp.router.route({}, name)["queue"].name for name in names}

    assert "messaging.tasks.send" in names
    assert used <= worker.queues(celery_app)


@pytest.mark.slow(reason="starts a browser")
def test_the_browser_reaches_the_server_and_its_styles(live_server: LiveServer, page: Page):
    statuses: dict[str, int] = {}
    page.on("response", lambda response: statuses.update({response.url: response.status}))

    page.goto(f"{live_server.url}/admin/")

    assert page.locator("input[name=username]").is_visible()
    assert any(url.endswith(".css") for url in statuses)
    assert set(statuses.values()) <= {200, 302}
