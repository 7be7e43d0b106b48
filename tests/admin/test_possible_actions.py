"""An object's page offers what its state allows, and nothing that would only be refused."""

import pytest
from django.contrib import admin
from django.db import models
from django.test import RequestFactory

from audiences.models import ContactImport
from messaging.models import Broadcast
from tests.factories import BroadcastFactory, UserFactory


def offered(one: models.Model) -> set[str]:
    request = RequestFactory().get("/")
    request.user = UserFactory(is_superuser=True, is_staff=True)
    page = admin.site._registry[type(one)]
    return {action.path for action in page.get_actions_detail(request, one.pk)}


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("sending", {"as_read", "pause", "prioritise", "cancel"}),
        ("paused", {"as_read", "resume", "prioritise", "cancel"}),
        ("draft", {"as_read", "cancel"}),
        ("finished", {"as_read"}),
    ],
)
def test_a_broadcast_is_directed_as_its_state_allows(db, state, actions):
    broadcast = BroadcastFactory()
    Broadcast.objects.update(state=state)

    assert offered(broadcast) == actions


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("uploaded", {"cancel"}),
        ("previewed", {"start", "columns", "cancel"}),
        ("running", {"cancel"}),
        ("done", set()),
    ],
)
def test_an_import_goes_on_as_its_state_allows(db, state, actions):
    preview = {"counts": {"created": 1}}
    one = ContactImport.objects.create(name="a.csv", file="none", state=state, preview=preview)

    assert offered(one) == actions
