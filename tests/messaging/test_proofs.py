"""A test goes to whoever asked for it, alone, by the real channel, and counts as nothing."""

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache

from audiences.models import Suppression
from messaging.models import Broadcast, Circuit, Delivery
from messaging.services import proofs
from messaging.services.looks import Look
from tests.contracts.rigs import load_twilio
from tests.factories import ContactFactory, ResponderFactory

MAIL = Look(
    "email",
    "en",
    "public",
    subject="Login: update",
    text="Hello,\n\nwe are on it.\n",
    html='<html><body style="margin: 0"><p>we are on it.</p></body></html>',
)
TEXT = Look("sms", "en", "public", sms_text="Login: we are on it.")


@pytest.fixture(autouse=True)
def fresh_count(settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture
def me(lead: User) -> User:
    lead.email = "Lea@Corp.Example"
    lead.save()
    return lead


def test_a_mail_comes_as_it_is_and_says_that_it_is_a_test(me, smtp_catcher):
    sent = proofs.send(look=MAIL, by=me)

    (mail,) = smtp_catcher.messages
    plain, html = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
    assert sent == proofs.Sent("lea@corp.example")
    assert (mail["To"], mail["Subject"]) == ("lea@corp.example", "[TEST] Login: update")
    assert plain.startswith("*** TEST ***\nOnly you get this.")
    assert plain.endswith("Hello,\n\nwe are on it.\n")
    assert html.index("<strong>TEST</strong>") < html.index("<p>we are on it.</p>")
    assert "List-Unsubscribe" not in mail
    assert not Broadcast.objects.exists()
    assert not Delivery.objects.exists()


def test_a_text_goes_to_the_telephone_of_the_responder(me, standins_at_work, settings):
    load_twilio()
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    ResponderFactory(user=me, contact=ContactFactory(phone="+447700900041"))

    sent = proofs.send(look=TEXT, by=me)

    assert sent == proofs.Sent("+447700900041")
    (text,) = standins_at_work.store.texts_to("+447700900041")
    assert text.body == "[TEST] Login: we are on it."


def refusal(look: Look, by: User) -> str:
    with pytest.raises(proofs.CannotSend) as refused:
        proofs.send(look=look, by=by)
    return str(refused.value)


def test_without_an_address_it_says_where_to_add_one(lead):
    assert "add one to it under People" in refusal(MAIL, lead)
    assert "add one to your contact as a responder" in refusal(TEXT, lead)


def test_nothing_goes_by_a_stopped_channel(me):
    Circuit.objects.create(channel="email", because="refused 535", retry_at="2026-03-02T12:00Z")

    assert "Stopped channels" in refusal(MAIL, me)


def test_an_address_that_must_not_be_written_to_is_not(me):
    Suppression.objects.create(channel="email", address="lea@corp.example", reason="staff")

    assert "under Suppressions" in refusal(MAIL, me)


def test_many_in_a_row_are_too_many(me, smtp_catcher, monkeypatch):
    monkeypatch.setattr(proofs, "MOST", 1)
    proofs.send(look=MAIL, by=me)

    assert "wait some minutes" in refusal(MAIL, me)
    assert len(smtp_catcher.messages) == 1


def test_what_the_provider_refuses_is_said(me, settings):
    settings.EMAIL_BACKEND = "messaging.channels.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert "The provider did not take it" in refusal(MAIL, me)
