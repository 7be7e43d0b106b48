"""Rules as sentences."""

import pytest

from audiences import rules


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ({}, ""),
        (
            {
                "all": [
                    {"field": "language", "equals": "de"},
                    {"field": "account.tier", "equals": "key"},
                ]
            },
            "Language is German and account tier is key account",
        ),
        ({"not": {"field": "account.kind", "equals": "internal"}}, "Account kind is not internal"),
        ({"field": "language", "one_of": ["de", "en"]}, "Language is German or English"),
        (
            {"field": "attributes.city", "one_of": ["Ulm", "Bonn", 5]},
            "Attribute “city” is “Ulm”, “Bonn” or 5",
        ),
        ({"field": "attributes.is_trial", "equals": True}, "Attribute “is_trial” is yes"),
        ({"field": "account.name", "contains": "AG"}, "Account name contains “AG”"),
        (
            {"not": {"field": "account.name", "contains": "AG"}},
            "Account name does not contain “AG”",
        ),
        (
            {"field": "attributes.a", "before": "2026-01-31"},
            "Attribute “a” is before 31 January 2026",
        ),
        ({"field": "attributes.a", "after": "1 week ago"}, "Attribute “a” is after 7 days ago"),
        ({"field": "attributes.a", "after": "today"}, "Attribute “a” is after today"),
        ({"not": {"field": "attributes.a", "more": 2.5}}, "Attribute “a” is not more than 2.5"),
        ({"not": {"uses": "checkout"}}, "The account does not use “checkout”"),
        ({"in_segment": "keys"}, "Is in the segment “Key accounts”"),
        ({"in_segment": "gone"}, "Is in the segment “gone”"),
        (
            {"all": [{"any": [{"uses": "a"}, {"uses": "b"}]}, {"not": {"all": [{"uses": "c"}]}}]},
            "(the account uses “a” or the account uses “b”) and not (the account uses “c”)",
        ),
    ],
)
def test_a_rule_reads_as_a_sentence(rule: object, sentence: str) -> None:
    assert rules.describe(rule, segments={"keys": "Key accounts"}) == sentence
