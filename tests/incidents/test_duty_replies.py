"""What our own people answer by text message."""

from datetime import timedelta

import pytest

from audiences.models import Suppression
from incidents.models import DutyCall
from incidents.services import duty_replies
from messaging.models import Broadcast, Delivery
from messaging.services import replies
from messaging.services.replies import Reply
from tests.factories import NOON, BroadcastFactory, DeliveryFactory
from tests.incidents.team import MINUTE, run, said

pytestmark = pytest.mark.django_db
LEADS_PHONE = "+447700900010"


@pytest.fixture
def asked(incident, team):
    """The lead has been called."""
    said(incident)
    run(20, 20)
    return DutyCall.objects.get()


def write(body, *, minutes=21, sender=LEADS_PHONE, sid="SM1"):
    """Somebody texts us, and the next tick reads it; returns what we text back."""
    now = NOON + minutes * MINUTE
    raw = {"Body": body, "From": sender}
    replies.receive(reply=Reply(sid=sid, sender=sender, body=body, raw=raw), now=now)
    before = list(Delivery.objects.values_list("pk", flat=True))
    duty_replies.read(now=now + timedelta(seconds=5))
    new = Delivery.objects.filter(channel="sms").exclude(pk__in=before)
    return [one.broadcast.contents.get().sms_text for one in new]


@pytest.mark.parametrize(
    "body",
    [
        *("1", " 1. ", "OK", "ok!", "Übernehme", "U\u0308bernehme ich", "ich übernehme", "Ja"),
        *("Ja, ich übernehme.", "Ich übernehme das jetzt", "I'll take over", "take over", "yes!\n"),
    ],
)
def test_one_word_takes_over(asked, body):
    assert write(body) == ["Thank you: you answer for it now."]

    asked.refresh_from_db()
    assert (asked.answer, asked.through) == ("took_over", "sms")


@pytest.mark.parametrize(
    "body", ["2 on the phone", "2: on the phone", "Später, on the phone", "later on the phone"]
)
def test_a_reason_snoozes(asked, body):
    assert write(body) == ["Snoozed until 13:30 CET. You answer for it."]

    asked.refresh_from_db()
    assert asked.answer == "snoozed"
    assert asked.reason == "on the phone"


def test_without_a_reason_nothing_is_snoozed(asked):
    assert write("2") == ["Say why it has to wait."]

    asked.refresh_from_db()
    assert asked.answer == ""


def test_each_reply_is_read_once(asked):
    write("1")

    assert duty_replies.read(now=NOON + 22 * MINUTE) == 0
    assert write("1", sid="SM1") == []


@pytest.mark.parametrize(
    "body",
    [
        *("11", "übernehme nicht", "Who are you?", "", "12 minutes"),
        *("take over? no, I cannot", "Take over is impossible, I am on a plane", "Take over?"),
        *("ich übernehme das keinesfalls", "übernehme kein bisschen", "ok?", "Ja, übernehme nie"),
    ],
)
def test_what_is_not_understood_is_said_once_and_changes_nothing(asked, body):
    assert "Not understood" in write(body)[0]
    assert write(body, sid="SM2", minutes=22) == []

    asked.refresh_from_db()
    assert asked.answer == ""


def test_stop_keeps_its_legal_meaning(asked):
    assert write("STOP") == []

    asked.refresh_from_db()
    assert asked.answer == ""
    assert Suppression.objects.active().get().address == LEADS_PHONE


def test_a_stranger_answers_nothing(asked, bo):
    assert write("1", sender="+447700900099") == []
    assert write("1", sender=bo.phone, sid="SM2") == []

    asked.refresh_from_db()
    assert asked.answer == ""


def test_a_notice_that_came_in_between_does_not_hide_the_call(asked, lead):
    contact = lead.responder.contact
    notice = BroadcastFactory(purpose=Broadcast.Purpose.NOTICE)
    DeliveryFactory(broadcast=notice, contact=contact, channel="sms", address=contact.phone)

    assert write("1") == ["Thank you: you answer for it now."]

    asked.refresh_from_db()
    assert asked.answer == "took_over"


def test_what_is_done_already_is_said(asked, incident):
    said(incident, minutes=21)

    assert write("1", minutes=22) == ["There is nothing to do any more: it is done, or it is over."]
