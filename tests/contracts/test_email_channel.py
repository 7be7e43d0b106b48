"""The e-mail channel against a real SMTP server, and the words it has for what goes wrong."""

import smtplib
import socket
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from anymail.exceptions import AnymailRequestsAPIError
from django.core import mail

from messaging import channels
from messaging.channels import Content, Message, mime, registry
from messaging.channels.email import EmailConnection, classify_smtp
from messaging.merging import FIELDS

VALUES = {
    "salutation": "Guten Tag Ana & Zoë,",
    "unsubscribe_url": "https://status.example/u/x/",
    "feedback_url": "https://status.example/f/x/",
}
CONTENT = Content(
    subject="Störung – Anmeldung",
    text=f"{FIELDS['salutation']}\n\nwir prüfen.\n.\n{FIELDS['unsubscribe_url']}\n",
    html=f"<p>{FIELDS['salutation']}</p>\n<p>wir prüfen</p>",
)
MESSAGE = Message(
    to="ana@example.com",
    content=CONTENT,
    values=VALUES,
    headers={
        "Message-ID": "<abc.1@status.example>",
        "List-Unsubscribe": "<https://status.a-rather-long-name.example.com/u/0123456789abcdefghijkl/>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    },
)


def test_a_message_arrives_whole_with_its_headers_on_one_line(smtp_catcher):
    with registry.get("email").open() as connection:
        connection.send(MESSAGE)

    received = smtp_catcher.messages[0]
    assert received["Subject"] == MESSAGE.subject
    assert received["Message-ID"] == "<abc.1@status.example>"
    assert received.get_body(("plain",)).get_content().splitlines() == MESSAGE.text.splitlines()
    assert received.get_body(("html",)).get_content().splitlines() == MESSAGE.html.splitlines()
    lines = smtp_catcher.raw[0].decode().splitlines()
    assert f"List-Unsubscribe: {MESSAGE.headers['List-Unsubscribe']}" in lines


def parsed(mime):
    message = message_from_bytes(mime, policy=policy.default)
    assert not message.defects
    headers = {
        name: value for name, value in message.items() if name not in ("Date", "Content-Type")
    }
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    return headers, [(body.get_content_type(), body.get_content()) for body in bodies]


@pytest.mark.parametrize(
    "message",
    [
        MESSAGE,
        replace(MESSAGE, values=VALUES | {"salutation": "Hello <b> 太郎,"}),
        replace(MESSAGE, content=Content("Plain", "only ascii\n", "<p>only ascii</p>")),
        replace(MESSAGE, headers={**MESSAGE.headers, "List-Id": "Störungen <notices.example>"}),
    ],
)
def test_a_spliced_message_means_what_an_ordinary_one_means(message):
    spliced = mime.Skeleton(message.content, tuple(message.headers)).fill(message)

    assert parsed(spliced) == parsed(mime.notice(message).message().as_bytes(linesep="\r\n"))


@pytest.mark.parametrize(
    "message",
    [
        replace(MESSAGE, to="jörg@example.com"),
        replace(MESSAGE, values=VALUES | {"salutation": "x" * 600}),
        replace(MESSAGE, values=VALUES | {"salutation": "Ana\r\nBcc: all@example.com"}),
        replace(MESSAGE, content=replace(CONTENT, text="x" * 2_000)),
        replace(MESSAGE, content=replace(CONTENT, subject=FIELDS["salutation"])),
    ],
)
def test_what_cannot_be_spliced_safely_is_composed_the_ordinary_way(message):
    assert mime.Skeleton(message.content, tuple(message.headers)).fill(message) is None


def test_many_messages_share_one_connection(smtp_catcher):
    with registry.get("email").open() as connection:
        for _number in range(5):
            connection.send(MESSAGE)

    assert len(smtp_catcher.messages) == 5
    assert smtp_catcher.connections == 1


def test_each_message_has_one_recipient(smtp_catcher):
    with registry.get("email").open() as connection:
        connection.send(MESSAGE)

    assert smtp_catcher.caught[0].recipients == ("ana@example.com",)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("450 4.2.0 greylisted", channels.TemporaryFailure),
        ("452 4.2.2 mailbox full", channels.TemporaryFailure),
        ("421 4.7.0 too many connections", channels.TemporaryFailure),
        ("550 5.1.1 nobody here", channels.DeadAddress),
        ("550 no such user", channels.DeadAddress),
        ("550 5.7.515 access denied", channels.SenderFault),
        ("550 5.7.26 unauthenticated", channels.SenderFault),
        ("550 5.7.1 members of this group only", channels.PermanentFailure),
        ("550 5.1.8 bad sender", channels.SenderFault),
        ("550 see 185.1.2.3", channels.DeadAddress),
        ("554 5.2.3 too large", channels.PermanentFailure),
    ],
)
def test_a_refused_recipient_is_understood_and_the_next_one_still_served(
    smtp_catcher, answer, failure
):
    smtp_catcher.answers["gone@example.com"] = answer
    with registry.get("email").open() as connection:
        with pytest.raises(channels.DeliveryFailure) as caught:
            connection.send(replace(MESSAGE, to="gone@example.com"))
        connection.send(MESSAGE)

    assert type(caught.value) is failure
    assert caught.value.code == answer[:3]
    assert smtp_catcher.addresses == ["ana@example.com"]


