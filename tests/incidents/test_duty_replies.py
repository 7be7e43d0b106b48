"""What our own people answer by text message."""

from datetime import timedelta

import pytest

from audiences.models import Suppression
from incidents.models import Approval, DutyCall, Promise, TimelineEntry
from incidents.services import duty_replies, release
from messaging.models import Broadcast, Delivery
from messaging.services import replies
from messaging.services.replies import Reply
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    TemplateVariantFactory,
    UpdateFactory,
)
from tests.incidents.team import MINUTE, run, said

pytestmark = pytest.mark.django_db
LEADS_PHONE = "+447700900010"
TAKEN = "Thank you: you answer for it now: Promised update 13:30 CET, “Slow logins”."


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
        *("1)", "(1)", '"1"', "１", "1 danke", "ok, thanks"),
        *("1️⃣", "👍🏻", "1👍", "\u202a1\u202c", "1\n\nSent from my phone", "ja klar", "Mach ich!"),
        *(
            "ok, bin dran",
            "ich kümmere mich darum",
            "Ja mache ich, danke",
            "I’m on it",
            "yes please",
        ),
    ],
)
def test_one_word_takes_over(asked, body):
    assert write(body) == [TAKEN]

    asked.refresh_from_db()
    assert (asked.answer, asked.through) == ("took_over", "sms")


@pytest.mark.parametrize(
    "body",
    [
        *("2 on the phone", "2: on the phone", "Später, on the phone", "later on the phone"),
        *("(2) on the phone", "2️⃣ on the phone"),
    ],
)
def test_a_reason_snoozes(asked, body):
    assert write(body) == [
        "Snoozed until 13:30 CET: Promised update 13:30 CET, “Slow logins”. You answer for it."
    ]

    asked.refresh_from_db()
    assert asked.answer == "snoozed"
    assert asked.reason == "on the phone"


@pytest.mark.parametrize("body", ["2", "2️⃣"])
def test_without_a_reason_nothing_is_snoozed(asked, body):
    # Several may be open: it says about which of them.
    assert write(body) == ["Promised update 13:30 CET, “Slow logins”: Say why it has to wait."]

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
        *(
            "mach ich später",
            "mach das",
            "bin nicht dran",
            "1\nno, I cannot",
            "ok, please take over",
            "👎",
        ),
        *("ich übernehme das keinesfalls", "übernehme kein bisschen", "ok?", "Ja, übernehme nie"),
    ],
)
def test_what_is_not_understood_is_said_once_and_changes_nothing(asked, body):
    assert "Not understood" in write(body)[0]
    assert write(body, sid="SM2", minutes=22) == []

    asked.refresh_from_db()
    assert asked.answer == ""


def test_stop_keeps_its_legal_meaning_and_the_plans_owner_is_told(asked, owner, lead):
    before = list(Delivery.objects.values_list("pk", flat=True))
    assert write("STOP") == []

    asked.refresh_from_db()
    assert asked.answer == ""
    assert Suppression.objects.active().get().address == LEADS_PHONE
    told = Delivery.objects.exclude(pk__in=before)
    assert {one.contact for one in told} == {lead.responder.contact, owner.responder.contact}
    assert "has answered STOP" in told[0].broadcast.contents.get().text


def test_a_stranger_answers_nothing(asked, bo):
    assert write("1", sender="+447700900099") == []
    assert write("1", sender=bo.phone, sid="SM2") == []

    asked.refresh_from_db()
    assert asked.answer == ""


def test_a_notice_that_came_in_between_does_not_hide_the_call(asked, lead):
    contact = lead.responder.contact
    notice = BroadcastFactory(purpose=Broadcast.Purpose.NOTICE)
    DeliveryFactory(broadcast=notice, contact=contact, channel="sms", address=contact.phone)

    assert write("1") == [TAKEN]

    asked.refresh_from_db()
    assert asked.answer == "took_over"


def test_what_is_done_already_is_said(asked, incident):
    said(incident, minutes=21)

    assert write("1", minutes=22) == [
        "Slow logins: There is nothing to do any more: it is done, or it is over."
    ]


def test_who_answers_after_the_plan_has_spoken_takes_over_the_next_word(asked, incident, lead):
    run(25, 25)
    release.release_due(now=NOON + 30 * MINUTE)

    [answer] = write("1", minutes=31)

    assert answer == (
        "The plan has spoken in your place. You answer for the next word now:"
        " Promised update 14:00 CET, “Slow logins”."
    )
    incident.refresh_from_db()
    assert incident.lead == lead
    assert "not snoozed" in write("2 on the phone", minutes=32, sid="SM2")[0]
    # The next ladder begins with whoever has taken over.
    run(50, 50)
    assert DutyCall.objects.last().user == lead


def test_a_real_incident_goes_before_a_drill_and_a_word_to_customers_before_a_task(
    asked, incident, lead, phone_step
):
    drill = IncidentFactory(mode="drill", plan=incident.plan, lead=lead, opened_at=NOON)
    promise = Promise.objects.create(
        incident=drill, update=incident.updates.get(), made_at=NOON, due_at=NOON + 30 * MINUTE
    )
    task = TimelineEntry.objects.create(
        incident=incident, step=phone_step, slot="x", due_at=NOON, state="waiting", reason="opened"
    )
    TimelineEntry.objects.update(deadline_at=NOON + 30 * MINUTE, assignee=lead)
    for about, number, one in (("promise", promise.pk, drill), ("entry", task.pk, incident)):
        DutyCall.objects.create(
            about=about,
            object_id=number,
            rung=0,
            incident=one,
            user=lead,
            called_at=asked.called_at,
        )

    answers = [write("1", sid=f"SM{number}")[0] for number in range(3)]

    assert ["Promised update" in answers[0], "Drill" in answers[0]] == [True, False]
    assert "Phone the key accounts" in answers[1]
    assert "Drill" in answers[2]


@pytest.mark.parametrize("body", ["1", "ok", "2 on the phone", "approved"])
def test_an_approval_is_not_decided_by_a_word(incident, team, lead, deputy, body):
    offer = "{% if can_reply %}Reply 1{% endif %} {{ duty_url }}"
    TemplateVariantFactory(template__stage="duty_approval", language="en", sms_text=offer)
    update = UpdateFactory(incident=incident, state="proposed", published_by=deputy)
    Approval.objects.create(
        **{"update": update, "fingerprint": "x", "requested_at": NOON, "requested_by": deputy},
        expires_at=NOON + 15 * MINUTE,
    )
    run(8, 8, releases=False)
    call = DutyCall.objects.get()

    [answer] = write(body, minutes=9)

    assert "nothing is approved yet" in answer
    assert "/d/" in answer
    call.refresh_from_db()
    assert (call.user, call.answer) == (lead, "")
    text = Delivery.objects.filter(channel="sms").first().broadcast.contents.get().sms_text
    assert "Reply 1" not in text
