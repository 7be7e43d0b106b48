"""What the engine relies on, whoever carries the message."""

import html

import pytest

from messaging.channels import (
    Accepted,
    PermanentFailure,
    SenderFault,
    TemporaryFailure,
    UnknownOutcome,
)
from tests.contracts.rigs import ON_A_LINE, RIGS, message

SALUTATION = 'Hallo "Ana" & <Bo> O\'Neil 🙂,\nzweite Zeile – $5 100 %'


@pytest.fixture(params=RIGS)
def rig(request, settings):
    with RIGS[request.param](request, settings) as rig:
        yield rig


on_a_line = pytest.mark.parametrize("rig", ON_A_LINE, indirect=True)


def kinds(outcomes):
    return [type(outcome) for outcome in outcomes]


def three(rig):
    return [message(to, number=number) for number, to in enumerate(rig.people, 1)]


def test_every_message_has_an_outcome_and_arrives_in_its_order(rig):
    assert kinds(rig.send(three(rig))) == [Accepted] * 3

    assert [one.to for one in rig.arrived()] == [(to,) for to in rig.people]


def test_an_empty_parcel_has_no_outcomes(rig):
    assert rig.send([]) == []
    assert rig.arrived() == []


def test_a_connection_takes_one_parcel_after_the_other(rig):
    first, second, third = three(rig)

    with rig.channel.open() as connection:
        outcomes = [*connection.send([first]), *connection.send([second, third])]

    assert kinds(outcomes) == [Accepted] * 3
    assert len(rig.arrived()) == 3


def test_what_was_recalled_is_not_handed_over(rig):
    first, recalled, last = three(rig)
    recalled.is_recalled = True

    assert kinds(rig.send([first, recalled, last])) == [Accepted, type(None), Accepted]

    assert [one.to for one in rig.arrived()] == [(rig.people[0],), (rig.people[2],)]


def test_a_refused_recipient_keeps_nobody_else_from_being_served(rig):
    first, refused, last = three(rig)
    refused.to = rig.nobody

    outcomes = rig.send([first, refused, last])

    assert isinstance(outcomes[1], PermanentFailure)
    assert kinds([outcomes[0], outcomes[2]]) == [Accepted] * 2
    assert [one.to for one in rig.arrived()] == [(rig.people[0],), (rig.people[2],)]


@on_a_line
def test_a_fault_of_ours_ends_the_parcel(rig):
    rig.blame_us()

    assert kinds(rig.send(three(rig))) == [SenderFault]
    assert rig.arrived() == []


@on_a_line
def test_where_nobody_listens_nothing_was_sent(rig):
    rig.unplug()

    assert kinds(rig.send(three(rig))) == [TemporaryFailure] * 3


@on_a_line
def test_silence_after_the_message_leaves_the_outcome_unknown(rig):
    rig.go_silent()

    assert kinds(rig.send(three(rig)[:2])) == [UnknownOutcome] * 2


def test_what_a_value_has_in_it_arrives_unchanged(rig):
    rig.send([message(to, salutation=SALUTATION, number=n) for n, to in enumerate(rig.people, 1)])

    for number, one in enumerate(rig.arrived(), 1):
        assert SALUTATION in one.text.replace("\r\n", "\n")
        assert f"https://status.example/u/{number}/?a=1&b=2" in one.text
        if one.html:
            shown = one.html.replace("\r\n", "\n")
            assert f"<p>{html.escape(SALUTATION)}</p>" in shown
            assert f'href="https://status.example/u/{number}/?a=1&amp;b=2"' in shown


def test_nobody_sees_who_else_was_written_to(rig):
    rig.send(three(rig))

    for to, one in zip(rig.people, rig.arrived(), strict=True):
        assert one.to == (to,)
        assert not [other for other in rig.people if other != to and other in one.everything]


def test_what_nobody_foresaw_costs_its_own_message(rig):
    first, broken, last = three(rig)
    broken.values = {}

    with rig.channel.open() as connection:
        outcomes = connection.send([first, broken, last])
        assert kinds([next(outcomes)]) == [Accepted]
        try:
            assert isinstance(next(outcomes), PermanentFailure)
            rest = outcomes
        except KeyError:
            rest = connection.send([last])
        assert kinds(rest) == [Accepted]

    assert [one.to for one in rig.arrived()] == [(rig.people[0],), (rig.people[2],)]
