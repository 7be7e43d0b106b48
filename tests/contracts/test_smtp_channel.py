"""The SMTP channel against real servers, friendly and rude ones."""

import smtplib
import socket
import ssl
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from django.core import mail

from messaging.channels import (
    Accepted,
    Content,
    DeadAddress,
    Message,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
    smtp,
)
from messaging.channels.smtp_replies import of_connecting, of_message, of_sender
from messaging.merging import FIELDS
from tests.rudesmtp import AUTHORITY, DROP, HANG, RESET, RudeServer

VALUES = {
    "salutation": "Guten Tag Ana & Zoë,",
    "support": "",
    "unsubscribe_url": "https://status.example/u/x/",
    "feedback_url": "https://status.example/f/x/",
    "preferences_url": "https://status.example/p/x/",
    "confirm_url": "https://status.example/c/x/",
}
CONTENT = Content(
    subject="Störung – Anmeldung",
    text=f"{FIELDS['salutation']}\n\nwir prüfen.\n.\n..\n{FIELDS['unsubscribe_url']}\n",
    html=f"<p>{FIELDS['salutation']}</p>\n<p>wir prüfen</p>",
    headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)
MESSAGE = Message(
    id=1,
    to="ana@example.com",
    content=CONTENT,
    values=VALUES,
    headers={
        "Message-ID": "<abc.1@status.example>",
        "List-Unsubscribe": "<https://status.a-rather-long-name.example.com/u/0123456789abcdefghijkl/>",
    },
)


def letters(*names):
    return [replace(MESSAGE, id=n, to=f"{name}@example.com") for n, name in enumerate(names)]


def sent(*parcels):
    """The outcomes of all parcels, over one opening of the channel."""
    with smtp.SmtpChannel().open() as connection:
        return [outcome for parcel in parcels for outcome in connection.send(parcel)]


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


@pytest.fixture
def rude(settings):
    server = RudeServer()
    settings.EMAIL_HOST, settings.EMAIL_TIMEOUT = "127.0.0.1", 0.3
    with server.running():
        settings.EMAIL_PORT = server.port
        yield server


@pytest.fixture
def trusted(monkeypatch):
    with AUTHORITY.cert_pem.tempfile() as file:
        monkeypatch.setenv("SSL_CERT_FILE", file)
        yield


# What arrives


@pytest.mark.parametrize("pipelines", [True, False])
def test_a_message_arrives_whole_with_its_headers_on_one_line(smtp_catcher, pipelines):
    smtp_catcher.pipelines = pipelines

    assert sent([MESSAGE]) == [Accepted()]

    received = smtp_catcher.messages[0]
    assert received["Subject"] == MESSAGE.subject
    assert received["Message-ID"] == "<abc.1@status.example>"
    assert received.get_body(("plain",)).get_content().splitlines() == MESSAGE.text.splitlines()
    assert received.get_body(("html",)).get_content().splitlines() == MESSAGE.html.splitlines()
    lines = smtp_catcher.raw[0].decode().splitlines()
    assert f"List-Unsubscribe: {MESSAGE.headers['List-Unsubscribe']}" in lines
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines


@pytest.mark.parametrize("pipelines", [True, False])
def test_many_messages_share_one_connection_and_each_has_one_recipient(smtp_catcher, pipelines):
    smtp_catcher.pipelines = pipelines
    names = [f"person{number}" for number in range(10)]

    assert sent(letters(*names[:8]), letters(*names[8:])) == [Accepted()] * 10

    assert smtp_catcher.addresses == [f"{name}@example.com" for name in names]
    assert {len(caught.recipients) for caught in smtp_catcher.caught} == {1}
    assert smtp_catcher.connections == 1


def test_a_server_that_pipelines_gets_the_next_envelope_with_the_content_before_it(rude):
    sent(letters("a", "b", "c"))

    greeting, first, second, third, fourth, goodbye = rude.flights
    assert first == (
        b"MAIL FROM:<status@status.example> BODY=8BITMIME\r\nRCPT TO:<a@example.com>\r\nDATA\r\n"
    )
    assert second.endswith(b"\r\n.\r\n" + first.replace(b"<a@", b"<b@"))
    assert third.endswith(b"\r\n.\r\n" + first.replace(b"<a@", b"<c@"))
    assert fourth.endswith(b"--\r\n.\r\n")
    assert (greeting[:4], goodbye) == (b"ehlo", b"QUIT\r\n")


