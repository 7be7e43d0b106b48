"""The judge of fault runs sees each of the wrongs it is there for."""

import pytest

from messaging.states import State
from tests.faults import oracle
from tests.faults.journal import ACCEPTED, Entry, Journal, read
from tests.faults.oracle import Row

ANA = Row(1, State.ACCEPTED, "ana@example.com")


def taken(id: int = 1, recipient: str = "ana@example.com", at: float = 100.0) -> Entry:
    return Entry(at, ACCEPTED, id, recipient, "digest")


@pytest.mark.parametrize(
    ("row", "entries", "complaint"),
    [
        (ANA, [], "lost: 1"),
        (Row(1, State.PENDING, ANA.address), [], "unfinished: 1"),
        (Row(1, State.SENDING, ANA.address), [taken()], "state mismatch: 1"),
        (Row(1, State.SKIPPED, ANA.address), [taken()], "state mismatch: 1"),
        (Row(1, State.FAILED, ANA.address), [taken()], "state mismatch: 1"),
        (ANA, [taken(), taken(2)], "unexpected: 1"),
        (ANA, [taken(recipient="bo@example.org")], "unexpected: 1"),
        (ANA, [taken(), taken(), taken()], "repeated: 2"),
    ],
)
def test_a_wrong_is_named(row: Row, entries: list[Entry], complaint: str):
    complaints = oracle.judge([row], entries).complaints(bound=1)

    assert any(words.startswith(complaint) for words in complaints)


@pytest.mark.parametrize(
    ("row", "entries"),
    [
        (ANA, [taken()]),
        (ANA, [taken(), taken()]),
        (Row(1, State.UNKNOWN, ANA.address), []),
        (Row(1, State.UNKNOWN, ANA.address), [taken()]),
        (Row(1, State.CANCELLED, ANA.address), []),
        (ANA, [Entry(99.0, "rcpt 450 later", 0, ANA.address, ""), taken()]),
    ],
)
def test_what_is_right_or_within_the_bound_is_let_pass(row: Row, entries: list[Entry]):
    assert oracle.judge([row], entries).complaints(bound=1) == []


@pytest.mark.parametrize(("seconds", "is_late"), [(4.9, False), (5.1, True)])
def test_five_seconds_after_a_wish_nothing_may_come(seconds: float, is_late: bool):
    verdict = oracle.judge([ANA], [taken(at=100 + seconds)], barred_at={1: 100.0})

    assert verdict.unexpected == ([1] if is_late else [])


def test_a_journal_reads_what_it_wrote(tmp_path):
    path = tmp_path / "mails"
    journal = Journal(path)
    journal.write(ACCEPTED, id=7, recipient="ana@example.com", body=b"words")
    journal.write("rcpt 451 a\ttab", recipient="bo@example.org")

    first, second = read(path)

    assert (first.what, first.id, first.recipient) == (ACCEPTED, 7, "ana@example.com")
    assert (second.what, second.id) == ("rcpt 451 a tab", 0)
    assert first.digest != second.digest
