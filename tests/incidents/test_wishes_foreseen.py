"""Whoever looks before publishing reads who is left out by a wish, and who is waited for."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string

from audiences.models import Contact
from incidents.admin import forecast
from incidents.models import PlanStep
from incidents.services.updates import UpdateDraft
from tests.factories import ContactFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db
# Half past two at night: the notice is news until half past six.
NIGHT = datetime(2026, 3, 3, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))


def panel(incident):
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "Some words"},
        next_update_due_at=NIGHT + timedelta(hours=1),
    )
    rows = forecast.update(incident=incident, draft=draft, now=NIGHT)
    return render_to_string("admin/incidents/forecast.html", {"rows": rows[:1]})


def test_it_says_who_is_left_out_and_who_is_waited_for(incident, customers):
    PlanStep.objects.update(channels=["sms"])
    wishes = [
        {"paused_until": NIGHT + timedelta(days=3)},
        {"sms_from": 3},
        {"quiet_from": time(22), "quiet_until": time(6)},
        {"quiet_from": time(22), "quiet_until": time(7)},
        {"quiet_from": time(22), "quiet_until": time(8)},
    ]
    for number, wish in enumerate(wishes):
        person = ContactFactory(phone=f"+491713920001{number}", time_zone="Europe/Berlin", **wish)
        SubscriptionFactory(contact=person, segment=customers, channel="sms")

    shown = panel(incident)

    assert "3 × SMS" in shown
    assert "1 want to hear of worse things only, 1 have paused their messages" in shown
    assert "1 text message waits for the end of quiet hours" in shown
    assert "2 text messages are no longer news when quiet hours end" in shown


def test_on_an_ordinary_day_it_says_nothing_of_that(incident):
    assert Contact.objects.exists()

    assert "quiet hours" not in panel(incident)