def test_a_server_that_does_not_pipeline_gets_one_command_at_a_time(rude):
    rude.features = ("8BITMIME",)

    assert kinds(sent(letters("a", "b"))) == [Accepted, Accepted]

    assert all(
        flight.count(b"\r\n") == 1 or flight.endswith(b"\r\n.\r\n") for flight in rude.flights
    )
    assert len(rude.flights) == 1 + 2 * 4 + 1


def test_a_server_without_8bit_gets_the_same_words_in_ascii(rude):
    rude.features = ("PIPELINING",)

    assert sent([MESSAGE]) == [Accepted()]

    ((_to, content),) = rude.accepted
    received = message_from_bytes(content.replace(b"\r\n..", b"\r\n."), policy=policy.default)
    assert content.isascii()
    assert not any(b"BODY=" in flight for flight in rude.flights)
    assert received.get_body(("plain",)).get_content().splitlines() == MESSAGE.text.splitlines()
    assert received.get_body(("html",)).get_content().splitlines() == MESSAGE.html.splitlines()


@pytest.mark.parametrize(
    ("to", "seen"),
    [
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
        ("o'brien+x=y@example.com", "o'brien+x=y@example.com"),
        ("jörg@bücher.example", "jörg@xn--bcher-kva.example"),
    ],
)
def test_an_address_reaches_the_server_as_it_can_read_it(rude, to, seen):
    rude.features = ("PIPELINING", "8BITMIME", "SMTPUTF8")

    outcomes = sent([MESSAGE, replace(MESSAGE, to=to), MESSAGE])

    assert outcomes == [Accepted()] * 3
    assert rude.addresses[1] == seen
    assert f"\r\nTo: {seen}\r\n".encode() in rude.accepted[1][1]


def test_a_server_without_smtputf8_costs_the_address_that_needs_it(rude):
    outcomes = sent([MESSAGE, replace(MESSAGE, to="jörg@example.com"), MESSAGE])

    assert kinds(outcomes) == [Accepted, PermanentFailure, Accepted]
    assert outcomes[1].code == "smtputf8"


@pytest.mark.parametrize(
    "to",
    [
        *("ana@", "ana", "", "a@x.example, b@y.example", "a@x..com", "Ana <ana@example.com>"),
        *("a@x.com\r\nRCPT TO:<b@y.com>", "ü ü@x.example", "ü>@x.example", "ü@x..com"),
    ],
)
def test_a_malformed_address_costs_only_itself(rude, to):
    outcomes = sent([MESSAGE, replace(MESSAGE, to=to), MESSAGE])

    assert kinds(outcomes) == [Accepted, PermanentFailure, Accepted]
    assert outcomes[1].code == "malformed"
    assert rude.addresses == ["ana@example.com"] * 2


def test_a_header_that_would_begin_another_costs_only_its_message(rude):
    bad = replace(MESSAGE, headers={**MESSAGE.headers, "X": "1\r\nBcc: all@example.com"})

    outcomes = sent([MESSAGE, bad, MESSAGE])

    assert kinds(outcomes) == [Accepted, PermanentFailure, Accepted]
    assert rude.connections == 1


def test_what_cannot_be_composed_at_all_costs_only_itself(rude, caplog):
    outcomes = sent([MESSAGE, replace(MESSAGE, id=7, values={}), MESSAGE])

    assert kinds(outcomes) == [Accepted, PermanentFailure, Accepted]
    assert "Delivery 7 cannot be composed" in caplog.text


# Each word of a server, in each phase

REFUSED_RECIPIENTS = [
    ("450 4.2.0 greylisted", TemporaryFailure),
    ("451 4.3.0 later", TemporaryFailure),
    ("452 4.2.2 mailbox full", TemporaryFailure),
    ("421 4.7.0 too many connections", TemporaryFailure),
    ("550 5.1.1 nobody here", DeadAddress),
    ("550 no such user", PermanentFailure),
    ("550-5.1.1 nobody here,\r\n550 5.1.1 really nobody", DeadAddress),
    ("550 5.7.515 access denied", SenderFault),
    ("550 5.7.26 unauthenticated", SenderFault),
    ("550 5.7.1 members of this group only", PermanentFailure),
    ("550 5.1.8 bad sender", SenderFault),
    ("550 see 185.1.2.3", PermanentFailure),
    ("554 5.2.3 too large", PermanentFailure),
]


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize(("answer", "failure"), REFUSED_RECIPIENTS)
def test_a_refused_recipient_is_understood_and_the_others_are_served_once(
    rude, answer, failure, features
):
    rude.features = features
    rude.answers["RCPT gone@example.com"] = answer

    outcomes = sent(letters("a", "gone", "b"), letters("c"))

    if failure is SenderFault:
        assert kinds(outcomes) == [Accepted, SenderFault, Accepted]
        assert rude.addresses == ["a@example.com", "c@example.com"]
    else:
        assert kinds(outcomes) == [Accepted, failure, Accepted, Accepted]
        assert rude.addresses == ["a@example.com", "b@example.com", "c@example.com"]
    assert outcomes[1].code == answer[:3]
    assert "gone@example.com" not in rude.addresses


