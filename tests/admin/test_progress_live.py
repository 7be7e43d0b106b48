"""The page of a broadcast keeps itself current in a real browser."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from messaging.models import Broadcast, Delivery
from messaging.services import broadcasts
from tests.factories import BroadcastFactory, DeliveryFactory


@pytest.fixture
def broadcast(transactional_db: None) -> Broadcast:
    broadcast = BroadcastFactory(title="Outage")
    DeliveryFactory.create_batch(4, broadcast=broadcast)
    return broadcast


@pytest.fixture
def watched(live_server: LiveServer, page: Page, broadcast: Broadcast, lead_client: Client) -> Page:
    session = lead_client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:messaging_broadcast_change", args=[broadcast.pk]))
    return page


@pytest.mark.slow(reason="waits for a real browser to look again")
def test_numbers_and_buttons_follow_what_happens(watched: Page, broadcast: Broadcast) -> None:
    expect(watched.get_by_text("0 of 4 sent")).to_be_visible()
    first = Delivery.objects.order_by("pk").first()
    Delivery.objects.filter(pk=first.pk).update(state="failed", error_code="550")

    expect(watched.get_by_text("0 of 4 sent · 1 failed or unclear")).to_be_visible()
    expect(watched.get_by_text("the mailbox does not exist")).to_be_visible()

    broadcasts.pause(broadcast=broadcast, because="Wrong link")

    expect(watched.get_by_text("Paused because: Wrong link")).to_be_visible()
    expect(watched.get_by_role("link", name=re.compile("Resume"))).to_be_visible()


@pytest.mark.slow(reason="waits for a real browser to look again")
def test_numbers_that_cannot_be_had_are_said_to_be_old(
    watched: Page, live_server: LiveServer
) -> None:
    old = watched.get_by_text("These numbers are not current")
    expect(old).to_be_hidden()

    watched.context.route("**/progress/", lambda route: route.abort())
    expect(old).to_be_visible()

    watched.context.unroute("**/progress/")
    expect(old).to_be_hidden()
