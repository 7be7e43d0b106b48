import xml.etree.ElementTree as ET

import pytest
from django.urls import reverse

from audiences.models import ConsentEvent, Suppression
from audiences.services import suppressions
from messaging.models import DeliveryEvent
from messaging.services import replies
from messaging.services.replies import Meaning, Reply
from tests import twilio
from tests.factories import NOON, ContactFactory, DeliveryFactory, SubscriptionFactory

pytestmark = pytest.mark.django_db


def answer(client, sender, body, *, sid="SM" + "1" * 32, **extra):
    """What Twilio is told to send back; it insists on well-formed TwiML."""
    form = {"MessageSid": sid, "From": sender, "To": "+15005550006", "Body": body, **extra}
    response = twilio.post(client, reverse("twilio-inbound"), form)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml"
    root = ET.fromstring(response.content.decode())
    assert root.tag == "Response"
    return [message.text for message in root.iter("Message")]


@pytest.mark.parametrize(
    ("body", "meaning"),
    [
        ("STOP", Meaning.STOP),
        (" stop. ", Meaning.STOP),
        ("Stop!!", Meaning.STOP),
        ("„Stopp“", Meaning.STOP),
        ("opt-out", Meaning.STOP),
        ("Opt  Out", Meaning.STOP),
        ("Unsubscribe", Meaning.STOP),
        ("REVOKE", Meaning.STOP),
        ("Abmelden", Meaning.STOP),
        ("ARRÊT", Meaning.STOP),
        ("baja", Meaning.STOP),
        ("ＳＴＯＰ", Meaning.STOP),
        ("START", Meaning.START),
        ("unstop", Meaning.START),
        ("Hilfe?", Meaning.HELP),
        ("INFO", Meaning.HELP),
        ("stop please", Meaning.OTHER),
        ("please do not stop", Meaning.OTHER),
        ("When does it end?", Meaning.OTHER),
        ("s t o p", Meaning.OTHER),
        ("", Meaning.OTHER),
        ("🛑", Meaning.OTHER),
    ],
)
def test_only_a_known_word_alone_acts_by_itself(body, meaning):
    assert replies.meaning(Reply(sid="SM1", sender="+1", body=body, raw={})) == meaning


def test_what_twilio_took_it_for_counts_before_our_own_reading():
    said = Reply(sid="SM1", sender="+1", body="genug davon", opt_out_type="STOP", raw={})

    assert replies.meaning(said) == Meaning.STOP


def test_a_stop_suppresses_the_number_and_is_confirmed_once_in_its_language(client, ana, settings):
    settings.ORGANISATION_NAME = "Beispiel AG"

    words = answer(client, ana.phone, "Stopp!")

    stopped = Suppression.objects.active().get()
    assert (stopped.channel, stopped.address, stopped.reason) == ("sms", ana.phone, "stop")
    assert words == [
        "Beispiel AG: Sie bekommen keine SMS mehr von uns. Mit START machen Sie das rückgängig."
    ]


def test_a_stop_that_twilio_has_answered_is_not_answered_again(client, ana):
    assert answer(client, ana.phone, "STOP", OptOutType="STOP") == []
    assert Suppression.objects.active().get().reason == "stop"


def said_by_text():
    return list(ConsentEvent.objects.order_by("pk").values_list("contact__name", "kind"))


def test_a_start_lifts_a_stop_and_says_who_lifted_it(client, bo):
    SubscriptionFactory(contact=bo, channel="sms")
    answer(client, bo.phone, "STOP", sid="SM-1")

    words = answer(client, bo.phone, "Start", sid="SM-2")

    assert "Reply STOP to end" in words[0]
    lifted = Suppression.objects.get()
    assert (lifted.lifted_by, lifted.lifted_because) == (None, "START, twilio SM-2")
    assert lifted.lifted_at
    assert said_by_text() == [("Bo Larsen", "withdrawn"), ("Bo Larsen", "given")]


def test_a_start_gives_nothing_that_was_not_taken_back(client, bo):
    SubscriptionFactory(contact=bo)
    ContactFactory(phone=bo.phone)

    words = answer(client, bo.phone, "start")

    assert said_by_text() == []
    assert "no service notices go to this number" in words[0]
    assert "/subscribe/" in words[0]


def test_a_start_of_who_hears_us_anyway_changes_nothing(client, bo):
    SubscriptionFactory(contact=bo, channel="sms")

    first, again = (answer(client, bo.phone, "start", sid=sid) for sid in ("SM-1", "SM-2"))

    assert "you get our service notices" in first[0]
    assert first == again
    assert said_by_text() == []


