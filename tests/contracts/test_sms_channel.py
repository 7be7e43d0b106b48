"""The SMS channel through Twilio's own library, against the stand-in of its API."""

import socket

import pytest
from twilio.base.exceptions import TwilioRestException

from messaging import channels
from messaging.channels import Content, Message, registry
from messaging.channels.sms import classify

VALUES = {"salutation": "Hello Bo,", "unsubscribe_url": "", "feedback_url": ""}


@pytest.fixture
def stand_in(standins_at_work, settings):
    settings.TWILIO_API_BASE_URL = standins_at_work.url
    return standins_at_work


def message(to="+447700900001", text="Wir prüfen.", callback_url=""):
    return Message(to=to, content=Content(sms_text=text), values=VALUES, callback_url=callback_url)


def send(*messages):
    with registry.get("sms").open() as connection:
        return [connection.send(one) for one in messages]


def test_a_text_arrives_with_its_callback(stand_in):
    url = "http://127.0.0.1:9/hooks/twilio/status/1/"

    (sid,) = send(message(callback_url=url))

    (text,) = stand_in.store.texts_to("+447700900001")
    assert (text.sid, text.body, text.status_callback) == (sid, "Wir prüfen.", url)


def test_a_messaging_service_may_send(stand_in, settings):
    settings.TWILIO_FROM = "MG" + "a" * 32

    send(message())

    assert stand_in.store.texts()[0].service == settings.TWILIO_FROM


@pytest.mark.parametrize(
    ("number", "failure"),
    [
        ("+15005550001", channels.DeadAddress),  # 21211: no valid number
        ("+15005550004", channels.DeadAddress),  # 21610: answered STOP
        ("+15005550009", channels.DeadAddress),  # 21614: no mobile number
        ("+15005550010", channels.TemporaryFailure),  # 20429: too many requests
        ("+15005550011", channels.UnknownOutcome),  # 500
        ("+15005550012", channels.UnknownOutcome),  # 500 after accepting
    ],
)
def test_every_answer_of_the_provider_is_understood(stand_in, number, failure):
    with pytest.raises(channels.DeliveryFailure) as caught:
        send(message(to=number))

    assert type(caught.value) is failure


def test_wrong_credentials_are_our_own_fault():
    error = TwilioRestException(401, "/Messages.json", "Authenticate", code=20003)

    assert type(classify(error)) is channels.SenderFault


def test_a_provider_nobody_reaches_was_not_told_anything(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.TWILIO_API_BASE_URL = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(channels.TemporaryFailure):
        send(message())
