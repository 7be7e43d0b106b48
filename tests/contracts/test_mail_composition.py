"""The quick way of composing a mail means, to the standard library, what Django's own way means."""

import re
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from messaging.channels import Content, Message, mime
from messaging.merging import FIELDS
from messaging.models import TemplateVariant
from messaging.services import library, placeholders, rendering

VALUES = {
    "salutation": "Guten Tag Ana & Zoë,",
    "support": "You can reach us: Telefon +49 341 1, https://help.example/.",
    "unsubscribe_url": "https://status.example/u/x/",
    "feedback_url": "https://status.example/f/x/",
    "preferences_url": "https://status.example/p/x/",
    "confirm_url": "https://status.example/c/x/",
}
HEADERS = {
    "Message-ID": "<abc.1@status.example>",
    "References": "<thread.1@status.example>",
    "In-Reply-To": "<thread.1@status.example>",
    "List-Unsubscribe": "<https://status.a-rather-long-name.example.com/u/0123456789abcdefghijkl/>",
}
GERMAN = Content(
    subject="Störung – Anmeldung",
    text=f"{FIELDS['salutation']}\n\nwir prüfen.\n.\n..a\n{FIELDS['unsubscribe_url']}\n",
    html=f"<p>{FIELDS['salutation']}</p>\r\n<a href='{FIELDS['unsubscribe_url']}'>weg</a>",
    headers={"List-Id": "Störungen <notices.status.example>", "Auto-Submitted": "auto-generated"},
)
ENGLISH = Content("Login", f"Only ascii {FIELDS['feedback_url']}\n", "<p>only ascii</p>")
OPEN_SUBJECT = replace(GERMAN, subject=f"{FIELDS['salutation']} es geht wieder")
LONG = replace(GERMAN, text="x" * 2_000, html=f"<p>{'ü ' * 480}{FIELDS['salutation']}</p>")
BREAKS = replace(GERMAN, text="one\rtwo\r\nthree\n\nfour ", html="\n. \n..\n\n")
CONTENTS = [GERMAN, ENGLISH, OPEN_SUBJECT, LONG, BREAKS, Content(text=" ")]

many = settings(max_examples=60, deadline=None)
is_slow = pytest.mark.slow(reason="Django composes each example as well, a millisecond or two each")

texts = st.text(st.characters(exclude_categories=["Cs"]))
# Without control characters: the standard library takes some of them for white space.
lines = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\r\n\0"))


def message(content=GERMAN, *, values=VALUES, headers=HEADERS):
    return Message(id=1, to="ana@example.com", content=content, values=values, headers=headers)


def meaning(composed):
    """What the standard library reads: headers, and every part with its text."""
    parsed = message_from_bytes(composed, policy=policy.default)
    parts = list(parsed.iter_parts())
    assert not any(part.defects for part in [parsed, *parts])
    headers = {name: str(value) for name, value in parsed.items()}
    del headers["Date"], headers["Content-Type"]
    return headers, [(part.get_content_type(), part.get_content()) for part in parts]


def ordinary(of):
    mail = mime.Notice(of.subject, of.text, to=[of.to], headers=of.all_headers)
    mail.attach_alternative(of.html, "text/html")
    return mail.message().as_bytes(linesep="\r\n")


