"""Where nobody can be called, everybody who sees incidents sees it, and what to do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audiences.models import Suppression
from incidents.models import Absence, Drill, Incident, Plan
from incidents.services import incidents, ladder, updates
from incidents.services.updates import UpdateDraft
from tests.factories import ContactFactory, DutyFactory, ResponderFactory, UserFactory

INDEX = "/admin/"
HEADING = "Nobody can be called"


def page(name: str, *args: int) -> str:
    return reverse(f"admin:{name}", args=args)


def promised(draft: Incident, lead: User) -> Incident:
    now = timezone.now()
    incident = incidents.open(incident=draft, by=lead, now=now - timedelta(minutes=25))
    said = UpdateDraft(
        status="investigating",
        public_text={"en": "Some words"},
        next_update_due_at=now + timedelta(minutes=5),
    )
    updates.publish(incident=incident, draft=said, by=lead, now=now - timedelta(minutes=25))
    ladder.climb(now=now)
    return incident


@pytest.fixture
def alone(draft: Incident, plan: Plan, lead: User, deputy: User) -> Incident:
    """The lead has no address, the first deputy is away, the second is not to be written to."""
    stopped = UserFactory(username="stopped", first_name="Sam", is_staff=True, is_superuser=True)
    for position, user in enumerate((lead, deputy, stopped)):
        DutyFactory(plan=plan, user=user, position=position)
    away = ResponderFactory(user=deputy, contact=ContactFactory(email="d@corp.example"))
    today = timezone.localdate()
    day = timedelta(days=1)
    Absence.objects.create(responder=away, from_on=today - day, until_on=today + day)
    ResponderFactory(user=stopped, contact=ContactFactory(email="s@corp.example", phone=""))
    Suppression.objects.create(
        channel="email", address="s@corp.example", reason="stop", created_at=timezone.now()
    )
    return promised(draft, lead)


def test_the_first_page_says_whom_why_and_how_to_mend_it(
    alone: Incident, lead_client: Client, lead: User, deputy: User
) -> None:
    first = lead_client.get(INDEX).content.decode()

    assert HEADING in first
    assert page("incidents_incident_room", alone.pk) in first
    assert "not among the responders: no address is known" in first
    assert f"{page('incidents_responder_add')}?user={lead.pk}" in first
    assert page("incidents_responder_change", deputy.responder.pk) in first
    stopped = User.objects.get(username="stopped").responder.contact
    assert page("audiences_contact_change", stopped.pk) in first
    for name in ("publish", "takeover", "handover"):
        assert page(f"incidents_incident_{name}", alone.pk) in first


def test_whoever_may_only_look_sees_it_and_is_offered_nothing(alone: Incident) -> None:
    reader = UserFactory(username="reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_incident"))
    client = Client()
    client.force_login(reader)

    panel = client.get(INDEX).context["unreached"]
    first = client.get(INDEX).content.decode()

    assert HEADING in first
    assert [person.url for row in panel for person in row.people] == ["", "", ""]
    assert page("incidents_incident_takeover", alone.pk) not in first


def test_whoever_sees_no_incidents_sees_nothing_of_it(alone: Incident) -> None:
    client = Client()
    client.force_login(UserFactory(username="reader", is_staff=True))

    assert HEADING not in client.get(INDEX).content.decode()


def test_the_room_says_it_too_and_its_lead_can_take_over(
    alone: Incident, lead_client: Client
) -> None:
    room = page("incidents_incident_room", alone.pk)
    takeover = page("incidents_incident_takeover", alone.pk)
    before = lead_client.get(room).content.decode()

    lead_client.post(takeover)

    assert HEADING in before
    assert "no address that may be written to" in before
    assert takeover in before
    assert HEADING not in lead_client.get(room).content.decode()
    assert HEADING not in lead_client.get(INDEX).content.decode()


def test_of_a_drill_the_room_alone_says_it(
    draft: Incident, plan: Plan, lead: User, lead_client: Client
) -> None:
    draft.mode = Incident.Mode.DRILL
    draft.save()
    Drill.objects.create(incident=draft, held_by=lead)
    DutyFactory(plan=plan, user=lead)
    incident = promised(draft, lead)

    assert HEADING in lead_client.get(page("incidents_incident_room", incident.pk)).content.decode()
    assert HEADING not in lead_client.get(INDEX).content.decode()


def test_nothing_is_said_while_somebody_can_be_called(
    draft: Incident, plan: Plan, lead: User, lead_client: Client
) -> None:
    DutyFactory(plan=plan, user=lead)
    ResponderFactory(user=lead, contact=ContactFactory(email="l@corp.example"))
    incident = promised(draft, lead)

    assert HEADING not in lead_client.get(INDEX).content.decode()
    assert HEADING not in lead_client.get(page("incidents_incident_room", incident.pk)).text
