"""Who a segment's rule names."""

import pytest
from django.core.exceptions import ValidationError

from audiences import rules
from audiences.models import Contact
from tests.factories import ContactFactory, SegmentFactory

# Words that Django reads as lookups when they follow a field's name.
LOOKUPS = ["contains", "isnull", "range", "gt", "regex", "in", "exact", "has_key", "date"]


def named(rule: dict) -> set[str]:
    return {contact.name for contact in Contact.objects.filter(rules.compile(rule))}


@pytest.fixture
def people(db: None) -> None:
    ContactFactory(name="Ana", attributes={"region": "EU", "seats": 5, "is_trial": True})
    ContactFactory(name="Bo", attributes={"region": "US", "seats": 50, "is_trial": False})
    ContactFactory(name="Cy", attributes={})


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"field": "attributes.region", "equals": "EU"}, {"Ana"}),
        ({"field": "attributes.seats", "equals": 50}, {"Bo"}),
        ({"field": "attributes.is_trial", "equals": True}, {"Ana"}),
        ({"field": "attributes.region", "one_of": ["EU", "US"]}, {"Ana", "Bo"}),
        ({"field": "attributes.seats", "one_of": [5, 6.5]}, {"Ana"}),
        ({"field": "attributes.nothing", "equals": "EU"}, set()),
        ({"not": {"field": "attributes.region", "equals": "EU"}}, {"Bo", "Cy"}),
        ({"field": "language", "one_of": ["en", "de"]}, {"Ana", "Bo", "Cy"}),
    ],
)
def test_a_rule_names_whom_it_says(people: None, condition: dict, who: set[str]) -> None:
    assert named(condition) == who


@pytest.mark.parametrize("name", LOOKUPS)
def test_an_attribute_may_have_any_name(db: None, name: str) -> None:
    ContactFactory(name="Ana", attributes={name: "yes"})
    ContactFactory(name="Bo", attributes={name: "no", "yes": 1})

    assert named({"field": f"attributes.{name}", "equals": "yes"}) == {"Ana"}
    assert named({"field": f"attributes.{name}", "one_of": ["yes", "perhaps"]}) == {"Ana"}


@pytest.mark.parametrize(
    "rule",
    [
        {"field": "language", "one_of": []},
        {"field": "language", "one_of": ["en", None]},
        {"field": "attributes.region", "one_of": [["EU"], {"a": 1}]},
        {"field": "attributes.region", "equals": None},
        {"field": "attributes.region", "equals": {"a": 1}},
        {"field": "attributes.region__contains", "equals": "EU"},
        {"field": "attributes.region", "equals": "EU", "one_of": ["EU"]},
        {"all": []},
        [],
    ],
)
def test_what_is_not_understood_is_refused(rule: object) -> None:
    with pytest.raises(rules.InvalidRule):
        rules.compile(rule)


def test_a_rule_the_database_refuses_is_refused_at_its_field(db: None) -> None:
    segment = SegmentFactory.build(rule={"field": "account.name", "equals": "a\x00b\ud800"})

    with pytest.raises(ValidationError) as refused:
        segment.full_clean()

    assert "rule" in refused.value.message_dict