def test_a_server_that_wants_content_for_nobody_is_given_none(rude):
    rude.answers |= {"RCPT gone@example.com": "550 5.1.1 nobody", "DATA": "354 go on"}

    outcomes = sent(letters("gone", "b"), letters("gone"))

    assert kinds(outcomes) == [DeadAddress, Accepted, DeadAddress]
    assert rude.addresses == ["b@example.com"]
    assert rude.connections == 1


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("421 4.3.2 shutting down", TemporaryFailure),
        ("451 4.3.0 later", TemporaryFailure),
        ("452 4.3.1 disk full", TemporaryFailure),
        ("550 not you", SenderFault),
        ("530 5.7.0 log in first", SenderFault),
        ("553 5.7.1 sender is not yours", SenderFault),
    ],
)
def test_a_refused_sender_is_understood(rude, answer, failure, features):
    rude.features = features
    rude.once["MAIL"] = answer

    outcomes = sent(letters("a", "b"))

    assert type(outcomes[0]) is failure
    assert outcomes[0].code == answer[:3]
    assert kinds(outcomes[1:]) == ([] if failure is SenderFault else [Accepted])
    assert rude.addresses == ([] if failure is SenderFault else ["b@example.com"])


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize("phase", ["DATA", "."])
@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("421 4.3.2 shutting down", TemporaryFailure),
        ("451 4.3.0 later", TemporaryFailure),
        ("552 5.2.2 mailbox full", PermanentFailure),
        ("554 5.6.0 malformed", PermanentFailure),
        ("554 5.7.1 spam", PermanentFailure),
        ("550 5.1.1 no", PermanentFailure),
        ("550 5.7.515 access denied", SenderFault),
    ],
)
def test_a_refused_content_is_understood_and_the_others_are_served_once(
    rude, answer, failure, phase, features
):
    rude.features = features
    rude.once[f"{phase} gone@example.com"] = answer

    outcomes = sent(letters("a", "gone", "b"))

    after = [] if failure is SenderFault else [Accepted]
    assert kinds(outcomes) == [Accepted, failure, *after]
    assert outcomes[1].code == answer[:3]
    assert rude.addresses == ["a@example.com", "b@example.com"][: 1 + len(after)]


def test_after_a_senders_fault_nothing_more_is_handed_over(rude):
    rude.once[". a@example.com"] = "550 5.7.26 unauthenticated"

    assert kinds(sent(letters("a", "b", "c"))) == [SenderFault]
    assert rude.accepted == []


# Lines that die


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize("way", [DROP, RESET, HANG])
def test_a_line_that_dies_after_the_content_leaves_the_outcome_unknown(rude, way, features):
    rude.features = features
    rude.once[". b@example.com"] = way

    outcomes = sent(letters("a", "b", "c"))

    assert kinds(outcomes) == [Accepted, UnknownOutcome, Accepted]
    assert rude.addresses == ["a@example.com", "c@example.com"]
    assert rude.connections == 2


@pytest.mark.slow(reason="Eight megabytes: more than the system takes off our hands unread")
def test_a_line_that_dies_while_the_content_is_on_its_way_has_sent_nothing(rude):
    rude.once["content"] = RESET
    much = replace(CONTENT, text=("much " * 100 + "\n") * 16_000)

    outcomes = sent([replace(MESSAGE, content=much), *letters("b")])

    assert kinds(outcomes) == [TemporaryFailure, Accepted]
    assert rude.addresses == ["b@example.com"]


@pytest.mark.parametrize("features", [("PIPELINING",), ()])
@pytest.mark.parametrize("phase", ["MAIL", "RCPT b@example.com", "DATA b@example.com"])
@pytest.mark.parametrize("way", [DROP, RESET, "what?"])
def test_a_kept_line_that_dies_before_the_content_is_replaced_at_once(rude, way, phase, features):
    rude.features = features
    sending = smtp.SmtpConnection()
    first = list(sending.send(letters("a")))
    rude.once[phase] = way

    outcomes = first + list(sending.send(letters("b", "c")))
    sending.close()

    assert kinds(outcomes) == [Accepted] * 3
    assert rude.addresses == ["a@example.com", "b@example.com", "c@example.com"]
    assert rude.connections == 2


