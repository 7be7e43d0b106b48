"""Calls to our own people: nothing they once wished holds them back, but what must not be."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audiences.models import Channel, Severity, Suppression
from messaging.models import Broadcast
from messaging.services import deliveries, letters
from messaging.services.letters import Letter, Words
from messaging.states import State
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    return ContactFactory(email="lea@example.org", phone="+447700900010", language="en")


def call(contact, channel=Channel.EMAIL):
    words = Words(
        subject="Due at 12:30",
        before=["Please see to it."],
        button="Answer",
        url="https://status.example/d/x/",
        sms_text="Due at 12:30 https://status.example/d/x/",
    )
    letter = Letter(
        contact=contact,
        channel=channel,
        language="en",
        words=words,
        thread="duty-x",
        purpose=Broadcast.Purpose.DUTY,
        lifetime=timedelta(hours=1),
    )
    return letters.send(letter=letter, now=timezone.now())


def test_it_is_a_bare_letter_that_belongs_to_no_list(contact, mailoutbox):
    delivery = call(contact)

    deliveries.send_pending(channel=Channel.EMAIL)

    delivery.refresh_from_db()
    assert delivery.state == State.ACCEPTED
    (mail,) = mailoutbox
    assert "List-Unsubscribe" not in mail.message()
    assert "https://status.example/d/x/" in mail.message().as_string()


def test_neither_pauses_nor_wishes_nor_quiet_hours_hold_it_back(contact, sms):
    now = timezone.now()
    contact.paused_until = now + timedelta(days=3)
    contact.email_from = contact.sms_from = Severity.CRITICAL
    contact.is_woken_by_critical = False
    contact.quiet_from = (now - timedelta(hours=1)).time()
    contact.quiet_until = (now + timedelta(hours=1)).time()
    contact.time_zone = "UTC"
    contact.save()
    delivery = call(contact, Channel.SMS)

    deliveries.send_pending(channel=Channel.SMS)

    delivery.refresh_from_db()
    assert delivery.state == State.ACCEPTED
    assert [message.sms_text for message in sms.sent] == [
        "Due at 12:30 https://status.example/d/x/"
    ]


def test_a_suppressed_address_is_not_written_to(contact, mailoutbox):
    Suppression.objects.create(
        channel=Channel.EMAIL, address=contact.email, reason=Suppression.Reason.HARD_BOUNCE
    )
    delivery = call(contact)

    deliveries.send_pending(channel=Channel.EMAIL)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == (State.SKIPPED, "suppressed")
    assert mailoutbox == []