def test_a_start_speaks_for_those_alone_who_had_stopped(client, bo):
    SubscriptionFactory(contact=bo, channel="sms")
    answer(client, bo.phone, "STOP", sid="SM-1")
    late = ContactFactory(name="Late", phone=bo.phone)
    SubscriptionFactory(contact=late, channel="sms")

    answer(client, bo.phone, "START", sid="SM-2")
    answer(client, bo.phone, "START", sid="SM-3")

    assert said_by_text() == [("Bo Larsen", "withdrawn"), ("Bo Larsen", "given")]


def test_a_start_promises_nothing_where_something_else_is_in_the_way(client, bo):
    SubscriptionFactory(contact=bo, channel="sms")
    suppressions.suppress(channel="sms", address=bo.phone, reason="staff", now=NOON)

    assert "no service notices go to this number" in answer(client, bo.phone, "START")[0]


@pytest.mark.parametrize("reason", ["hard_bounce", "complaint", "staff", "erasure"])
def test_a_start_lifts_nothing_but_a_stop(client, bo, reason):
    suppressions.suppress(channel="sms", address=bo.phone, reason=reason, now=NOON)

    answer(client, bo.phone, "START")

    assert Suppression.objects.active().get().reason == reason


def test_a_stop_by_text_says_nothing_about_mail(client, bo):
    suppressions.suppress(channel="email", address=bo.email, reason="stop", now=NOON)

    answer(client, bo.phone, "START")

    assert Suppression.objects.active().get().channel == "email"


@pytest.mark.parametrize(
    "sender", ["KLARTEXT", "whatsapp:+4915112345678", "S" * 5_000, "+0151", "+49151١٢٣٤٥٦"]
)
@pytest.mark.parametrize("word", ["STOP", "START", "HELP"])
def test_who_has_no_telephone_number_is_kept_and_nothing_follows(client, sender, word):
    assert answer(client, sender, word, sid="SM" + "1" * 600, OptOutType=word) == []
    assert answer(client, sender, word, sid="SM-2") == []

    assert not Suppression.objects.exists()
    kept = DeliveryEvent.objects.order_by("pk").first()
    assert (kept.kind, kept.raw["Body"], kept.delivery) == ("reply", word, None)


def test_help_names_us_and_the_way_out_in_the_readers_language(client, ana, bo, settings):
    settings.ORGANISATION_NAME = "Beispiel AG"

    german = answer(client, ana.phone, "HILFE", sid="SM-1")
    english = answer(client, bo.phone, "help", sid="SM-2")

    assert german[0].startswith("Servicemeldungen von Beispiel AG: http")
    assert "STOP" in german[0]
    assert english[0].startswith("Beispiel AG service notices: http")
    assert "STOP" in english[0]
    assert not Suppression.objects.exists()


def test_a_stranger_is_answered_too(client, db):
    assert len(answer(client, "+447700900099", "HELP")) == 1
    assert DeliveryEvent.objects.get().delivery is None


def test_the_language_of_the_latest_text_counts(client, bo):
    DeliveryFactory(contact=bo, channel="sms", address=bo.phone, language="de")

    assert "Servicemeldungen" in answer(client, bo.phone, "HELP")[0]


def test_any_other_reply_is_kept_under_the_text_it_answers_and_does_nothing(client, bo):
    DeliveryFactory(contact=bo, channel="sms", address=bo.phone)
    latest = DeliveryFactory(contact=bo, channel="sms", address=bo.phone)
    DeliveryFactory(contact=bo, address=bo.email)

    assert answer(client, bo.phone, "Please stop, I moved house\x00") == []

    event = DeliveryEvent.objects.get()
    assert (event.delivery, event.kind) == (latest, "reply")
    assert event.raw["Body"] == "Please stop, I moved house"
    assert not Suppression.objects.exists()


def test_an_old_stop_that_comes_again_does_not_undo_a_start(client, bo):
    answer(client, bo.phone, "STOP", sid="SM-1")
    answer(client, bo.phone, "START", sid="SM-2")

    again = answer(client, bo.phone, "STOP", sid="SM-1")

    assert len(again) == 1
    assert not Suppression.objects.active().exists()
    assert DeliveryEvent.objects.count() == 2


def test_several_people_may_share_the_telephone_that_writes(client, bo):
    ContactFactory(phone=bo.phone, language="de")

    assert len(answer(client, bo.phone, "HELP")) == 1


def test_what_is_no_text_gets_an_empty_answer(client, db):
    response = twilio.post(client, reverse("twilio-inbound"), {"CallSid": "CA1", "From": "+1"})

    assert ET.fromstring(response.content.decode()).tag == "Response"
    assert not DeliveryEvent.objects.exists()
