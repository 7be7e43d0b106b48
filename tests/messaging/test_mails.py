"""Every text that comes with the product, as the mail that a customer gets in production."""

import inspect
import re
from email import message_from_bytes, policy
from functools import cache
from html.parser import HTMLParser

import pytest

from benchmarks.engine.mails import BASE_URL, PIXEL, shipped
from messaging.models import Template
from messaging.services import letter_words
from tests import mailreader

MAILS = list(shipped())
every_mail = pytest.mark.parametrize("mail", MAILS, ids=[mail.name for mail in MAILS])

_HEADERS = {
    *("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("References", "In-Reply-To", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
    "Auto-Submitted",
}
_OF_A_LIST = {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}


class Markup(HTMLParser):
    """What a page refers to, by links and by what it would load."""

    def __init__(self, html):
        super().__init__()
        self.links, self.loaded, self.tables, self.text, self.lang = [], [], [], [], ""
        self.is_read = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.lang = values["lang"] if tag == "html" else self.lang
        self.is_read = tag not in {"style", "title"}
        self.links += [values["href"]] if tag == "a" else []
        self.loaded += [v for name, v in attrs if name in {"src", "srcset", "background", "poster"}]
        self.loaded += [values["href"]] if tag == "link" else []
        self.tables += [values] if tag == "table" else []

    def handle_data(self, data):
        if self.is_read:
            self.text.append(data)


@cache
def parsed(mail):
    return message_from_bytes(mail.raw, policy=policy.default)


@cache
def markup_of(mail):
    return Markup(parsed(mail).get_body(("html",)).get_content())


def test_every_text_is_looked_at_in_both_languages_and_every_look():
    names = {tuple(mail.name.split("-")) for mail in MAILS}

    looks = ("plain", "logo", "written")
    texts = {(code, stage, "public") for code in ("de", "en") for stage in Template.Stage.values}
    assert {(*text, kind) for text in texts for kind in looks} <= names
    letters = inspect.getmembers(letter_words, inspect.isfunction)
    ours = {name for name, one in letters if one.__module__ == letter_words.__name__}
    assert {name for name in ours if name[0] != "_"} == {
        name for _code, name, kind, _look in names if kind == "letter"
    }


@pytest.mark.parametrize("stage", ["feedback", "ask_again", "survey", "survey_again"])
def test_a_request_can_be_answered_from_the_mail(stage):
    asked = [mail for mail in MAILS if mail.name.split("-")[1] == stage]

    for mail in asked:
        links = markup_of(mail).links
        assert [link[-1] for link in links if "?score=" in link] == [*"12345"]
    assert len(asked) == 6


def test_only_letters_to_one_person_have_no_list_to_leave():
    stages = {mail.name.split("-")[1] for mail in MAILS if mail.is_personal}

    assert {one for one in stages if one in Template.Stage.values} == {*Template.DUTY}


@every_mail
def test_two_readers_find_the_same_in_it(mail):
    ours, theirs = parsed(mail), mailreader.read(mail.raw)

    leaves = [part for part in ours.walk() if not part.is_multipart()]
    assert not [defect for part in ours.walk() for defect in part.defects]
    assert [part.get_content_type() for part in leaves] == [one.kind for one in theirs.leaves()]
    assert [part.get_payload(decode=True) for part in leaves] == [
        one.body for one in theirs.leaves()
    ]
    for name in {"Subject", "From", "To", "List-Id", "Message-ID"} & {*ours.keys()}:
        assert str(ours[name]) == theirs.headers[name.lower()]


@every_mail
def test_it_has_all_headers_and_is_small(mail):
    message = parsed(mail)

    assert set(message.keys()) == _HEADERS - (_OF_A_LIST if mail.is_personal else set())
    assert len(mail.raw) + 50_000 * 4 / 3 < 100_000
    assert max(map(len, mail.raw.split(b"\r\n"))) <= 998


@every_mail
def test_every_link_is_https_and_nothing_is_fetched(mail):
    html = parsed(mail).get_body(("html",)).get_content()
    text = parsed(mail).get_body(("plain",)).get_content()
    markup = markup_of(mail)

    assert len(markup.links) >= 2
    assert all(f"{link}/".startswith(f"{BASE_URL}/") for link in markup.links)
    assert all(loaded.startswith("cid:") for loaded in markup.loaded)
    assert not re.search(r"url\(|@import|@font-face", html)
    assert set(re.findall(r"https?://[^/\s]+", text)) == {BASE_URL}


@every_mail
def test_it_says_its_language_and_which_tables_are_none(mail):
    markup = markup_of(mail)

    layout = [table for table in markup.tables if table.get("role") == "presentation"]
    assert markup.lang == mail.language
    assert len(markup.tables) - len(layout) == 0 or mail.name.endswith("-written")


@every_mail
def test_both_parts_say_the_same(mail):
    """Each word of the plain text stands in the HTML: only addresses and drawing do not."""
    html = " ".join(markup_of(mail).text)
    text = re.sub(r"https?://\S+", "", parsed(mail).get_body(("plain",)).get_content())

    missing = set(re.findall(r"[^\W\d_]{3,}", text)) - set(re.findall(r"[^\W\d_]{3,}", html))
    assert missing <= {"Alle", "Meldungen", "All", "updates", "Beispiel", "Söhne"}


def test_the_picture_travels_inside_under_the_name_by_which_it_is_shown():
    for mail in [one for one in MAILS if one.name.endswith("-logo")][:4]:
        (picture,) = [
            part for part in parsed(mail).walk() if part.get_content_maintype() == "image"
        ]
        (shown,) = markup_of(mail).loaded

        assert picture.get_payload(decode=True) == PIXEL
        assert picture["Content-ID"] == f"<{shown.removeprefix('cid:')}>"
        assert picture.get_content_disposition() == "inline"