def check_lines(composed):
    assert max(map(len, composed.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", composed)


@is_slow
@many
@given(st.sampled_from(CONTENTS), texts, texts)
@example(GERMAN, "Hello <b> 太郎 & Co,", "https://example.com/?a=1&b=2")
@example(GERMAN, "😀" * 300, "x" * 997)
@example(GERMAN, ".", "..")
@example(GERMAN, "\u202bמוטי\u202c שלום,", "\u200f")
@example(GERMAN, "Ana\r\nBcc: all@example.com\r\n\r\n", "a\rb\0c")
@example(LONG, "Ana", "")
def test_any_value_means_the_same_as_composed_by_django(content, salutation, url):
    values = VALUES | {"salutation": salutation, "unsubscribe_url": url}
    values |= {"feedback_url": "\\" + url}
    if content is OPEN_SUBJECT:
        values["salutation"] = re.sub(r"[\r\n\0]", " ", salutation)
    one = message(content, values=values)

    composed = mime.compose(one)

    assert meaning(composed) == meaning(ordinary(one))
    check_lines(composed)


@is_slow
@many
@given(st.sampled_from(CONTENTS), texts)
def test_for_a_server_of_ascii_only_it_means_the_same(content, salutation):
    values = VALUES | {"salutation": re.sub(r"[\r\n\0]", " ", salutation)}
    one = message(content, values=values)

    composed = mime.compose_7bit(one)

    assert composed.isascii()
    assert meaning(composed) == meaning(ordinary(one))
    check_lines(composed)


@is_slow
@many
@given(lines)
@example("x " * 1_000)
@example("ü" * 500)
@example("=?utf-8?q?=C3=BC?=")
def test_any_header_of_one_recipient_means_the_same_as_composed_by_django(value):
    one = message(headers={**HEADERS, "X-Note": value})

    composed = mime.compose(one)

    assert meaning(composed) == meaning(ordinary(one))
    check_lines(composed)


@many
@given(texts, st.sampled_from("\r\n\0"), texts)
def test_a_header_that_would_begin_another_is_refused(before, end, after):
    with pytest.raises(ValueError, match="X-Note"):
        mime.compose(message(headers={**HEADERS, "X-Note": before + end + after}))


def test_an_address_that_would_begin_a_header_is_refused():
    with pytest.raises(ValueError, match="address"):
        mime.compose(replace(message(), to="ana@example.com\r\nBcc: all@example.com"))


def test_headers_stay_on_one_line():
    composed = mime.compose(message()).decode().split("\r\n")

    assert {f"{name}: {value}" for name, value in HEADERS.items()} <= set(composed)


def test_what_is_missing_among_the_headers_is_made_for_each_message():
    one = message(headers={})

    first, second = (message_from_bytes(mime.compose(one)) for _number in range(2))

    assert first["Message-ID"] != second["Message-ID"]
    assert first["Date"]


def test_the_headers_of_one_recipient_beat_those_of_all():
    one = message(headers={**HEADERS, "Auto-Submitted": "no", "Date": "today"})

    assert meaning(mime.compose(one)) == meaning(ordinary(one))
    assert message_from_bytes(mime.compose(one)).get_all("Date") == ["today"]


def test_two_recipients_share_nothing_but_the_content():
    others = VALUES | {"salutation": "Hello Bo,", "unsubscribe_url": "https://status.example/u/y/"}
    mime.compose(message())

    composed = mime.compose(message(values=others, headers={**HEADERS, "Message-ID": "<b@x>"}))

    assert meaning(composed) == meaning(
        ordinary(message(values=others, headers={**HEADERS, "Message-ID": "<b@x>"}))
    )
    assert "Zoë".encode() not in composed


def named(sheet):
    return f"{sheet.language}-{sheet.stage}-{sheet.detail}"


@pytest.mark.parametrize("sheet", list(library.sheets()), ids=named)
def test_a_shipped_text_is_small_and_travels_unencoded(sheet):
    facts = dict.fromkeys(placeholders.FACTS, "Ein längerer Satz über das, was geschieht. " * 5)
    variant = TemplateVariant(
        subject=sheet.subject, body=sheet.body, language=sheet.language, detail=sheet.detail
    )
    rendered = rendering.render(variant, facts, "notice")
    one = message(Content(rendered.subject, rendered.text, rendered.html))

    composed = mime.compose(one)

    # Gmail cuts a mail off at 102 kB.
    assert len(composed) < 100_000
    assert b"quoted-printable" not in composed
    assert meaning(composed) == meaning(ordinary(one))
