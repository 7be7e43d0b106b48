"""Whoever may only look is not sent to pages that refuse them."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from incidents.models import (
    Approval,
    Commitment,
    Incident,
    Plan,
    PlanReview,
    Postmortem,
    TimelineEntry,
)
from incidents.services import release
from messaging.models import Broadcast
from tests.admin.desk import page
from tests.factories import BroadcastFactory, UserFactory

INDEX = "/admin/"


@pytest.fixture
def reader_client(db: None) -> Client:
    reader = UserFactory(is_staff=True)
    names = ("view_incident", "view_delivery", "view_plan")
    reader.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client = Client()
    client.force_login(reader)
    return client


@pytest.fixture
def told(opened: Incident, plan: Plan, lead: User) -> Incident:
    """Something of everything that a page can lead to."""
    now = timezone.now()
    release.release_due(now=now)
    Postmortem.objects.create(incident=opened, author=lead, due_at=now)
    text, day = {"en": "A credit"}, timezone.localdate()
    Commitment.objects.create(incident=opened, text=text, owner=lead, due_on=day)
    PlanReview.objects.create(plan=plan, reviewer=lead, due_on=day)
    BroadcastFactory(state=Broadcast.State.SENDING, started_at=now, title="Being sent")
    entry = TimelineEntry.objects.filter(incident=opened).first()
    Approval.objects.create(entry=entry, requested_at=now, expires_at=now + timedelta(hours=1))
    return opened


def refused(client: Client, url: str) -> list[str]:
    """The links in the midst of a page that its reader may not open."""
    content = client.get(url).content.decode()
    begins = content.index('id="kt-now"' if url == INDEX else "kt-room-head")
    links = set(re.findall(r'href="(/admin/[^"#]*)"', content[begins:]))
    return sorted(link for link in links if client.get(link).status_code == 403)


def test_the_first_page_leads_nowhere_that_its_reader_may_not_go(
    reader_client: Client, told: Incident
) -> None:
    assert refused(reader_client, INDEX) == []

    words = reader_client.get(INDEX).content.decode()
    for still in ("A credit", "Being sent", "a person asked for it", "Publish update"):
        assert (still in words) == (still != "Publish update"), still


def test_the_room_leads_nowhere_that_its_reader_may_not_go(
    reader_client: Client, told: Incident
) -> None:
    assert refused(reader_client, page("room", told)) == []


def test_whoever_may_go_there_is_led_there(lead_client: Client, told: Incident) -> None:
    first = lead_client.get(INDEX).content.decode()
    room = lead_client.get(page("room", told)).content.decode()

    for place in ("incidents/postmortem/", "incidents/commitment/", "messaging/broadcast/"):
        assert f'href="/admin/{place}' in first
        assert f'href="/admin/{place}' in room
    assert page("publish", told) in first
