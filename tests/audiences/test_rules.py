"""Who a segment's rule names."""

import pytest
from django.core.exceptions import ValidationError

from audiences import rules
from audiences.fields import validate_flat
from audiences.models import AudienceKind, ComponentUse, Contact, Segment
from audiences.models.segments import SegmentWorld
from tests.factories import (
    AccountFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
    UserFactory,
)

# Words that Django reads as lookups when they follow a field's name.
LOOKUPS = ["contains", "isnull", "range", "gt", "regex", "in", "exact", "has_key", "date"]
WORDS = ["Große Stadt", "a.b__c", "it's 100% {name}", "back\\slash", "x" * 189]


EVERYBODY = {"Ana", "Bo", "Cy", "Di", "Ed", "Fi", "Gus"}


def named(rule: dict) -> set[str]:
    condition = rules.compile(rule, world=SegmentWorld("email"))
    found = [contact.name for contact in Contact.objects.filter(condition)]
    others = rules.compile({"not": rule}, world=SegmentWorld("email"))
    left = [contact.name for contact in Contact.objects.filter(others)]
    # Everybody is on one side, once: a condition is never unknown.
    assert sorted(found + left) == sorted(Contact.objects.values_list("name", flat=True))
    return set(found)


@pytest.fixture
def people(db: None) -> None:
    ContactFactory(name="Ana", attributes={"region": "EU", "seats": 5, "is_trial": True})
    ContactFactory(name="Bo", attributes={"region": "US", "seats": 50, "is_trial": False})
    ContactFactory(name="Cy", attributes={})
    # As a file brings it.
    ContactFactory(name="Di", attributes={"region": "EU", "seats": "5", "is_trial": "true"})
    ContactFactory(name="Ed", attributes={"region": None, "seats": [5], "is_trial": {"a": 1}})
    ContactFactory(name="Fi", attributes={"region": "", "seats": 6.5, "is_trial": 1})
    # No column holds such a number; nobody may stumble over it.
    ContactFactory(name="Gus", attributes={"seats": 10**400, "is_trial": "1" * 400})


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"field": "attributes.region", "equals": "EU"}, {"Ana", "Di"}),
        ({"field": "attributes.region", "equals": "eu"}, set()),
        ({"field": "attributes.region", "one_of": ["EU", "US"]}, {"Ana", "Bo", "Di"}),
        ({"field": "attributes.region", "contains": "u"}, {"Ana", "Bo", "Di"}),
        ({"field": "attributes.region", "contains": "%"}, set()),
        ({"field": "attributes.region", "exists": True}, {"Ana", "Bo", "Di"}),
        ({"field": "attributes.nothing", "equals": "EU"}, set()),
        ({"field": "attributes.nothing", "exists": True}, set()),
        ({"not": {"field": "attributes.region", "equals": "EU"}}, {"Bo", "Cy", "Ed", "Fi", "Gus"}),
        ({"field": "attributes.seats", "equals": 5}, {"Ana", "Di"}),
        ({"field": "attributes.seats", "equals": "5"}, {"Ana", "Di"}),
        ({"field": "attributes.seats", "equals": 5.0}, {"Ana", "Di"}),
        ({"field": "attributes.seats", "one_of": [5, 6.5, "x"]}, {"Ana", "Di", "Fi"}),
        ({"field": "attributes.seats", "less": 6}, {"Ana", "Di"}),
        ({"field": "attributes.seats", "less": 5}, set()),
        ({"field": "attributes.seats", "more": 5}, {"Bo", "Fi"}),
        ({"field": "attributes.seats", "contains": "5"}, {"Ana", "Bo", "Di", "Fi"}),
        ({"field": "attributes.is_trial", "equals": True}, {"Ana", "Di"}),
        ({"field": "attributes.is_trial", "equals": False}, {"Bo"}),
        ({"field": "attributes.is_trial", "equals": 1}, {"Fi"}),
        ({"field": "attributes.is_trial", "exists": True}, {"Ana", "Bo", "Di", "Fi", "Gus"}),
        ({"field": "language", "one_of": ["en", "de"]}, EVERYBODY),
        ({"field": "language", "equals": "de"}, set()),
        ({"field": "time_zone", "exists": True}, set()),
    ],
)
def test_a_rule_names_whom_it_says(people: None, condition: dict, who: set[str]) -> None:
    assert named(condition) == who


