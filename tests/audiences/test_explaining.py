"""Why is this person in, or not?"""

from datetime import time, timedelta

import pytest

from audiences.models import ComponentUse, Contact, Segment, Severity, Suppression
from audiences.services import explaining
from tests.factories import (
    NOON,
    AccountFactory,
    ContactFactory,
    SegmentFactory,
    SubscriptionFactory,
)

RULE = {
    "all": [
        {"field": "language", "equals": "de"},
        {"any": [{"uses": "checkout"}, {"not": {"field": "attributes.seats", "less": 10}}]},
        {"not": {"in_segment": "partners"}},
    ]
}


@pytest.fixture
def segment(db: None) -> Segment:
    SegmentFactory(slug="partners", name="Partners")
    return SegmentFactory(slug="mine", rule=RULE)


@pytest.fixture
def cy(db: None) -> Contact:
    account = AccountFactory(name="Muster AG", tier="key")
    for component in ("checkout", "search"):
        ComponentUse.objects.create(account=account, component=component)
    return ContactFactory(name="Cy", language="de", account=account, attributes={"seats": "7"})


def told(segment: Segment, contact: Contact) -> dict[str, bool]:
    explanation = explaining.explain(segment=segment, contact=contact, now=NOON)
    return {one.channel.value: one.is_told for one in explanation.channels}


def test_every_condition_is_judged_and_shows_what_the_person_has(
    segment: Segment, cy: Contact
) -> None:
    verdict = explaining.explain(segment=segment, contact=cy, now=NOON).verdict

    assert verdict is not None
    assert verdict.is_true
    language, either, partners = verdict.parts
    assert (language.words, language.is_true, language.value) == (
        "Language is German",
        True,
        "German",
    )
    uses, seats = either.parts
    assert (uses.is_true, uses.value) == (True, "checkout, search")
    assert (seats.words, seats.is_true, seats.value) == (
        "Attribute “seats” is not less than 10",
        False,
        "7",
    )
    assert (partners.words, partners.is_true) == ("Is not in the segment “Partners”", True)
    assert partners.segment == Segment.objects.get(slug="partners")


def test_the_answer_follows_the_other_segment(segment: Segment, cy: Contact) -> None:
    SubscriptionFactory(segment=Segment.objects.get(slug="partners"), contact=cy)

    explanation = explaining.explain(segment=segment, contact=cy, now=NOON)

    assert explanation.verdict is not None
    assert not explanation.verdict.is_true
    assert not explanation.verdict.parts[2].is_true
    assert told(segment, cy) == {"email": False, "sms": False}


def test_it_says_what_else_stands_against_a_message(segment: Segment, cy: Contact) -> None:
    assert told(segment, cy) == {"email": True, "sms": False}

    Suppression.objects.create(channel="email", address=cy.email, reason="complaint")
    email, sms = explaining.explain(segment=segment, contact=cy, now=NOON).channels

    assert (email.is_named, email.by_rule, email.is_told) == (True, True, False)
    assert email.suppression is not None
    assert (sms.is_named, sms.by_rule, sms.address, sms.suppression) == (False, False, "", None)


@pytest.mark.parametrize(
    ("wish", "is_told"),
    [
        ({"paused_until": NOON + timedelta(days=100)}, False),
        ({"paused_until": NOON}, True),
        ({"email_from": Severity.NEVER}, False),
        ({"email_from": Severity.CRITICAL}, True),
    ],
)
def test_a_member_may_have_asked_to_hear_nothing(
    segment: Segment, cy: Contact, wish: dict[str, object], is_told: bool
) -> None:
    Contact.objects.filter(pk=cy.pk).update(**wish)
    cy.refresh_from_db()

    assert told(segment, cy)["email"] is is_told


def test_it_says_what_the_person_asked_for(segment: Segment, cy: Contact) -> None:
    cy.paused_until, cy.sms_from = NOON + timedelta(days=1), Severity.MAJOR
    cy.quiet_from, cy.quiet_until, cy.time_zone = time(12), time(15, 30), "Europe/Berlin"

    email, sms = explaining.explain(segment=segment, contact=cy, now=NOON).channels

    assert (email.wishes.paused_until, email.wishes.severity) == (cy.paused_until, Severity.ANY)
    assert (email.wishes.quiet, sms.wishes.severity) == (None, Severity.MAJOR)
    assert sms.wishes.quiet is not None
    assert sms.wishes.quiet_until == NOON + timedelta(hours=2, minutes=30)


def test_who_unsubscribed_is_out_though_the_rule_is_true(segment: Segment, cy: Contact) -> None:
    SubscriptionFactory(segment=segment, contact=cy, state="unsubscribed")

    email = explaining.explain(segment=segment, contact=cy, now=NOON).channels[0]

    assert (email.by_rule, email.is_named, email.is_told) == (True, False, False)
    assert email.subscription is not None
    assert email.subscription.state == "unsubscribed"


def test_somebody_without_account_or_attributes_is_explained_too(segment: Segment) -> None:
    nobody = ContactFactory(language="en")
    verdict = explaining.explain(segment=segment, contact=nobody, now=NOON).verdict

    assert verdict is not None
    assert not verdict.is_true
    assert [part.value for part in verdict.parts[1].parts] == ["no account", ""]


def test_a_list_without_rule_has_no_verdict(cy: Contact) -> None:
    segment = SegmentFactory()
    SubscriptionFactory(segment=segment, contact=cy)

    assert explaining.explain(segment=segment, contact=cy, now=NOON).verdict is None
    assert told(segment, cy) == {"email": True, "sms": False}
