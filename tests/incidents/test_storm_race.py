"""Merging at the same moment as everything else: each way around, nobody is left without a word."""

import pytest

from incidents.models import Incident
from incidents.services import release
from incidents.services.update_checks import CannotPublish
from tests.incidents.storm import at, heard, merge, opened, part, publish
from tests.incidents.team import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def tried(act, *args, **kwargs):
    """Whether it was done, or refused."""
    try:
        act(*args, **kwargs)
    except CannotPublish:
        return False
    return True


def test_two_merges_into_each_other_leave_one_head(checkout, cards):
    first, second = at_once(
        lambda: tried(merge, checkout, cards), lambda: tried(merge, cards, checkout)
    )

    assert [first, second] in ([True, False], [False, True])
    head, within = (checkout, cards) if first else (cards, checkout)
    assert list(Incident.objects.exclude(merged_into=None)) == [within]
    within.refresh_from_db()
    assert within.merged_into == head


def test_two_merges_into_two_heads_do_one_of_them(checkout, cards, shop):
    other = opened(shop, "Search")

    done = at_once(lambda: tried(merge, checkout, cards), lambda: tried(merge, other, cards))

    cards.refresh_from_db()
    assert sorted(done) == [False, True]
    assert cards.merged_into == (checkout if done[0] else other)


def test_a_chain_made_from_both_ends_at_once_becomes_one_storm(checkout, cards, shop):
    other = opened(shop, "Search")

    done = at_once(lambda: tried(merge, checkout, cards), lambda: tried(merge, other, checkout))

    assert done[1]
    heads = set(Incident.objects.exclude(merged_into=None).values_list("merged_into", flat=True))
    assert heads == {other.pk}


def test_merged_while_its_promise_is_being_kept_by_the_plan(checkout, cards):
    heard(5)
    due = 35  # the promise of its first notice

    at_once(
        lambda: release.release_due_of(incident=cards, now=at(due)),
        lambda: merge(checkout, cards, minutes=due),
    )

    counts = heard(due)
    assert counts.keys() >= {"a", "b", "both", "in"}
    assert not cards.promises.filter(settled_at=None).exists()
    assert not cards.timeline.filter(state="planned").exists()


def test_merged_while_an_update_is_published_on_it(checkout, cards):
    heard(5)

    said, _merged = at_once(
        lambda: tried(publish, cards, minutes=10), lambda: merge(checkout, cards)
    )

    assert heard(10) == {"a": 1, "b": 1 + said, "both": 1 + said, "in": 1 + said}
    assert not cards.promises.filter(settled_at=None).exists()


def test_merged_while_the_head_is_resolved_it_is_open_with_a_promise_or_over(checkout, cards):
    heard(5)

    merged, _resolved = at_once(
        lambda: tried(merge, checkout, cards),
        lambda: publish(checkout, status="resolved", promise=0, minutes=10),
    )

    cards.refresh_from_db()
    owed = cards.promises.filter(settled_at=None).exists()
    assert (merged, cards.is_over, owed) in ((True, True, False), (False, False, True))


def test_told_apart_while_the_head_is_resolved(checkout, cards):
    merge(checkout, cards)

    at_once(
        lambda: part(cards),
        lambda: publish(checkout, status="resolved", promise=0, minutes=20),
    )

    cards.refresh_from_db()
    assert (cards.merged_into, cards.is_over) == (None, False)
    assert cards.promises.filter(settled_at=None).count() == 1
