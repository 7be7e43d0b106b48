"""Customers who have heard nothing: somebody is told, and called, until they hear something."""

import pytest
from django.urls import reverse

from incidents.models import Approval, DutyCall, Incident, PlanStep
from incidents.services import approvals, incidents, ladder, owed, release, unheard
from messaging.models import BroadcastContent
from tests.factories import NOON
from tests.incidents.team import MINUTE, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def careful(plan, draft, team, lead):
    """The lead has opened it; its first notice waits for approval, and is held back without."""
    plan.steps.filter(trigger="opened").update(who=PlanStep.Who.APPROVAL)
    plan.publishes_unapproved = []
    plan.save()
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    return incident


def tick(minutes):
    now = NOON + minutes * MINUTE
    ladder.climb(now=now)
    release.release_due(now=now)
    approvals.settle(now=now)


def climb(*minutes):
    for one in minutes:
        ladder.climb(now=NOON + one * MINUTE)


def called(about):
    calls = DutyCall.objects.filter(about=about).order_by("rung")
    return [(one.user.username, int((one.called_at - NOON) / MINUTE)) for one in calls]


def refuse(deputy, minutes=2):
    now = NOON + minutes * MINUTE
    approvals.refuse(approval=Approval.objects.get(), by=deputy, reason="A typo", now=now)


def why_of(incident, minutes):
    incident.refresh_from_db()
    return unheard.why([incident], now=NOON + minutes * MINUTE).get(incident.pk, "")


def test_its_author_is_told_at_once_that_it_was_refused_and_what_to_do(careful, deputy, lead):
    refuse(deputy)

    letter, text = BroadcastContent.objects.filter(broadcast__purpose="duty").order_by("pk")
    assert letter.broadcast.deliveries.get().contact == lead.responder.contact
    assert all(words in letter.text for words in ("Deniz", "A typo", "Publish an update"))
    assert "A typo" in text.sms_text


def test_after_a_refusal_the_team_is_called_and_then_its_owner_each_hour(careful, deputy, owner):
    refuse(deputy)

    climb(6, 7, 12, 17, 22, 81, 82, 142)

    name = owner.username
    in_order = [("lead", 7), ("deputy", 12), ("second", 17), (name, 22), (name, 82), (name, 142)]
    assert called("silence") == in_order
    # Though the owner may not publish: they find somebody who may.
    assert not DutyCall.objects.exclude(problem="").exists()


def test_a_word_to_customers_ends_it(careful, deputy):
    refuse(deputy)
    said(careful, minutes=6)

    climb(7)
    release.release_due(now=NOON + 7 * MINUTE)
    climb(8)

    assert called("silence") == []
    assert why_of(careful, 9) == ""


def test_what_is_held_back_is_asked_about_each_hour_until_somebody_decides(careful, owner):
    approvals.settle(now=NOON + 15 * MINUTE)

    climb(16, 21, 26, 31, 90, 91)

    assert called("held")[-2:] == [(owner.username, 31), (owner.username, 91)]
    assert called("silence") == []


def test_what_cannot_be_sent_is_asked_about_each_hour_until_somebody_mends_it(careful, owner):
    Approval.objects.all().delete()
    careful.timeline.update(note="BadTemplate: no {{ nobody }} here")

    climb(2, 7, 12, 17, 76, 77)

    assert called("entry")[-2:] == [(owner.username, 17), (owner.username, 77)]
    assert called("silence") == []


def test_what_waits_for_approval_is_asked_of_nobody_before_it_was_asked_for(
    plan, draft, team, lead
):
    plan.steps.filter(trigger="opened").update(who=PlanStep.Who.APPROVAL)
    incidents.open(incident=draft, by=lead, now=NOON)
    release.release_due(now=NOON)

    climb(0, 1)

    assert not DutyCall.objects.exists()


def test_it_is_said_why_customers_have_heard_nothing(careful, deputy, plan):
    assert why_of(careful, 1) == ""
    assert "waits for approval" in why_of(careful, 11)
    approvals.settle(now=NOON + 15 * MINUTE)
    assert "held back" in why_of(careful, 16)
    refuse(deputy, 17)
    assert "refused: A typo" in why_of(careful, 17)


@pytest.mark.parametrize("page", ["incidents_incident_room", "index"])
def test_the_room_and_the_first_page_say_it(careful, deputy, lead_client, page):
    refuse(deputy)

    of = [careful.pk] if "room" in page else []
    shown = lead_client.get(reverse(f"admin:{page}", args=of)).content.decode()

    assert "Customers have heard nothing yet" in shown
    assert "was refused: A typo" in shown


def test_nobody_is_called_about_a_replay_or_what_is_over(careful, deputy):
    refuse(deputy)
    for change in ({"mode": "replay"}, {"status": "resolved"}):
        Incident.objects.update(**{"mode": "real", "status": "investigating"} | change)
        assert owed.of("silence", now=NOON + 10 * MINUTE) == []