@pytest.mark.parametrize("to", ["ana@", "a@x.example, b@y.example", "a@x..com"])
def test_a_malformed_address_costs_only_itself(smtp_catcher, to):
    with registry.get("email").open() as connection:
        with pytest.raises(channels.PermanentFailure):
            connection.send(replace(MESSAGE, to=to))
        connection.send(MESSAGE)

    assert smtp_catcher.addresses == ["ana@example.com"]


def test_nobody_listening_is_temporary(settings):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_PORT = free.getsockname()[1]
    settings.EMAIL_BACKEND = "messaging.channels.smtp.Backend"

    with registry.get("email").open() as connection, pytest.raises(channels.TemporaryFailure):
        connection.send(MESSAGE)


def test_a_line_that_goes_dead_after_the_message_leaves_the_outcome_unknown(smtp_catcher):
    smtp_catcher.hang_up_after_data = True

    with registry.get("email").open() as connection, pytest.raises(channels.UnknownOutcome):
        connection.send(MESSAGE)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), channels.SenderFault),
        (smtplib.SMTPSenderRefused(550, b"not you", "status@x"), channels.SenderFault),
        (smtplib.SMTPSenderRefused(451, b"later", "status@x"), channels.TemporaryFailure),
        (smtplib.SMTPDataError(554, b"5.6.0 malformed"), channels.PermanentFailure),
        (smtplib.SMTPDataError(554, b"5.7.1 spam"), channels.PermanentFailure),
        (smtplib.SMTPDataError(550, b"5.1.1 no"), channels.PermanentFailure),
        (smtplib.SMTPDataError(451, b"4.3.0 later"), channels.TemporaryFailure),
        (smtplib.SMTPConnectError(550, b"your address is blocked"), channels.SenderFault),
        (smtplib.SMTPHeloError(421, b"busy"), channels.TemporaryFailure),
        (TimeoutError("slow banner"), channels.TemporaryFailure),
    ],
)
def test_errors_before_the_message_is_handed_over_are_classified(error, failure):
    assert type(classify_smtp(error, handed_over=False)) is failure


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (429, channels.TemporaryFailure),
        (401, channels.SenderFault),
        (422, channels.PermanentFailure),
        (500, channels.UnknownOutcome),
    ],
)
def test_a_providers_answer_is_classified(status, failure, settings):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    response = type("Response", (), {"status_code": status, "text": "", "reason": ""})()
    error = AnymailRequestsAPIError("no", response=response)
    connection = EmailConnection(mail.get_connection())
    connection.backend.send_messages = lambda messages: (_ for _ in ()).throw(error)

    with pytest.raises(channels.DeliveryFailure) as caught:
        connection.send(MESSAGE)

    assert type(caught.value) is failure


def test_a_provider_gives_its_id(settings):
    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"

    with registry.get("email").open() as connection:
        assert connection.send(MESSAGE)
