"""Counting people while somebody waits for the page."""

import pytest

from audiences.models import Contact, Segment
from audiences.services import counting
from audiences.services.counting import Count
from tests.factories import ContactFactory, SegmentFactory, SubscriptionFactory


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "WIDTH", 3)


@pytest.fixture
def germans(db: None) -> Segment:
    for number in range(10):
        ContactFactory(name=f"Contact {number}", language="de" if number % 2 else "en")
    ContactFactory(name="phone only", language="de", email="", phone="+4917139200001")
    return SegmentFactory(rule={"field": "language", "equals": "de"})


def test_everybody_is_counted_once_over_all_windows(germans: Segment, small_windows: None) -> None:
    assert counting.members(segment=germans, channel="email") == Count(5, is_exact=True)
    assert counting.members(segment=germans, channel="sms") == Count(0, is_exact=True)


def test_subscribers_by_text_message_count_there(germans: Segment, small_windows: None) -> None:
    contact = Contact.objects.get(name="phone only")
    SubscriptionFactory(segment=germans, contact=contact, channel="sms")

    assert counting.members(segment=germans, channel="sms") == Count(1)
    assert contact in counting.sample(segment=germans)


def test_who_has_no_patience_gets_an_estimate(germans: Segment, small_windows: None) -> None:
    counted = counting.members(segment=germans, channel="email", seconds=0)

    assert not counted.is_exact
    assert 0 < counted.number <= 8


def test_nobody_is_counted_exactly(db: None) -> None:
    assert counting.members(segment=SegmentFactory(), channel="email") == Count(0)
    assert counting.sample(segment=SegmentFactory()) == []


def test_a_sample_is_so_large_and_no_larger(germans: Segment, small_windows: None) -> None:
    found = counting.sample(segment=germans, limit=4)

    assert len(set(found)) == 4
    assert {contact.language for contact in found} == {"de"}


def test_a_rule_that_is_not_saved_yet_can_be_counted(germans: Segment) -> None:
    draft = Segment(rule={"field": "language", "equals": "en"})

    assert counting.members(segment=draft, channel="email") == Count(5)
