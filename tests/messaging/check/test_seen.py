"""What must not be said is not said in another spelling either."""

import pytest

from messaging import check
from messaging.check import technical
from tests.messaging.check.test_rules import draft

KEPT = {"technical": ["Quorum lost on cache_eu."], "systems": ["pg-main-03, Hydra, search"]}


def quotes(text: str, **changes: object) -> list[str]:
    return [text[start:end] for start, end in technical.leaks(text, **KEPT | changes)]


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("We restart **pg-main**-03 now.", "pg-main**-03"),
        ("Wir arbeiten an _pg-main-03_ weiter.", "pg-main-03"),
        ("We restart pg-m**ai**n-03.", "pg-m**ai**n-03"),
        ("We restart [pg](https://example.com)-main-03.", "pg](https://example.com)-main-03"),
        ("We restart [it](https://example.com/pg-main-03).", "pg-main-03"),
        ("![pg-m*ai*n-03](https://example.com/a.png)", "pg-m*ai*n-03"),
        ("We restart `pg-main-03`.", "pg-main-03"),
        (r"We restart pg\-main\-03.", r"pg\-main\-03"),
        ("We restart pg&#45;main-03.", "pg&#45;main-03"),
        ("We restart pg-ma&shy;in-03.", "pg-ma&shy;in-03"),
        ("We restart pg\u2011main\u201303.", "pg\u2011main\u201303"),
        ("We restart pg-\nmain-03.", "pg-\nmain-03"),
        ("We restart pg-ma\u200bin-0\u00ad3.", "pg-ma\u200bin-0\u00ad3"),
        ("We restart ｐｇ-main-03.", "ｐｇ-main-03"),
        ("We restart pg-m\u0430in-03.", "pg-m\u0430in-03"),  # Cyrillic a
        ("We restart \u0420G-M\u0391IN-03.", "\u0420G-M\u0391IN-03"),  # Cyrillic Er, Greek Alpha
        ("We restart p\u0332g\u0336-main-0\u20de3.", "p\u0332g\u0336-main-0\u20de3"),
        ("We restart pg\ufe0f-ma\u2060i\U000e0100n-03.", "pg\ufe0f-ma\u2060i\U000e0100n-03"),
        ("We restart pg-m\x08ain-03.", "pg-m\x08ain-03"),
        ("See https://example.com/pg-m%61in%2D03.", "pg-m%61in%2D03"),
        ("See [it](https://example.com/pg%252Dm%C3%A0in-03 'pg%2dmain-03').", "pg%2dmain-03"),
        ("See https://example.com/pg-m%D0%B0in-03.", "pg-m%D0%B0in-03"),
        ("We restart the pg-main-03s.", "pg-main-03s"),
        ("Der PG-Main-03-Server steht.", "PG-Main-03"),
        ("We restart pg-main-03.internal.", "pg-main-03"),
        ("Both Hydras are away.", "Hydras"),
        ("Der Hydra-Server steht.", "Hydra"),
        ("Quorum *lost* on\u00a0cache\\_eu", "Quorum *lost* on\u00a0cache\\_eu"),
    ],
)
def test_a_technical_fact_is_found_as_readers_would_see_it_and_quoted_as_written(text, quote):
    assert quotes(text) == [quote]


@pytest.mark.parametrize(
    "text",
    [
        "Our research goes on, and searching works.",
        "Our pg main 03 letters are late.",
        "We restart pg-main-030.",
        "Quorum. It lost nothing.",
        "It is 20% faster, 50%25 more; 100%de sicher.",
    ],
)
def test_ordinary_words_are_no_technical_fact(text):
    assert quotes(text) == []


def test_what_a_public_name_says_may_be_said_in_any_spelling():
    assert quotes("**Search**-Seite, Hydra\u2011Mail", public=["Search", "Hydra-Mail"]) == []


@pytest.mark.parametrize(
    ("rule", "text", "quote"),
    [
        ("host-name", "We are restarting **db-prod**-03 now.", "db-prod**-03"),
        ("host-name", "We are restarting db\u2011prod\u201103 now.", "db\u2011prod\u201103"),
        (
            "host-name",
            "See https://jira%2Eacme.example%2fx now.",
            "https://jira%2Eacme.example%2fx",
        ),
        ("host-name", "See https://wiki\u3002intern now.", "https://wiki\u3002intern"),
        ("host-name", "See wiki.int\u0435rn now.", "wiki.int\u0435rn"),
        ("internal-word", "The **Hyd**ra is slow; we test.", "Hyd**ra"),
    ],
)
def test_so_are_names_of_machines_and_words_of_the_house(rule, text, quote):
    found = check.read(draft(text, internal_words=["hydra"]))
    assert [one.quote for one in found if one.rule == rule] == [quote]