def test_a_kept_line_that_was_idle_for_too_long_is_replaced_at_once(rude):
    sending = smtp.SmtpConnection()
    first = list(sending.send(letters("a")))
    rude.once["MAIL"] = "421 4.4.2 idle for too long"

    outcomes = first + list(sending.send(letters("b")))
    sending.close()

    assert kinds(outcomes) == [Accepted, Accepted]
    assert rude.addresses == ["a@example.com", "b@example.com"]


def test_a_server_that_ends_the_line_in_mid_flight_gets_the_rest_on_another(rude):
    rude.once[". b@example.com"] = "421 4.3.2 shutting down"

    outcomes = sent(letters("a", "b", "c"))

    assert kinds(outcomes) == [Accepted, TemporaryFailure, Accepted]
    assert rude.addresses == ["a@example.com", "c@example.com"]


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("way", [DROP, RESET, HANG])
def test_a_new_line_that_dies_before_the_content_has_sent_nothing(rude, way, phase):
    rude.once[phase] = way

    outcomes = sent(letters("a", "b"))

    assert kinds(outcomes) == [TemporaryFailure, Accepted]
    assert rude.addresses == ["b@example.com"]


def test_a_server_that_stalls_before_the_content_is_not_asked_twice(rude):
    sending = smtp.SmtpConnection()
    first = list(sending.send(letters("a")))
    rude.answers["DATA b@example.com"] = HANG

    outcomes = first + list(sending.send(letters("b", "c")))
    sending.close()

    assert kinds(outcomes) == [Accepted, TemporaryFailure, Accepted]
    assert outcomes[1].code == "TimeoutError"


@pytest.mark.parametrize(
    ("answers", "failure"),
    [
        ({"banner": HANG}, TemporaryFailure),
        ({"banner": DROP}, TemporaryFailure),
        ({"banner": RESET}, TemporaryFailure),
        ({"banner": "hello"}, TemporaryFailure),
        ({"banner": "421 4.7.0 busy"}, TemporaryFailure),
        ({"banner": "554 your address is blocked"}, SenderFault),
        ({"EHLO": DROP}, TemporaryFailure),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, TemporaryFailure),
    ],
)
def test_no_line_to_the_server_is_the_fate_of_the_whole_parcel(rude, answers, failure):
    rude.answers |= answers

    outcomes = sent(letters("a", "b", "c"))

    assert kinds(outcomes) == ([SenderFault] if failure is SenderFault else [failure] * 3)
    assert rude.connections == 1


def test_nobody_listening_is_temporary_and_not_tried_again_and_again(settings, monkeypatch):
    pauses = []
    monkeypatch.setattr(smtp.time, "sleep", pauses.append)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()

        outcomes = sent(*[letters("a", "b")] * 7)

    assert kinds(outcomes) == [TemporaryFailure] * 14
    assert pauses == [0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0]


def test_a_server_that_comes_back_gets_the_next_parcel(rude):
    rude.once["banner"] = "421 busy"

    assert kinds(sent(letters("a"), letters("b"))) == [TemporaryFailure, Accepted]


def test_a_server_that_speaks_letter_by_letter_does_not_outwit_the_time_out(rude):
    sending = smtp.SmtpConnection()
    first = list(sending.send(letters("a")))
    rude.seconds_per_octet = 0.05

    outcomes = first + list(sending.send(letters("b")))
    sending.close()

    assert kinds(outcomes) == [Accepted, TemporaryFailure]


def test_a_reply_of_many_lines_is_one_reply(rude):
    rude.answers["RCPT"] = "\r\n".join(["250-" + "x" * 500] * 100 + ["250 ok"])

    assert kinds(sent(letters("a", "b"))) == [Accepted, Accepted]


@pytest.mark.parametrize("reply", ["250 " + "x" * 100_000, "250-more\r\n" * 20_000])
def test_a_reply_without_an_end_is_none(rude, reply):
    rude.once["RCPT"] = reply

    assert kinds(sent(letters("a", "b"))) == [TemporaryFailure, Accepted]


def test_a_server_that_gets_out_of_step_is_left(rude):
    rude.once["."] = "354 go on"

    assert kinds(sent(letters("a", "b"))) == [UnknownOutcome, Accepted]
    assert rude.connections == 2


def test_a_sender_that_stops_in_mid_parcel_leaves_a_clean_line(rude):
    sending = smtp.SmtpConnection()
    begun = sending.send(letters("a", "b"))
    outcomes = [next(begun)]
    begun.close()

    outcomes += list(sending.send(letters("c")))
    sending.close()

    assert kinds(outcomes) == [Accepted, Accepted]
    assert rude.addresses == ["a@example.com", "c@example.com"]


