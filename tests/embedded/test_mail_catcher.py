import smtplib

import pytest

from embedded.mail_faults import FAULTS, Phase
from tests.embedded.samples import letter


def test_a_mail_is_kept_before_the_sender_is_answered(smtp, standins_at_work):
    smtp.send_message(letter("ana@example.com"))

    [mail] = standins_at_work.store.mails_to("ana@example.com")
    assert (mail.sender, mail.recipient) == ("status@status.example", "ana@example.com")
    assert (mail.message_id, mail.subject) == ("<1@status.example>", "Slow logins")
    assert mail.raw.endswith(b"\r\nWe are looking into it.\r\n")


def test_every_recipient_of_one_envelope_got_it(smtp, standins_at_work):
    smtp.sendmail("s@status.example", ["ana@example.com", "bo@example.org"], b"Subject: Hi\r\n")

    assert [mail.recipient for mail in standins_at_work.store.mails()] == [
        "bo@example.org",
        "ana@example.com",
    ]


def test_an_address_is_the_same_however_it_is_written(smtp, standins_at_work):
    smtp.send_message(letter("Ana@Example.com"))

    assert len(standins_at_work.store.mails_to("ana@example.com")) == 1


def test_subjects_and_addresses_outside_ascii_arrive_whole(smtp, standins_at_work):
    message = letter("größe@example.com", "Störung: Anmeldung")

    smtp.send_message(message, mail_options=["SMTPUTF8", "BODY=8BITMIME"])

    [mail] = standins_at_work.store.mails_to("größe@example.com")
    assert mail.subject == "Störung: Anmeldung"


def test_an_encoded_subject_is_kept_readable(smtp, standins_at_work):
    smtp.send_message(letter("ana@example.com", "Störung: " + "sehr " * 30 + "langsam"))

    [mail] = standins_at_work.store.mails()
    assert mail.subject == "Störung: " + "sehr " * 30 + "langsam"


@pytest.mark.parametrize(
    "content",
    [
        b"\r\n",
        b"\r\n\r\n",
        b".\r\n",
        b"..\r\n.\r\n",
        b"one line\r\n",
        b"Subject: x\r\n\r\n.begins with a dot\r\n\r\n..\r\nends\r\n",
        b"\r\n.\r\nafter a lone dot\r\n",
        b"Subject: x\r\n\r\n" + b"long " * 2_000 + b"\r\n",
    ],
)
def test_every_content_arrives_byte_by_byte(smtp, standins_at_work, content):
    smtp.sendmail("s@status.example", "ana@example.com", content)
    smtp.sendmail("s@status.example", "bo@example.org", b"Subject: next\r\n")

    after, first = standins_at_work.store.mails()
    assert first.raw == content
    assert after.raw == b"Subject: next\r\n"


def test_commands_sent_ahead_are_answered_in_order(smtp, standins_at_work):
    smtp.ehlo()
    assert smtp.has_extn("pipelining")

    smtp.send(
        "MAIL FROM:<s@status.example>\r\nRCPT TO:<bounce-550@example.com>\r\n"
        "RCPT TO:<ana@example.com>\r\nDATA\r\n"
    )
    answers = [smtp.getreply()[0] for _ in range(4)]
    smtp.send("Subject: Hi\r\n\r\nHello\r\n.\r\n")

    assert answers == [250, 550, 250, 354]
    assert smtp.getreply()[0] == 250
    assert [mail.recipient for mail in standins_at_work.store.mails()] == ["ana@example.com"]


def test_data_without_a_recipient_is_refused(smtp):
    smtp.ehlo()
    smtp.mail("s@status.example")

    assert smtp.docmd("DATA")[0] == 503


AT_RCPT = [name for name, fault in FAULTS.items() if fault.phase is Phase.RCPT]


@pytest.mark.parametrize("name", AT_RCPT)
def test_an_address_that_is_named_after_a_fault_is_refused_so(smtp, standins_at_work, name):
    address = f"{name}.ana@example.com"

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.send_message(letter(address))

    code, text = refused.value.recipients[address]
    assert f"{code} {text.decode()}" == FAULTS[name].answer
    assert standins_at_work.store.mails() == []


def test_a_greylisted_address_is_accepted_the_second_time(smtp, standins_at_work):
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        smtp.send_message(letter("greylist-450@example.com"))

    smtp.send_message(letter("greylist-450@example.com"))

    assert len(standins_at_work.store.mails()) == 1


def test_an_address_that_does_not_exist_never_does(smtp):
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.send_message(letter("bounce-550@example.com"))


def test_spam_is_refused_after_it_was_read(smtp, standins_at_work):
    with pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.send_message(letter("spam-554@example.com"))

    assert refused.value.smtp_code == 554
    assert standins_at_work.store.mails() == []


def test_a_lost_answer_leaves_the_mail_delivered(smtp, standins_at_work):
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.send_message(letter("lost-answer@example.com"))

    assert len(standins_at_work.store.mails()) == 1


def test_a_name_that_only_begins_like_a_fault_is_an_ordinary_person(smtp, standins_at_work):
    smtp.send_message(letter("bounce-5500@example.com"))

    assert len(standins_at_work.store.mails()) == 1
