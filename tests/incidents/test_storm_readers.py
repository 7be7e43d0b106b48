"""Who hears the head of a storm: the readers of all, and nobody what is not for them."""

import pytest

from audiences.models import Channel, Detail, Severity
from audiences.services import topics
from incidents.services import (
    release,
    severity,
    storm_readers,
    telling,
)
from incidents.services.update_checks import ToldElsewhere
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import recipients
from tests.factories import (
    PlanFactory,
    SegmentFactory,
    SubscriptionFactory,
)
from tests.incidents.storm import add_steps, at, heard, list_of, merge, opened, plan_for, publish


def test_whoever_wants_to_hear_of_bad_things_only_goes_on_hearing(checkout, cards):
    heard(5)
    publish(cards, component_statuses={cards.components.get().pk: "degraded_performance"})

    merge(checkout, cards)

    assert severity.of(incident=checkout) == Severity.CRITICAL


def test_technical_detail_reaches_those_alone_who_read_it_before(checkout, cards):
    heard(5)

    merge(checkout, cards, technical_text={"en": "pod-7f crashed"})
    release.release_due(now=at(10))
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=at(10))

    inside = Delivery.objects.filter(broadcast__created_at=at(10), detail=Detail.TECHNICAL)
    assert [one.address for one in inside] == ["in@example.com"]
    public = BroadcastContent.objects.filter(broadcast__created_at=at(10), detail=Detail.PUBLIC)
    assert public.exists()
    assert not public.filter(text__contains="pod-7f").exists()


def test_customers_are_never_told_by_a_step_for_insiders(people, template, pay):
    ops = list_of("ops", people["a"], kind="internal", detail=Detail.TECHNICAL)
    inside = plan_for(template, ops, name="Inside")
    shoppers = list_of("shoppers", people["both"])
    add_steps(inside, template, shoppers)
    head, cards = opened(inside, "Checkout"), opened(pay, "Cards")
    heard(0)

    merge(head, cards)

    for entry in head.timeline.filter(state="planned"):
        own = {segment.kind for segment in entry.step.segments.all()}
        assert {one.kind for one in telling.audience(entry.step, entry.incident)} == own


def test_a_plan_that_tells_no_customers_cannot_tell_theirs(people, template, pay):
    inside = plan_for(template, list_of("ops", people["a"], kind="internal"), name="Inside")
    head, cards = opened(inside, "Checkout"), opened(pay, "Cards")

    with pytest.raises(ToldElsewhere, match=r"2 people who hear .* the other way round"):
        merge(head, cards)

    cards.refresh_from_db()
    assert cards.merged_into is None


def test_whoever_reads_by_text_message_alone_is_not_lost(people, template, shop):
    texts = SegmentFactory(slug="texts")
    SubscriptionFactory(contact=people["b"], segment=texts, channel=Channel.SMS)
    by_sms = PlanFactory(name="By SMS")
    add_steps(by_sms, template, texts, channels=["email", "sms"])
    head, other = opened(shop, "Checkout"), opened(by_sms, "Cards")

    with pytest.raises(ToldElsewhere, match="1 person who hears"):
        merge(head, other)

    SubscriptionFactory(contact=people["b"], segment=texts)
    merge(head, other)


def test_of_our_own_people_the_plan_of_the_head_decides_who_reads_on(people, template, shop, pay):
    """They are counted for whoever merges, and do not stop it."""
    head, cards = opened(shop, "Checkout"), opened(pay, "Cards")
    insider = people["in"].subscriptions.get()
    insider.channel = Channel.SMS
    insider.save()
    pay.steps.update(channels=["email", "sms"])
    merge(head, cards)

    assert not storm_readers.unheard(incident=head).exists()
    assert [*storm_readers.unheard(incident=head, kinds=["internal"])] == [people["in"]]


def test_no_channel_is_used_that_their_own_plan_did_not_use(people, template, pay):
    """The head's plan sends texts to others of the same kind."""
    shoppers = list_of("shoppers", people["a"])
    keys = list_of("keys", people["a"])
    plan = plan_for(template, shoppers, name="Shop")
    add_steps(plan, template, keys, channels=["sms"])
    head, cards = opened(plan, "Checkout"), opened(pay, "Cards")
    heard(0)

    merge(head, cards)

    reached = {
        (segment.slug, channel)
        for entry in head.timeline.filter(reason="update_published")
        for segment in telling.audience(entry.step, head)
        for channel in entry.step.channels
    }
    assert ("payers", "email") in reached
    assert ("payers", "sms") not in reached


def test_two_steps_for_the_same_kind_of_reader_do_not_both_write_to_them(people, template, pay):
    plan = plan_for(template, list_of("shoppers", people["a"]), name="Shop")
    add_steps(plan, template, list_of("keys", people["a"]), channels=["email", "sms"])
    head = opened(plan, "Checkout")
    pay.steps.update(channels=["email", "sms"])
    cards = opened(pay, "Cards")
    heard(0)

    merge(head, cards)

    assert heard(10)["b"] == 1


def test_followers_of_each_incident_and_of_each_component_hear_it_once(
    people, template, shop, checkout
):
    affected = PlanFactory(name="Affected")
    add_steps(affected, template, tells_affected=True)
    head, cards = opened(affected, "Search"), opened(shop, "Cards")
    for topic in (topics.incident(cards.key), topics.component("cards")):
        follower = topics.segment_for(topic=topic, name="Followers")
        SubscriptionFactory(contact=people["b"], segment=follower)
    heard(0)

    merge(head, cards)

    assert heard(10) == {"a": 1, "b": 1, "both": 1}


def test_those_affected_are_told_along_if_only_the_others_plan_tells_them(
    people, template, shop, checkout
):
    affected = PlanFactory(name="Affected")
    add_steps(affected, template, tells_affected=True)
    cards = opened(affected, "Cards")
    follower = topics.segment_for(topic=topics.incident(cards.key), name="Followers")
    SubscriptionFactory(contact=people["b"], segment=follower)
    heard(0)

    merge(checkout, cards)

    assert heard(10) == {"a": 1, "b": 1, "both": 1}
