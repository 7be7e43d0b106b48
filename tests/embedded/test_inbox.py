import re
from email.message import EmailMessage
from html import unescape

import pytest

from tests.embedded.samples import letter

EVIL = "<script>alert('x')</script>"
ANA = "ana@example.com"


def test_an_empty_inbox_says_what_to_do(standins_at_work):
    page = standins_at_work.get("/").text

    assert "Nothing has arrived yet" in page
    assert "bounce-550@" in page


def test_everybody_who_got_something_is_listed(smtp, twilio, standins_at_work):
    for _ in range(2):
        smtp.send_message(letter(ANA))
    twilio.messages.create(to="+15005550101", from_="+15005550006", body="Hello")

    page = " ".join(standins_at_work.get("/inbox").text.split())
    assert re.search(r"ana@example\.com</span>.*?2 mails", page)
    assert re.search(r"\+15005550101</span>.*?1 text\b", page)
    assert standins_at_work.get("/inbox/counts.json").json() == {"mails": 2, "texts": 1}


@pytest.mark.parametrize("words", ["ANA", "slow log"])
def test_people_are_found_by_address_and_by_subject(smtp, standins_at_work, words):
    smtp.send_message(letter(ANA))
    smtp.send_message(letter("bo@example.org", "Maintenance on Sunday"))

    page = standins_at_work.get("/inbox", params={"q": words}).text

    assert ANA in page
    assert "bo@example.org" not in page


def test_a_search_without_a_result_says_so(smtp, standins_at_work):
    smtp.send_message(letter(ANA))

    page = standins_at_work.get("/inbox", params={"q": EVIL}).text

    assert "Nothing found for" in page
    assert EVIL not in page


def test_many_people_come_page_by_page(smtp, standins_at_work):
    everybody = [f"contact{number}@example.com" for number in range(150)]
    smtp.sendmail("s@status.example", everybody, b"Subject: Hi\r\n")

    pages = [standins_at_work.get(f"/inbox?page={number}").text for number in (0, 1)]
    shown = [set(re.findall(r"contact\d+@example\.com", page)) for page in pages]

    assert [len(each) for each in shown] == [100, 50]
    assert shown[0] | shown[1] == set(everybody)


def test_a_person_reads_mails_and_texts_in_the_order_of_time(smtp, twilio, standins_at_work):
    smtp.send_message(letter(ANA, "First"))
    twilio.messages.create(to="+15005550101", from_="+15005550006", body="Second")
    smtp.send_message(letter(ANA, "Third"))

    page = standins_at_work.get(f"/inbox/person?to={ANA}&to=+15005550101").text

    main = page.partition("<main>")[2]
    assert re.findall("First|Second|Third", main) == ["First", "Second", "Third"]


def test_what_a_mail_says_is_escaped_everywhere(smtp, standins_at_work):
    message = letter(ANA, EVIL, EVIL)
    message["X-Evil"] = EVIL
    message.replace_header("From", f'"{EVIL}" <s@status.example>')
    message.add_attachment(b"x", maintype="text", subtype="calendar", filename=f"{EVIL}.ics")
    smtp.send_message(message)

    paths = ["/inbox", f"/inbox/person?to={ANA}"]
    paths += [f"/inbox/mails/1?show={view}" for view in ("text", "headers", "source")]
    for path in paths:
        assert EVIL not in standins_at_work.get(path).text, path


def test_what_a_text_says_is_escaped(twilio, standins_at_work):
    twilio.messages.create(to="+15005550101", from_="+15005550006", body=EVIL)

    page = standins_at_work.get("/inbox/person?to=%2B15005550101").text

    assert EVIL not in page
    assert unescape(page).count(EVIL) == 1


def html_letter() -> EmailMessage:
    message = letter(ANA)
    message.add_alternative(f'<p title="a">Hello & welcome</p>{EVIL}', subtype="html")
    return message


def test_the_html_of_a_mail_is_shut_into_a_sandbox(smtp, standins_at_work):
    smtp.send_message(html_letter())

    answer = standins_at_work.get("/inbox/mails/1")

    assert EVIL not in answer.text
    frame = re.search(r'<iframe[^>]*sandbox="([^"]*)"\s+srcdoc="([^"]*)"', answer.text)
    assert "allow-scripts" not in frame[1]
    assert "allow-same-origin" not in frame[1]
    assert f'<p title="a">Hello & welcome</p>{EVIL}' in unescape(frame[2])
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "script-src" not in answer.headers["Content-Security-Policy"]


def test_the_source_of_a_mail_can_be_saved_as_it_came(smtp, standins_at_work):
    smtp.send_message(html_letter())

    answer = standins_at_work.get("/inbox/mails/1/source.eml")

    assert answer.content == standins_at_work.store.mails()[0].raw
    assert answer.headers["Content-Disposition"] == 'attachment; filename="1.eml"'


def test_an_attachment_can_be_saved(smtp, standins_at_work):
    message = letter(ANA)
    message.add_attachment(
        b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="w.ics"
    )
    smtp.send_message(message)

    answer = standins_at_work.get("/inbox/mails/1/attachments/0")

    assert answer.content == b"BEGIN:VCALENDAR"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="w.ics"'
    assert standins_at_work.get("/inbox/mails/1/attachments/1").status_code == 404


def test_a_mail_that_no_program_understands_is_still_shown(smtp, standins_at_work):
    head = b"Subject: =?no-such?q?=FF?=\r\nContent-Type: text/plain; charset=nope\r\n\r\n"
    smtp.sendmail("s@status.example", ANA, head + b"\xff\xe4 ok\r\n")

    assert " ok" in standins_at_work.get("/inbox/mails/1").text
    assert standins_at_work.get(f"/inbox/person?to={ANA}").ok


def test_messages_are_there_for_programs(smtp, twilio, standins_at_work):
    smtp.send_message(html_letter())
    twilio.messages.create(to="+15005550101", from_="+15005550006", body="Hello")

    [mail] = standins_at_work.get(f"/inbox/messages.json?to={ANA}").json()["mails"]
    [text] = standins_at_work.get("/inbox/messages.json?to=+15005550101").json()["texts"]

    assert (mail["subject"], mail["recipient"]) == ("Slow logins", ANA)
    assert mail["text"].strip() == "We are looking into it."
    assert mail["html"].startswith("<p title")
    assert ["Message-ID", "<1@status.example>"] in mail["headers"]
    assert (text["body"], text["segments"]) == ("Hello", 1)


def test_a_german_browser_is_answered_in_german(standins_at_work):
    page = standins_at_work.get("/inbox", headers={"Accept-Language": "fr, de-AT;q=0.8, en;q=0.5"})

    assert '<html lang="de">' in page.text
    assert '<html lang="en">' in standins_at_work.get("/inbox").text


def test_emptying_asks_first(smtp, standins_at_work):
    smtp.send_message(letter(ANA))

    assert "Empty the inbox?" in standins_at_work.get("/inbox/clear").text
    assert standins_at_work.store.counts().mails == 1
    assert "Nothing has arrived yet" in standins_at_work.post("/inbox/clear").text
    assert standins_at_work.store.counts().mails == 0


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_other_web_sites_are_kept_out(smtp, standins_at_work, headers):
    smtp.send_message(letter(ANA))

    assert standins_at_work.post("/inbox/clear", headers=headers).status_code == 403
    assert standins_at_work.store.counts().mails == 1


def test_a_mail_that_is_not_there_is_not_found(standins_at_work):
    assert standins_at_work.get("/inbox/mails/77").status_code == 404
