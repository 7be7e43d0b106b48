"""How often the check is right, on messages that people have labelled."""

import pytest

from benchmarks import check as measuring
from messaging import check


@pytest.fixture(scope="module")
def messages() -> list[measuring.Labelled]:
    return [*measuring.read("seen"), *measuring.read("close")]


@pytest.fixture(scope="module")
def seen(messages: list[measuring.Labelled]) -> measuring.Score:
    return measuring.score(messages)


def test_what_it_finds_is_what_a_careful_reader_finds(seen: measuring.Score) -> None:
    assert seen.precision() >= 0.99
    assert seen.recall() >= 0.98


@pytest.mark.parametrize("rule", check.RULES)
def test_no_rule_is_a_guess(seen: measuring.Score, rule: str) -> None:
    assert seen.precision(rule) >= 0.95
    assert seen.recall(rule) >= 0.9


@pytest.mark.parametrize("rule", check.RULES)
def test_each_rule_is_tried_on_what_breaks_it_and_on_what_nearly_does(
    messages: list[measuring.Labelled], rule: str
) -> None:
    assert sum(rule in one.expected for one in messages) >= 10
    assert sum(rule in one.near for one in messages) >= 10


def test_every_label_names_a_rule_that_is_asked(messages: list[measuring.Labelled]) -> None:
    for message in messages:
        for rule in message.expected | message.near:
            assert message.draft.stage in check.RULES[rule].stages, message.id
