"""Whoever is called about an approval sees exactly what goes out, and decides by the link."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from incidents.models import Approval, DutyCall, PlanStep
from incidents.services import duty_links, incidents, ladder, release, updates
from incidents.services.updates import UpdateDraft

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def browser():
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def call(plan, draft, team, lead, deputy):
    """The lead wrote, and a deputy was called about it."""
    plan.steps.filter(trigger="update_published").update(who=PlanStep.Who.APPROVAL)
    now = timezone.now()
    incident = incidents.open(incident=draft, by=lead, now=now - 14 * MINUTE)
    release.release_due(now=now - 14 * MINUTE)
    words = {"en": "We found the cause.", "de": "Wir kennen die Ursache."}
    draft = UpdateDraft("identified", words, next_update_due_at=now + 30 * MINUTE)
    updates.publish(incident=incident, draft=draft, by=lead, now=now - 12 * MINUTE)
    ladder.climb(now=now)
    return DutyCall.objects.get(about="approval", user=deputy)


@pytest.fixture
def link(call):
    return duty_links.path(call, now=timezone.now())


def test_it_shows_the_exact_words_and_readers_and_changes_nothing(link, browser):
    said = browser.get(link).content.decode()

    assert "We found the cause." in said
    assert "Wir kennen die Ursache." in said
    assert "2 × E-mail" in said
    assert "Customers (2)" in said
    assert "Approve and send" in said
    assert Approval.objects.get().decision == "open"


def test_it_offers_yes_and_no_and_nothing_else(link, browser):
    page = browser.get(link)
    said = page.content.decode()

    taking_over = browser.post(link, {"answer": "take_over"})

    assert [f'value="{one}"' in said for one in ("approve", "refuse")] == [True, True]
    assert "I take over" not in said
    assert "It has to wait" not in said
    assert taking_over.status_code == 409
    assert DutyCall.objects.get(about="approval").answer == ""


def test_approving_by_the_link_sends_what_was_shown(link, browser, call, deputy):
    answer = browser.post(link, {"decide": "approve"})

    approval = Approval.objects.get()
    assert (approval.decision, approval.decided_by) == ("approved", deputy)
    assert approval.update.is_published
    assert "it goes out as you saw it" in answer.content.decode()
    call.refresh_from_db()
    assert (call.answer, call.through) == ("decided", "link")
    again = browser.post(link, {"decide": "refuse", "reason": "No"})
    assert again.status_code == 409
    assert Approval.objects.get().decision == "approved"


def test_refusing_by_the_link_needs_a_reason(link, browser, deputy):
    without = browser.post(link, {"decide": "refuse", "reason": " "})
    browser.post(link, {"decide": "refuse", "reason": "Names a supplier"})

    approval = Approval.objects.get()
    assert without.status_code == 409
    assert "Say why it is refused." in without.content.decode()
    assert (approval.decision, approval.reason) == ("refused", "Names a supplier")
    assert approval.decided_by == deputy


def test_what_changed_meanwhile_is_not_approved(link, browser):
    Approval.objects.get().update.incident.updates.update(public_text={"en": "Other words."})

    answer = browser.post(link, {"decide": "approve"})

    assert answer.status_code == 409
    assert "Changed since it was asked for" in answer.content.decode()
    assert not Approval.objects.filter(decision="approved").exists()


def test_it_says_why_it_was_held_back(link, browser, client, lead):
    held = {"decision": "held", "decided_at": timezone.now()}
    Approval.objects.update(reason="It names Hydra.", **held)
    DutyCall.objects.update(about="held")
    client.force_login(lead)
    decided = client.get(f"/admin/incidents/approval/{Approval.objects.get().pk}/decide/")

    assert "It names Hydra." in browser.get(link).content.decode()
    assert "It names Hydra." in decided.content.decode()


def test_whoever_may_not_approve_is_led_to_who_may(link, browser, deputy, second):
    User.objects.filter(pk=deputy.pk).update(is_superuser=False)

    shown = browser.get(link).content.decode()
    tried = browser.post(link, {"decide": "approve"})

    assert "We found the cause." in shown
    assert "Approve and send" not in shown
    assert "It can be approved by:" in shown
    assert tried.status_code == 409
    assert Approval.objects.get().decision == "open"


def test_the_admin_link_leads_to_where_it_is_decided(link, browser):
    approval = Approval.objects.get()

    assert f"/approval/{approval.pk}/decide/" in browser.get(link).content.decode()


def test_another_call_decides_nothing(link, browser, call):
    DutyCall.objects.filter(pk=call.pk).update(about="entry")

    browser.post(link, {"decide": "approve"})

    assert Approval.objects.get().decision == "open"
