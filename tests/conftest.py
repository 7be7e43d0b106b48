"""The cast everybody knows, and the real parts a test can ask for."""

import os
import shutil
from collections.abc import Iterator

import pytest
from celery.app.base import Celery
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import expect
from pytest_django import Settings

from audiences.models import Channel, Contact, Suppression
from config import celery_app
from feedback.services import papers
from tests import worker
from tests.factories import ContactFactory, UserFactory
from tests.smtp import Catcher, FreePortController

# A busy machine is no mistake of the test.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("house")

# Two halves of the tests share two cores: a page may take its time.
expect.set_options(timeout=20_000)

# As config.urls does: tests name the admin's parts before anybody asks for a page.
admin.autodiscover()

pytest_plugins = ["tests.pace", "tests.standins", "tests.faults.plugin"]

CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(autouse=True)
def default_language(settings: Settings) -> Iterator[None]:
    """A page that a test read in German does not make the next test German."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(autouse=True)
def other_papers() -> None:
    """Each test has surveys of its own under the same numbers."""
    papers.asked.cache_clear()


@pytest.fixture
def lead(db: None) -> User:
    return UserFactory(username="lead", first_name="Lea", is_staff=True, is_superuser=True)


@pytest.fixture
def deputy(db: None) -> User:
    return UserFactory(username="deputy", first_name="Deniz", is_staff=True, is_superuser=True)


@pytest.fixture
def lead_client(lead: User) -> Client:
    """A browser in which the communications lead is logged in."""
    client = Client()
    client.force_login(lead)
    return client


@pytest.fixture
def ana(db: None) -> Contact:
    return ContactFactory(
        name="Ana Weber", email="ana@example.com", phone="+4917139200001", language="de"
    )


@pytest.fixture
def bo(db: None) -> Contact:
    return ContactFactory(
        name="Bo Larsen", email="bo@example.org", phone="+447700900002", language="en"
    )


@pytest.fixture
def opted_out(db: None) -> Contact:
    """Somebody who must not be written to, on either channel."""
    contact = ContactFactory(
        name="Otto Aus", email="otto@example.net", phone="+4917139200003", language="de"
    )
    Suppression.objects.create(
        channel=Channel.EMAIL, address=contact.email, reason=Suppression.Reason.COMPLAINT
    )
    Suppression.objects.create(
        channel=Channel.SMS, address=contact.phone, reason=Suppression.Reason.STOP
    )
    return contact


@pytest.fixture
def smtp_catcher(settings: Settings) -> Iterator[Catcher]:
    """A real SMTP server that the settings point at."""
    catcher = Catcher()
    controller = FreePortController(catcher)
    controller.start()
    catcher.port = controller.port
    # pytest-django puts its own mailbox there for every test.
    settings.EMAIL_BACKEND = "messaging.channels.smtp.Backend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = catcher.port
    yield catcher
    controller.stop()


@pytest.fixture
def real_worker(transactional_db: None) -> Iterator[Celery]:
    """A Celery worker on the broker of this run; it starts with an empty queue."""
    with worker.running(celery_app):
        yield celery_app


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses in tests are complete; pytest-playwright would warn about its own fixture."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {
        "executable_path": os.environ.get("CHROMIUM") or shutil.which("chromium"),
        "chromium_sandbox": False,
        "args": CHROMIUM_FLAGS,
    }


@pytest.fixture(scope="session")
def playwright(playwright: object) -> Iterator[object]:
    """Playwright keeps an event loop in this thread, in which Django would refuse the ORM."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield playwright