SHORT = {"short", "half short"}


@pytest.mark.parametrize(
    ("test", "who"),
    [
        ({"before": "2026-01-31"}, {"iso", "german", *SHORT}),
        ({"after": "2026-01-30"}, {"that day", "moment", "later"}),
        ({"after": "2026-01-31"}, {"later"}),
        ({"before": "2026-02-01"}, {"iso", "german", "that day", "moment", *SHORT}),
        ({"before": "today"}, {"iso", "german", "that day", "moment", *SHORT}),
        ({"after": "in 2 weeks"}, {"later"}),
        ({"before": "9999 days ago"}, set()),
        ({"before": "heute"}, {"iso", "german", "that day", "moment", *SHORT}),
        ({"after": "in 2 Wochen"}, {"later"}),
        ({"after": "in 1 Tag"}, {"later"}),
        ({"before": "vor 9999 Tagen"}, set()),
        ({"before": "2024-02-02"}, SHORT),
        ({"before": "2024-02-01"}, {"half short"}),
        ({"before": "2023-12-01"}, set()),
    ],
)
def test_dates_are_compared_as_days(db: None, test: dict, who: set[str]) -> None:
    for name, since in {
        "iso": "2026-01-30",
        "german": "30.01.2026",
        "that day": "2026-01-31",
        "moment": "2026-01-31T23:00:00Z",
        "later": "2999-01-01",
        "short": "1.2.24",
        "half short": "1.12.2023",
        "words": "last year",
        "words in that shape": "well-to-do",
        "words with points": "i.V.OK",
        "words with more points": "ab.cd.ef",
        "version": "1.2.x",
        "number": 20260130,
        "like a date": "2026-01-3",
    }.items():
        ContactFactory(name=name, attributes={"since": since})

    assert named({"field": "attributes.since", **test}) == who


def test_dates_are_understood_as_spreadsheets_and_browsers_write_them(db: None) -> None:
    dates = {"30.01.2026 08:30", "30.1.26 8:30:00", "30.1.2026, 08:30", "30. 1. 2026", "2026/01/30"}
    words = {"30.01.2026 or later", "1.2.x 08:30", "ab.cd.ef 08:30", "30/01/2026"}
    for since in dates | words:
        ContactFactory(name=since, attributes={"since": since})
    rule = {"field": "attributes.since", "after": "2026-01-29"}

    assert named({"all": [rule, {"field": "attributes.since", "before": "2026-01-31"}]}) == dates


def test_a_name_that_no_rule_can_ask_for_is_refused() -> None:
    for name in ('a"b', "", "a\tb"):
        with pytest.raises(ValidationError):
            validate_flat({name: "yes"})


@pytest.mark.parametrize("name", [*LOOKUPS, *WORDS, "2024", "0"])
def test_an_attribute_may_have_any_name(db: None, name: str) -> None:
    ContactFactory(name="Ana", attributes={name: "yes"})
    ContactFactory(name="Bo", attributes={name: "no", "yes": 1})
    ContactFactory(name="Cy", attributes={})

    assert named({"field": f"attributes.{name}", "equals": "yes"}) == {"Ana"}
    assert named({"field": f"attributes.{name}", "one_of": ["yes", "perhaps"]}) == {"Ana"}


@pytest.mark.parametrize("typed", ["öst", "ÖST", "Öst"])
def test_case_makes_no_difference_in_german_either(db: None, typed: str) -> None:
    ContactFactory(name="Ana", attributes={"country": "Österreich"})
    ContactFactory(name="Bo", account=AccountFactory(name="ÖSTERREICH AG"))

    assert named({"field": "attributes.country", "contains": typed}) == {"Ana"}
    assert named({"field": "account.name", "contains": typed}) == {"Bo"}


