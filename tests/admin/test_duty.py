"""The room and the first page say who answers, and let another person do so."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.models import Absence, DutyCall, Incident, Responder
from incidents.services import incidents, ladder, updates
from incidents.services.updates import UpdateDraft
from tests.factories import ContactFactory, DutyFactory, ResponderFactory

MINUTE = timedelta(minutes=1)


def page(name: str, incident: Incident) -> str:
    return reverse(f"admin:incidents_incident_{name}", args=[incident.pk])


@pytest.fixture
def team(plan: object, lead: User, deputy: User) -> list[Responder]:
    people = []
    for position, user in enumerate((lead, deputy)):
        DutyFactory(plan=plan, user=user, position=position)
        contact = ContactFactory(email=f"{user.username}@example.org")
        people.append(ResponderFactory(user=user, contact=contact))
    return people


@pytest.fixture
def promised(draft: Incident, team: object, lead: User) -> Incident:
    """Opened, and an update promised for five minutes from now; the lead has been reminded."""
    now = timezone.now()
    incident = incidents.open(incident=draft, by=lead, now=now - 25 * MINUTE)
    draft_update = UpdateDraft(
        status="investigating",
        public_text={"en": "Some words"},
        next_update_due_at=now + 5 * MINUTE,
    )
    updates.publish(incident=incident, draft=draft_update, by=lead, now=now - 25 * MINUTE)
    ladder.climb(now=now - 4 * MINUTE)
    return incident


def test_the_room_says_who_answers_and_who_is_next(promised: Incident, lead_client: Client) -> None:
    room = lead_client.get(page("room", promised))

    duty = room.context["duty"]
    assert duty.lead.username == "lead"
    assert duty.handover.because == "opened"
    assert [row.call.user.username for row in duty.calls] == ["lead"]
    assert duty.next.name == "Deniz"
    assert "Snooze…" in room.content.decode()


def test_the_lead_snoozes_with_a_reason(promised: Incident, lead_client: Client) -> None:
    address = page("snooze", promised)
    assert "required" in lead_client.post(address, {"minutes": "10"}).content.decode()

    lead_client.post(address, {"minutes": "10", "reason": "On the phone"})

    call = DutyCall.objects.get()
    assert (call.answer, call.through, call.reason) == ("snoozed", "admin", "On the phone")
    assert "On the phone" in lead_client.get(page("room", promised)).content.decode()


def test_nobody_snoozes_what_is_not_theirs(promised: Incident, deputy: User) -> None:
    client = Client()
    client.force_login(deputy)
    assert "Snooze…" not in client.get(page("room", promised)).content.decode()

    client.post(page("snooze", promised), {"minutes": "10", "reason": "Because"})

    assert DutyCall.objects.get().answer == ""


def test_another_person_takes_over_from_the_room(promised: Incident, deputy: User) -> None:
    client = Client()
    client.force_login(deputy)
    asked = client.get(page("takeover", promised))
    assert "Lea leads now" in asked.content.decode()
    promised.refresh_from_db()
    assert promised.lead.username == "lead"

    client.post(page("takeover", promised))

    promised.refresh_from_db()
    assert promised.lead == deputy
    assert promised.handovers.last().because == "took_over"


def test_a_hand_over_is_noted(promised: Incident, lead_client: Client, deputy: User) -> None:
    lead_client.post(page("handover", promised), {"lead": deputy.pk})

    handover = promised.handovers.last()
    assert (handover.user, handover.because, handover.by.username) == (
        deputy,
        "handed_over",
        "lead",
    )


def test_a_lead_who_is_away_is_warned_about_before_opening(
    draft: Incident, team: list[Responder], lead_client: Client
) -> None:
    today = timezone.localdate()
    Absence.objects.create(responder=team[0], from_on=today, until_on=today)

    opening = lead_client.get(page("open", draft))

    assert "Lea leads and cannot be called: absent" in opening.content.decode()


def test_the_first_page_says_since_when_and_whom_nobody_reached(
    promised: Incident, lead_client: Client, team: list[Responder]
) -> None:
    team[1].delete()
    ladder.climb(now=timezone.now() + 2 * MINUTE)

    first = lead_client.get(reverse("admin:index")).content.decode()

    assert "because: opened the incident" in first
    assert "Deniz: not among the responders" in first
