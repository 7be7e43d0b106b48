"""What can be told together, what is proposed for it, and who must approve it."""

import pytest

from incidents.models import Approval, Incident, IncidentComponent
from incidents.services import approvals, release, storms
from incidents.services.update_checks import ToldElsewhere
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import IncidentFactory
from tests.incidents.storm import (
    Trigger,
    Who,
    at,
    heard,
    merge,
    opened,
    part,
    publish,
)


def test_only_what_is_told_within_another_can_be_told_apart(checkout):
    with pytest.raises(ToldElsewhere, match="by itself already"):
        part(checkout)


def test_there_are_no_chains(checkout, cards, shop):
    third = opened(shop, "Search")
    merge(checkout, cards)

    merge(third, checkout, minutes=15)

    within = Incident.objects.filter(merged_into=third).order_by("pk")
    assert [(one, one.merged_at) for one in within] == [(checkout, at(15)), (cards, at(10))]
    with pytest.raises(ToldElsewhere, match="itself told within “Search”: choose that one"):
        merge(checkout, opened(shop, "Login"), minutes=16)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status": "resolved"}, "not an open incident"),
        ({"opened_at": None}, "not an open incident"),
        ({"mode": "drill"}, "one is an exercise"),
        ({"clock_speed": 2}, "its clock runs differently"),
    ],
)
def test_only_what_is_going_on_at_the_same_time_is_told_together(checkout, cards, fields, message):
    Incident.objects.filter(pk=cards.pk).update(**fields)

    with pytest.raises(ToldElsewhere, match=message):
        merge(checkout, cards)


def test_nothing_is_told_within_itself_or_twice(checkout, cards):
    with pytest.raises(ToldElsewhere, match="within itself"):
        merge(checkout, checkout)
    merge(checkout, cards)
    with pytest.raises(ToldElsewhere, match="within “Checkout” already"):
        merge(checkout, cards)


def test_what_is_told_together_concerns_everybody_and_goes_on(checkout, cards):
    with pytest.raises(ToldElsewhere, match="let all of them hear it"):
        merge(checkout, cards, audience="internal")
    with pytest.raises(ToldElsewhere, match="let all of them hear it"):
        part(cards, audience="internal")
    draft = UpdateDraft(status="resolved", public_text={"en": "Over."})
    with pytest.raises(ToldElsewhere, match="cannot begin with its end"):
        storms.merge(incidents=[cards], into=checkout, draft=draft, by=None, now=at(10))


@pytest.fixture
def asking(shop):
    """The head's updates need approval."""
    shop.steps.filter(trigger=Trigger.UPDATE_PUBLISHED).update(who=Who.APPROVAL)
    return shop


def test_where_a_second_person_approves_it_happens_once_they_have(asking, checkout, cards, deputy):
    heard(5)

    update = merge(checkout, cards)
    cards.refresh_from_db()
    before = cards.merged_into, cards.promises.get().outcome
    shown = approvals.messages(approval=Approval.objects.get())
    approvals.approve(approval=Approval.objects.get(), by=deputy, now=at(12))

    cards.refresh_from_db()
    assert not update.is_published
    assert before == (None, "open")
    readers = {segment.slug for message in shown for segment in message.segments}
    assert readers == {"shoppers", "payers", "insiders"}
    assert (cards.merged_into, cards.merged_at) == (checkout, at(12))
    assert heard(12) == {"a": 1, "b": 1, "both": 1, "in": 1}


def test_it_is_not_approved_any_more_once_the_other_is_over(asking, checkout, cards, deputy):
    merge(checkout, cards)
    publish(cards, status="resolved", promise=0, minutes=11)

    with pytest.raises(approvals.Changed, match="“Cards” is not an open incident"):
        approvals.approve(approval=Approval.objects.get(), by=deputy, now=at(12))

    cards.refresh_from_db()
    assert cards.merged_into is None


def test_what_waits_for_approval_in_it_is_not_said_any_more(shop, pay, checkout, deputy):
    pay.steps.filter(trigger=Trigger.UPDATE_PUBLISHED).update(who=Who.APPROVAL)
    cards = opened(pay, "Cards")
    waiting = publish(cards, minutes=1)

    merge(checkout, cards)

    waiting.refresh_from_db()
    assert waiting.state == "refused"
    assert waiting.approvals.get().reason == "It is told within “Checkout” now."


def test_the_candidates_say_what_they_share(checkout, cards, shop, pay):
    same = checkout.components.get()
    IncidentComponent.objects.create(incident=cards, component=same)
    near = opened(shop, "Search")

    found = storms.candidates(incident=checkout)

    assert [one.incident for one in found] == [cards, near]
    assert [one.name for one in found[0].components] == ["Checkout"]
    assert [one.slug for one in found[1].segments] == ["shoppers"]
    assert [one.is_related for one in found] == [True, False]
    assert storms.likely_head(incident=cards) == checkout
    assert storms.likely_head(incident=near) is None


def test_the_prefilled_words_name_all_of_them_in_each_language(checkout, cards):
    texts = storms.words(into=checkout, incidents=[cards])

    assert texts["en"].startswith("“Cards” and “Checkout” belong together.")
    assert "Cards (de)" in texts["de"]


def test_a_draft_may_open_within_it_and_says_nothing_of_its_own(checkout, shop, lead):
    draft = IncidentFactory(title={"en": "Carts"}, plan=shop)
    IncidentComponent.objects.create(incident=draft, component=checkout.components.get())

    assert storms.likely_head_of_draft(draft=draft) == checkout
    storms.open_within(draft=draft, into=checkout, by=lead, now=at(5))
    release.release_due(now=at(6))

    draft.refresh_from_db()
    assert (draft.merged_into, draft.opened_at) == (checkout, at(5))
    assert not Broadcast.objects.filter(timeline_entry__incident=draft).exists()


def test_where_they_cannot_be_told_together_it_stays_a_draft(checkout, shop, lead):
    drill = IncidentFactory(mode="drill", plan=shop)
    publish(checkout, status="resolved", promise=0, minutes=3)

    with pytest.raises(ToldElsewhere, match="choose one that is going on"):
        storms.open_within(draft=IncidentFactory(plan=shop), into=checkout, by=lead, now=at(5))

    assert storms.likely_head_of_draft(draft=drill) is None
    assert Incident.objects.filter(opened_at=at(5)).count() == 0