@pytest.fixture
def accounts(db: None) -> None:
    key = AccountFactory(
        name="Muster AG", tier="key", external_id="K-1", account_manager=UserFactory(username="kim")
    )
    partner = AccountFactory(name="Partner_100%", kind=AudienceKind.PARTNER, external_id="7")
    ContactFactory(name="Ana", account=key)
    ContactFactory(name="Bo", account=partner)
    ContactFactory(name="Cy")
    for component in ("checkout", "search"):
        ComponentUse.objects.create(account=key, component=component)
    ComponentUse.objects.create(account=partner, component="search")


@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ({"field": "account.tier", "equals": "key"}, {"Ana"}),
        ({"not": {"field": "account.tier", "equals": "key"}}, {"Bo", "Cy"}),
        ({"not": {"not": {"field": "account.tier", "equals": "key"}}}, {"Ana"}),
        ({"field": "account.kind", "one_of": ["partner", "internal"]}, {"Bo"}),
        ({"field": "account.name", "contains": "muster"}, {"Ana"}),
        ({"field": "account.name", "contains": "_1"}, {"Bo"}),
        ({"field": "account.name", "contains": "r_A"}, set()),
        ({"field": "account.external_id", "equals": 7}, {"Bo"}),
        ({"field": "account.name", "exists": True}, {"Ana", "Bo"}),
        ({"field": "account.manager", "equals": "kim"}, {"Ana"}),
        ({"not": {"field": "account.manager", "exists": True}}, {"Bo", "Cy"}),
        ({"uses": "checkout"}, {"Ana"}),
        ({"uses": "search"}, {"Ana", "Bo"}),
        ({"not": {"uses": "search"}}, {"Cy"}),
        ({"any": [{"uses": "checkout"}, {"field": "account.kind", "equals": "partner"}]},
         {"Ana", "Bo"}),
        ({"all": [{"uses": "search"}, {"not": {"field": "account.tier", "equals": "key"}}]},
         {"Bo"}),
        ({"not": {"all": [{"field": "account.tier", "equals": "key"}, {"uses": "checkout"}]}},
         {"Bo", "Cy"}),
    ],
)  # fmt: skip
def test_a_rule_asks_about_the_account(accounts: None, condition: dict, who: set[str]) -> None:
    assert named(condition) == who


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"field": "language", "one_of": []}, "At one_of: A list of 1 to 100"),
        ({"field": "language", "one_of": ["en", None]}, "At one_of › 2: A text of at most"),
        ({"field": "language", "equals": "xx"}, "“xx” is not offered. Known are de, en."),
        ({"field": "attributes.region", "one_of": [["EU"], {"a": 1}]}, "At one_of › 1:"),
        ({"field": "attributes.region", "equals": None}, "At equals: A text"),
        ({"field": "attributes.region", "equals": ""}, "At equals: A text"),
        ({"field": "attributes.region", "equals": "x" * 201}, "At equals: A text"),
        ({"field": "attributes.region", "equals": "a\x00b"}, "At equals: A text"),
        ({"field": "attributes.region", "equals": "\ud800"}, "At equals: A text"),
        ({"field": "attributes.region", "equals": 10**400}, "At equals: A text"),
        ({"field": "attributes.region", "equals": float("nan")}, "At equals: A text"),
        ({"field": "attributes.region", "equals": {"a": 1}}, "At equals: A text"),
        ({"field": 'attributes.a"b', "equals": "EU"}, "At field: Unknown field"),
        ({"field": "password", "equals": "EU"}, "Known are language, time_zone, account.name"),
        ({"field": ["language"], "equals": "EU"}, "At field: Unknown field"),
        ({"field": "attributes.region", "equals": "EU", "one_of": ["EU"]}, "exactly one of"),
        ({"field": "attributes.region"}, "exactly one of: equals, one_of, contains"),
        ({"field": "language", "contains": "d"}, "language is tested with exactly one of: equals"),
        ({"field": "account.name", "less": 5}, "account.name is tested with exactly one of"),
        ({"field": "account.name", "equals": True}, "At equals: A text is expected."),
        ({"field": "attributes.a", "less": "5"}, "At less: A number is expected, without"),
        ({"field": "attributes.a", "more": True}, "At more: A number is expected, without"),
        ({"field": "attributes.a", "before": "31.1.2026"}, "At before: A date is expected"),
        ({"field": "attributes.a", "before": "2026-02-30"}, "At before: A date is expected"),
        ({"field": "attributes.a", "after": "9999-12-31"}, "At after: A date is expected"),
        ({"field": "attributes.a", "after": 5}, "At after: A date is expected"),
        ({"field": "attributes.a", "exists": False}, "say the opposite with “not”"),
        ({"uses": "no slug!"}, "At uses: A slug is expected"),
        ({"in_segment": 5}, "At in_segment: A slug is expected"),
        ({"all": []}, "At all: A list of at least one condition is expected."),
        ({"all": [{"any": [{"not": {"fields": 1}}]}]}, "At all › 1 › any › 1 › not: Not under"),
        ({"all": [{}]}, "At all › 1: A condition is expected, for example"),
        ({"not": [{"uses": "x"}]}, "At not: A condition is expected, for example"),
        ({"any": [{"uses": "x"}], "all": [{"uses": "x"}]}, "Not understood: any, all. Known are"),
        ({"uses": "x", "field": "language"}, "language is tested with exactly one of"),
        ({"uses": "x", "y": 1}, "Not understood: uses, y. Known are all, any, not, field"),
        ([], "A condition is expected"),
        ("language", "A condition is expected"),
        (None, "A condition is expected"),
        ({"any": [{"uses": "x"}] * 101}, "at most 100 conditions"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_with_its_place(rule: object, words: str) -> None:
    with pytest.raises(rules.InvalidRule) as refused:
        rules.parse(rule)

    assert words in str(refused.value)


def test_a_rule_is_only_so_deep() -> None:
    def nested(levels: int) -> dict:
        return {"not": nested(levels - 1)} if levels else {"uses": "x"}

    assert rules.parse(nested(6))
    with pytest.raises(rules.InvalidRule, match="nested too deeply"):
        rules.parse(nested(7))


def test_in_segment_knows_subscribers_and_who_its_rule_names(accounts: None) -> None:
    keys = SegmentFactory(slug="keys", rule={"field": "account.tier", "equals": "key"})
    list_ = SegmentFactory(slug="list")
    SubscriptionFactory(segment=list_, contact=Contact.objects.get(name="Cy"))
    SubscriptionFactory(segment=keys, contact=Contact.objects.get(name="Bo"))

    assert named({"in_segment": "keys"}) == {"Ana", "Bo"}
    assert named({"in_segment": "list"}) == {"Cy"}
    assert named({"not": {"in_segment": "list"}}) == {"Ana", "Bo"}
    assert named({"any": [{"in_segment": "list"}, {"in_segment": "keys"}]}) == {"Ana", "Bo", "Cy"}


def test_who_left_a_segment_is_not_in_it(accounts: None) -> None:
    keys = SegmentFactory(slug="keys", rule={"field": "account.tier", "equals": "key"})
    ana = Contact.objects.get(name="Ana")
    SubscriptionFactory(segment=keys, contact=ana, state="unsubscribed")

    assert named({"in_segment": "keys"}) == set()


def test_in_segment_is_asked_in_windows_of_ids_too(accounts: None) -> None:
    ana, bo, cy = Contact.objects.order_by("name")
    SubscriptionFactory(segment=SegmentFactory(slug="list"), contact=bo)
    outer: Segment = SegmentFactory(slug="outer", rule={"in_segment": "list"})

    def found(ids: range) -> list[Contact]:
        return list(Contact.objects.filter(outer.names("email", ids), pk__in=ids))

    assert found(range(ana.pk, cy.pk + 1)) == [bo]
    assert found(range(ana.pk, bo.pk)) == []


def test_an_unknown_segment_is_an_error_and_never_everybody(db: None) -> None:
    with pytest.raises(rules.InvalidRule, match="There is no segment “gone”"):
        named({"not": {"in_segment": "gone"}})
