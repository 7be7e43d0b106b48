"""Two texts compared: what was added, what was taken out, what stays."""

from messaging.services.word_changes import Change, changes


def test_words_that_differ_are_told_apart_from_those_that_stay() -> None:
    assert changes("We are on it.", "We work on it now.") == [
        Change("same", "We"),
        Change("removed", "are"),
        Change("added", "work"),
        Change("same", "on"),
        Change("removed", "it."),
        Change("added", "it now."),
    ]


def test_spaces_and_single_line_breaks_are_no_change() -> None:
    assert changes("a  b\nc", "a b c") == [Change("same", "a b c")]


def test_paragraphs_stay_apart() -> None:
    assert changes("a\n\nb", "a\n\nb c") == [Change("same", "a \n b"), Change("added", "c")]