# Log-in and encryption


def test_a_refused_password_is_our_fault(rude, settings):
    rude.features = ("AUTH PLAIN",)
    rude.answers["AUTH"] = "535 5.7.8 bad credentials"
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"

    outcomes = sent(letters("a", "b"))

    assert kinds(outcomes) == [SenderFault]
    assert outcomes[0].code == "535"


def test_a_password_is_given_once_per_line(rude, settings):
    rude.features = ("AUTH PLAIN", "PIPELINING")
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "us", "secret"

    assert kinds(sent(letters("a", "b"))) == [Accepted, Accepted]
    assert sum(flight.startswith(b"AUTH") for flight in rude.flights) == 1


@pytest.mark.parametrize(
    ("features", "answers", "failure"),
    [
        (("STARTTLS",), {"STARTTLS": "454 4.7.0 not now"}, TemporaryFailure),
        (("STARTTLS",), {"STARTTLS": "501 no"}, SenderFault),
        (("STARTTLS",), {"STARTTLS": DROP}, TemporaryFailure),
        (("PIPELINING",), {}, SenderFault),
    ],
)
def test_without_the_encryption_asked_for_nothing_is_sent(
    rude, settings, features, answers, failure
):
    rude.features = features
    rude.answers |= answers
    settings.EMAIL_USE_TLS = True

    assert kinds(sent(letters("a"))) == [failure]
    assert not any(b"MAIL" in flight for flight in rude.flights)


def test_a_server_with_a_certificate_nobody_vouches_for_is_not_trusted(rude, settings):
    rude.features = ("STARTTLS",)
    settings.EMAIL_USE_TLS = True

    outcomes = sent(letters("a"))

    assert kinds(outcomes) == [SenderFault]
    assert outcomes[0].code == "SSLCertVerificationError"


@pytest.mark.parametrize("pipelines", [True, False])
def test_over_tls_only_what_the_server_offers_there_counts(rude, settings, trusted, pipelines):
    rude.features = ("STARTTLS", "PIPELINING") if not pipelines else ("STARTTLS",)
    rude.features_over_tls = ("PIPELINING",) if pipelines else ("8BITMIME",)
    settings.EMAIL_USE_TLS = True

    assert kinds(sent(letters("a", "b"))) == [Accepted, Accepted]

    has_pipelined = any(b"\r\nRCPT" in flight for flight in rude.flights)
    assert has_pipelined is pipelines


def test_over_tls_a_line_that_dies_after_the_content_is_unknown_too(rude, settings, trusted):
    rude.features = rude.features_over_tls = ("STARTTLS", "PIPELINING")
    rude.once[". a@example.com"] = DROP
    settings.EMAIL_USE_TLS = True

    assert kinds(sent(letters("a", "b"))) == [UnknownOutcome, Accepted]


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (smtplib.SMTPAuthenticationError(535, b"5.7.8 bad credentials"), SenderFault),
        (smtplib.SMTPAuthenticationError(454, b"4.7.0 later"), TemporaryFailure),
        (smtplib.SMTPConnectError(550, b"your address is blocked"), SenderFault),
        (smtplib.SMTPHeloError(421, b"busy"), TemporaryFailure),
        (smtplib.SMTPServerDisconnected("gone"), TemporaryFailure),
        (TimeoutError("slow banner"), TemporaryFailure),
        (ssl.SSLError("handshake"), TemporaryFailure),
    ],
)
def test_errors_before_a_line_is_ready_are_classified(error, failure):
    assert type(of_connecting(error)) is failure


@pytest.mark.parametrize(
    ("meaning", "code", "words", "failure"),
    [
        (of_sender, 550, "not you", SenderFault),
        (of_sender, 451, "later", TemporaryFailure),
        (of_sender, 435, "unable to authenticate", SenderFault),
        (of_message, 554, "5.6.0 malformed", PermanentFailure),
        (of_message, 554, "5.7.1 spam", PermanentFailure),
        (of_message, 550, "5.1.1 no", PermanentFailure),
        (of_message, 451, "4.3.0 later", TemporaryFailure),
    ],
)
def test_what_is_said_is_classified_by_what_was_asked(meaning, code, words, failure):
    assert type(meaning(code, words)) is failure


def test_other_mail_of_the_product_goes_by_the_same_settings(smtp_catcher):
    mail.send_mail("Passwort", "Hier.", None, ["ana@example.com"])

    assert smtp_catcher.addresses == ["ana@example.com"]
