"""The page behind the link in a call."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from incidents.models import DutyCall
from incidents.services import duty_links, incidents, ladder, release, updates
from incidents.services.updates import UpdateDraft
from messaging.masking import MASK, masked
from messaging.models import Delivery

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def browser():
    return Client(headers={"Accept-Language": "en"})


def say(incident, *, now, status="investigating"):
    due_at = now + 30 * MINUTE if status == "investigating" else None
    draft = UpdateDraft(status=status, public_text={"en": "Some words"}, next_update_due_at=due_at)
    updates.publish(incident=incident, draft=draft, by=None, now=now)


@pytest.fixture
def incident(draft, plan, team, lead):
    """Promised 25 minutes ago: the lead has just been reminded."""
    now = timezone.now() - 25 * MINUTE
    incident = incidents.open(incident=draft, by=lead, now=now)
    say(incident, now=now)
    ladder.climb(now=timezone.now() - 4 * MINUTE)
    return incident


@pytest.fixture
def call(incident, lead):
    return DutyCall.objects.get(user=lead)


@pytest.fixture
def link(call):
    return duty_links.path(call, now=timezone.now())


def test_the_link_in_the_text_message_leads_to_the_page(call, browser):
    delivery = Delivery.objects.filter(channel="sms").get()
    text = delivery.broadcast.contents.get().sms_text

    page = browser.get(re.search(r"/d/\S+", text).group())

    assert page.status_code == 200
    assert b"Slow logins" in page.content
    assert b"I take over" in page.content


def test_looking_changes_nothing(link, browser, call):
    for _time in range(2):
        browser.get(link)
        browser.head(link)

    call.refresh_from_db()
    assert call.answer == ""
    assert call.incident.handovers.count() == 1


def test_taking_over_by_the_button_and_once_more(link, browser, call, incident, lead):
    for _time in range(2):
        page = browser.post(link, {"answer": "take_over"})
        assert b"You have taken over" in page.content

    call.refresh_from_db()
    assert (call.answer, call.through) == ("took_over", "link")
    assert incident.handovers.filter(because="took_over").count() == 1


def test_snoozing_by_the_button_needs_a_reason(link, browser, call):
    refused = browser.post(link, {"minutes": "10", "reason": " "})
    assert refused.status_code == 409
    assert b"Say why" in refused.content

    page = browser.post(link, {"minutes": "10", "reason": "On the phone"})

    call.refresh_from_db()
    assert call.answer == "snoozed"
    assert b"On the phone" in page.content


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        ({"minutes": "99999999999", "reason": "On the phone"}, b"Choose one of the times"),
        ({"minutes": "10", "reason": "x" * 501}, b"at most 500 characters"),
    ],
)
def test_what_is_wrong_with_a_snooze_is_said(link, browser, sent, answered):
    refused = browser.post(link, sent)

    assert refused.status_code == 409
    assert answered in refused.content


def test_the_first_reason_for_a_snooze_stays(link, browser, call):
    browser.post(link, {"minutes": "10", "reason": "On the phone"})
    call.refresh_from_db()
    until = call.snoozed_until

    again = browser.post(link, {"minutes": "20", "reason": "On the phone"})
    other = browser.post(link, {"minutes": "20", "reason": "At lunch"})

    call.refresh_from_db()
    assert (again.status_code, other.status_code) == (200, 409)
    assert (call.reason, call.snoozed_until) == ("On the phone", until)


def test_somebody_else_answers_for_it_by_now(link, browser, call, incident, deputy):
    ladder.climb(now=timezone.now() + 2 * MINUTE)

    page = browser.get(link)
    assert b"Deniz answers for it" in page.content
    assert b"It has to wait" not in page.content

    assert b"You have taken over" in browser.post(link, {"answer": "take_over"}).content


@pytest.mark.parametrize("status", ["investigating", "resolved"])
def test_what_was_done_meanwhile_is_said(link, browser, call, incident, status):
    say(incident, now=timezone.now(), status=status)

    assert b"Nothing to do any more" in browser.get(link).content
    page = browser.post(link, {"answer": "take_over"})

    assert page.status_code == 409
    call.refresh_from_db()
    assert call.answer == ""


def test_after_the_plan_has_spoken_the_link_leads_to_the_next_word(
    link, browser, call, incident, lead, deputy
):
    ladder.climb(now=timezone.now() + 2 * MINUTE)
    for late in (incident.promises, incident.timeline.filter(reason="promise_due")):
        late.update(due_at=timezone.now() - MINUTE)
    release.release_due(now=timezone.now())

    page = browser.get(link)
    assert b"the plan has spoken in your place" in page.content
    assert b"Promised update" in page.content

    assert b"You have taken over" in browser.post(link, {"answer": "take_over"}).content
    incident.refresh_from_db()
    assert incident.lead == lead


def test_an_old_link_is_refused(call, browser):
    old = duty_links.path(call, now=timezone.now() - duty_links.LIFETIME - MINUTE)

    assert browser.get(old).status_code == 410
    assert browser.post(old, {"answer": "take_over"}).status_code == 410
    call.refresh_from_db()
    assert call.answer == ""


def test_a_changed_link_is_none(link, browser, call):
    for wrong in (link[:-2] + "/", link.replace("/d/", "/d/1"), "/d/nonsense/"):
        assert browser.get(wrong).status_code == 404


def test_whoever_has_left_cannot_use_an_old_message(link, browser, lead, call):
    lead.is_active = False
    lead.save()

    assert browser.post(link, {"answer": "take_over"}).status_code == 404


def test_the_page_is_kept_by_nobody_and_logged_by_nobody(link, browser):
    page = browser.get(link)

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert masked(f"GET {link}") == f"GET /d/{MASK}/"
