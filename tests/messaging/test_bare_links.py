"""An address that nobody marked as a link is one all the same, and nothing around it is."""

import pytest

from messaging import merging
from messaging.services import markdown, plain_text


@pytest.mark.parametrize(
    ("written", "address", "behind"),
    [
        ("See https://status.example.com/x.", "https://status.example.com/x", "."),
        ("(see http://a.example/b_c_(d))", "http://a.example/b_c_(d)", ")"),
        ("**https://a.example/?q=1&r=2**", "https://a.example/?q=1&amp;r=2", ""),
        (markdown.escape("https://a.example/b-c_d"), "https://a.example/b-c_d", ""),
        ("| https://a.example/t | x |\n|-|-|\n| 1 | 2 |", "https://a.example/t", ""),
    ],
)
def test_a_bare_address_is_a_link_without_what_ends_its_sentence(
    written: str, address: str, behind: str
) -> None:
    said = markdown.to_html(written)

    assert f'<a href="{address}" rel="noopener noreferrer">{address}</a>{behind}' in said
    assert said.count("<a ") == 1


@pytest.mark.parametrize(
    "written", ["`https://a.example`", "javascript:alert(1)", "ftp://a.example/x", "https://..."]
)
def test_what_is_code_or_no_web_address_stays_text(written: str) -> None:
    assert "<a " not in markdown.to_html(written)


def test_a_link_with_words_of_its_own_stays_one_link() -> None:
    said = markdown.to_html("[https://a.example/ now](https://b.example/)")

    assert said.count("<a ") == 1
    assert 'href="https://b.example/"' in said


def test_the_plain_text_says_a_bare_address_once() -> None:
    assert plain_text.to_text("Look at https://a.example/b.") == "Look at https://a.example/b.\n"


def test_a_page_among_the_ways_to_reach_us_can_be_opened() -> None:
    values = dict.fromkeys(merging.FIELDS, "") | {"support": "Pages: https://a.example/?q=1&r=2."}

    said = merging.merge_html(f"<p>{merging.FIELDS['support']}</p>", values)

    address = "https://a.example/?q=1&amp;r=2"
    assert said == f'<p>Pages: <a href="{address}">{address}</a>.</p>'
