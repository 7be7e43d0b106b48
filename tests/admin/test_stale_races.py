"""Two browsers save the same page at the same moment: neither writes over the other unseen."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from audiences.models import Contact
from tests.factories import ContactFactory, UserFactory
from tests.incidents.team import at_once
from tests.pages import form_on

pytestmark = pytest.mark.django_db(transaction=True)
Save = Callable[..., HttpResponse]


@pytest.fixture
def bo() -> Contact:
    return ContactFactory(name="Bo", email="bo@example.org", phone="+447700900002")


@pytest.fixture
def browsers(bo: Contact) -> list[Save]:
    """Two of them, with the page open."""
    staff: User = UserFactory(is_staff=True, is_superuser=True)
    url = reverse("admin:audiences_contact_change", args=[bo.pk])

    def browser() -> Save:
        client = Client()
        client.force_login(staff)
        page = form_on(client.get(url).content.decode())
        return lambda **typed: client.post(url, page | typed)

    return [browser(), browser()]


def test_of_two_that_change_the_same_one_is_told(bo: Contact, browsers: list[Save]) -> None:
    first, second = browsers

    answers = at_once(lambda: first(name="Bo One"), lambda: second(name="Bo Two"))

    statuses = [one.status_code for one in answers]  # type: ignore[attr-defined]
    assert sorted(statuses) == [200, 302]
    told = answers[statuses.index(200)].content.decode()  # type: ignore[attr-defined]
    assert "changed since you opened the page" in told
    bo.refresh_from_db()
    assert bo.name == ("Bo One" if statuses[0] == 302 else "Bo Two")


def test_of_two_that_change_different_things_both_are_kept(
    bo: Contact, browsers: list[Save]
) -> None:
    first, second = browsers

    at_once(lambda: first(name="Bo Lee"), lambda: second(time_zone="Europe/Berlin"))

    bo.refresh_from_db()
    assert (bo.name, bo.time_zone) == ("Bo Lee", "Europe/Berlin")
