import pytest

from messaging.services.plain_text import to_text

NARROW = """| Region | State |
| --- | --- |
| Frankfurt | **slow** |
| Dublin | fine |
"""
WIDE = f"""| Region | What we do there |
| --- | --- |
| Frankfurt | {"switch the store, " * 5}done |
| Dublin | |
"""


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("1. one\n   - a\n   - b\n2. two", "1. one\n   - a\n   - b\n2. two\n"),
        ("9. one\n10. two\n    more", "9. one\n10. two\n    more\n"),
        ("- one\n\n  again\n\n- two", "- one\n\n  again\n\n- two\n"),
        ("before\n\n- a\n  - b\n\nafter", "before\n\n- a\n  - b\n\nafter\n"),
        ("> one\n> two\n>\n> three", "> one\n> two\n>\n> three\n"),
        ("a\n\n> b\n>> c\n\nd", "a\n\n> b\n>\n> > c\n\nd\n"),
        ("> - a\n> - b", "> - a\n> - b\n"),
        ("- > a\n  > b", "- > a\n  > b\n"),
        ("- a\n\n      code", "- a\n\n      code\n"),
        ("- \n- b", "- b\n"),
    ],
)
def test_lists_and_quotes_keep_their_depth(source, text):
    assert to_text(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[Status](https://a.example/b)", "Status: https://a.example/b\n"),
        ("[https://a.example/b](https://a.example/b)", "https://a.example/b\n"),
        ("<ana@a.example>", "ana@a.example\n"),
        ("[Write](mailto:ana@a.example)", "Write: ana@a.example\n"),
        ("[+49 341 1](tel:+493411)", "+49 341 1: +493411\n"),
        ("[](https://a.example)", "https://a.example\n"),
    ],
)
def test_an_address_is_written_out_once(source, text):
    assert to_text(source) == text


def test_a_long_address_stays_whole():
    address = f"https://a.example/{'b' * 300}"

    assert to_text(f"{'word ' * 40}<{address}>").splitlines()[0].endswith(f" {address}")


def test_a_narrow_table_stands_in_columns():
    assert to_text(NARROW) == (
        "Region     State\n---------  -----\nFrankfurt  slow\nDublin     fine\n"
    )


def test_a_wide_table_is_told_row_by_row():
    assert to_text(f"{WIDE}\n\nAfter.") == (
        "Region: Frankfurt\n"
        f"What we do there: {'switch the store, ' * 5}done\n"
        "\n"
        "Region: Dublin\n"
        "\n"
        "After.\n"
    )
