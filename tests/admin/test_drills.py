"""From the wish to rehearse to what was learned."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from incidents.admin import score_rows
from incidents.models import Component, Drill, Incident, Plan, PlanReview, Responder
from incidents.services import drills, incidents, release, reviews, score
from incidents.services.score import Verdict
from messaging.models import Broadcast
from tests.factories import ContactFactory

ADD = "/admin/incidents/drill/add/"


@pytest.fixture
def responder(lead: User) -> Responder:
    contact = ContactFactory(email="lea@corp.example", phone="")
    return Responder.objects.create(user=lead, contact=contact)


def filled(plan: Plan, *people: Responder, **changes: object) -> dict[str, object]:
    return {
        "plan": plan.pk,
        "title_0": "Brand im Rechenzentrum",
        "title_1": "Fire in the data centre",
        "title_de": "Brand im Rechenzentrum",
        "title_en": "Fire in the data centre",
        "impact": "critical",
        "people": [one.pk for one in people],
        "pace": "20",
        **changes,
    }


def test_a_drill_is_prepared_looked_at_and_opened(
    lead_client: Client, plan: Plan, checkout: Component, responder: Responder
) -> None:
    answer = lead_client.post(ADD, filled(plan, responder, components=[checkout.pk]))

    drill = Drill.objects.get()
    look = reverse("admin:incidents_incident_open", args=[drill.incident_id])
    assert answer.headers["Location"] == look
    assert not Broadcast.objects.exists()
    page = lead_client.get(look).content.decode()
    assert "Drill: Fire in the data centre" in page
    lead_client.post(look)
    assert not Incident.objects.get().is_draft


def test_without_people_there_is_no_drill(lead_client: Client, plan: Plan) -> None:
    page = lead_client.get(ADD).content.decode()
    answer = lead_client.post(ADD, filled(plan))

    assert "There are no responders yet" in page
    assert "Choose who takes part" in answer.content.decode()
    assert not Incident.objects.exists()


def test_ending_it_keeps_what_was_learned(
    lead_client: Client, lead: User, plan: Plan, responder: Responder
) -> None:
    lead_client.post(ADD, filled(plan, responder))
    drill = Drill.objects.get()
    change = reverse("admin:incidents_drill_change", args=[drill.pk])
    assert "End the drill" not in lead_client.get(change).content.decode()
    incidents.open(incident=drill.incident, by=lead, now=timezone.now())
    assert "End the drill" in lead_client.get(change).content.decode()

    end = reverse("admin:incidents_drill_end", args=[drill.pk])
    first = lead_client.post(end, {"lessons": "Name a second deputy."}, follow=True)
    again = lead_client.post(end, {"lessons": ""}, follow=True)

    drill.refresh_from_db()
    assert drill.ended_at
    assert drill.lessons == "Name a second deputy."
    assert "The drill is over." in first.content.decode()
    assert "This drill is not running." in again.content.decode()
    assert "(&#x27;" not in first.content.decode()
    room = lead_client.get(reverse("admin:incidents_incident_room", args=[drill.incident_id]))
    assert "Publish update" not in room.content.decode()
    publish = reverse("admin:incidents_incident_publish", args=[drill.incident_id])
    refused = lead_client.get(publish, follow=True)
    assert "This drill is over" in refused.content.decode()


@pytest.fixture
def ended(lead_client: Client, lead: User, plan: Plan, responder: Responder) -> Drill:
    """Four hours in twenty minutes: the promise was broken, and something was learned."""
    lead_client.post(ADD, filled(plan, responder))
    drill, now = Drill.objects.get(), timezone.now()
    incident = incidents.open(incident=drill.incident, by=lead, now=now - timedelta(minutes=20))
    release.release_due(now=now - timedelta(minutes=20))
    end = now - timedelta(minutes=2)
    return drills.end(drill=Drill.objects.get(incident=incident), lessons="Two phones.", now=end)


def shown(client: Client, drill: Drill) -> Any:
    return client.get(reverse("admin:incidents_drill_change", args=[drill.pk]))


def test_its_room_names_nobody_else_as_its_readers(lead_client: Client, ended: Drill) -> None:
    room = reverse("admin:incidents_incident_room", args=[ended.incident_id])

    rows = lead_client.get(room).context["rows"]

    told = [row.audience for row in rows if row.entry.broadcast_id]
    assert told
    assert all(one.startswith("who takes part, in place of: ") for one in told)


def test_no_list_shows_it_as_if_it_were_real(lead_client: Client, ended: Drill) -> None:
    for name in ("incident", "timelineentry"):
        listing = lead_client.get(reverse(f"admin:incidents_{name}_changelist"))

        assert "Drill: Fire in the data centre" in listing.content.decode()


def test_its_page_shows_what_stands_behind_the_score(lead_client: Client, ended: Drill) -> None:
    page = shown(lead_client, ended)

    room = lead_client.get(reverse("admin:incidents_incident_room", args=[ended.incident_id]))
    lines = page.context["score_lines"]
    assert lines == room.context["score_lines"]
    judged = [line.verdict for line in lines if line.verdict in (Verdict.MET, Verdict.MISSED)]
    assert round(100 * judged.count(Verdict.MET) / len(judged)) == ended.score
    assert "First notice, from when it was detected" in page.content.decode()
    assert "This drill" in page.content.decode()


def test_what_was_to_come_when_it_ended_is_never_missed_later(
    lead_client: Client, ended: Drill, lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = ended.incident
    at = incident.story_time(ended.ended_at)
    incident.duty_calls.create(about="promise", object_id=1, rung=0, user=lead, called_at=at)
    then = shown(lead_client, ended).context["score_lines"]
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr(timezone, "now", lambda: later)

    assert score.of(incident=incident, now=later).percent == ended.score
    assert score_rows.of_incident(score.of(incident=incident, now=later)) == then


def test_while_it_runs_its_page_shows_no_score(
    lead_client: Client, lead: User, plan: Plan, responder: Responder
) -> None:
    lead_client.post(ADD, filled(plan, responder))
    drill = Drill.objects.get()
    incidents.open(incident=drill.incident, by=lead, now=timezone.now())

    assert "How it went" not in shown(lead_client, drill).content.decode()


def test_its_page_leads_to_the_review_that_its_finding_opened(
    lead_client: Client, ended: Drill
) -> None:
    before = shown(lead_client, ended).content.decode()
    reviews.open_due(now=timezone.now())
    review = PlanReview.objects.get(cause=PlanReview.Cause.DRILL)
    address = reverse("admin:incidents_planreview_change", args=[review.pk])

    after = shown(lead_client, ended).content.decode()

    assert "A review of the plan is opened for it within the hour." in before
    assert address in after
    assert "open, due by" in after
    reviews.close(
        review=review,
        findings="A second phone.",
        answered_by=None,
        by=review.reviewer,
        now=timezone.now(),
    )
    assert "closed: nothing had to change" in shown(lead_client, ended).content.decode()


def test_where_nothing_was_learned_it_says_how_to_add_it(lead_client: Client, ended: Drill) -> None:
    Drill.objects.update(lessons="")

    assert "Nothing was written down" in shown(lead_client, ended).content.decode()
