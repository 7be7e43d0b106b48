"""Related incidents are told as one: nobody hears it twice, and nobody is left without a word."""

from collections import Counter
from datetime import timedelta

import pytest

from audiences.models import Channel, Detail, Segment, Severity
from audiences.services import topics
from incidents.models import Approval, Incident, IncidentComponent, Plan, PlanStep, Postmortem
from incidents.services import (
    approvals,
    incidents,
    ladder,
    postmortems,
    promises,
    release,
    score,
    severity,
    storms,
    telling,
    updates,
)
from incidents.services.updates import ToldElsewhere, UpdateDraft
from messaging.models import Broadcast, BroadcastContent, Delivery
from messaging.services import recipients
from tests.factories import (
    NOON,
    ComponentFactory,
    ContactFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
    TemplateVariantFactory,
    UserFactory,
)

MINUTE = timedelta(minutes=1)
Trigger, Who = PlanStep.Trigger, PlanStep.Who
SPEAKS = (Trigger.OPENED, Trigger.UPDATE_PUBLISHED, Trigger.PROMISE_DUE)


def at(minutes):
    return NOON + minutes * MINUTE


def list_of(name, *people, **fields):
    segment = SegmentFactory(slug=name, name=name.title(), **fields)
    for person in people:
        SubscriptionFactory(contact=person, segment=segment)
    return segment


def add_steps(plan, template, *segments, **fields):
    for trigger in SPEAKS:
        said = {} if trigger == Trigger.UPDATE_PUBLISHED else {"statement": {"en": "We look."}}
        step = PlanStepFactory(plan=plan, trigger=trigger, template=template, **said, **fields)
        step.segments.set(segments)


def plan_for(template, *segments, **fields):
    plan = PlanFactory(update_interval=30 * MINUTE, **fields)
    add_steps(plan, template, *segments)
    return plan


@pytest.fixture
def people(db):
    return {name: ContactFactory(email=f"{name}@example.com") for name in ("a", "b", "both", "in")}


@pytest.fixture
def shop(people, template):
    """The plan of the incident that becomes the head."""
    return plan_for(template, list_of("shoppers", people["a"], people["both"]), name="Shop")


@pytest.fixture
def pay(people, template):
    """The plan of what is told within it: customers, and its own people in technical detail."""
    TemplateVariantFactory(template=template, detail=Detail.TECHNICAL, body="{{ technical }}")
    payers = list_of("payers", people["b"], people["both"])
    insiders = list_of("insiders", people["in"], kind="internal", detail=Detail.TECHNICAL)
    plan = plan_for(template, payers, name="Pay")
    add_steps(plan, template, insiders)
    return plan


def opened(plan, name, status="partial_outage", minutes=0, **fields):
    incident = IncidentFactory(title={"en": name, "de": f"{name} (de)"}, plan=plan, **fields)
    component = ComponentFactory(slug=name.lower(), name=name)
    IncidentComponent.objects.create(incident=incident, component=component, status=status)
    return incidents.open(incident=incident, by=None, now=at(minutes))


@pytest.fixture
def checkout(shop):
    return opened(shop, "Checkout")


@pytest.fixture
def cards(pay):
    return opened(pay, "Cards", "major_outage", minutes=5)


def words(text="News.", status="identified", promise=30, minutes=0, **more):
    due_at = at(minutes + promise) if promise else None
    return UpdateDraft(status=status, public_text={"en": text}, next_update_due_at=due_at, **more)


def publish(incident, text="News.", minutes=0, **more):
    draft = words(text, minutes=minutes, **more)
    return updates.publish(incident=incident, draft=draft, by=None, now=at(minutes))


def merge(head, *others, minutes=10, **more):
    draft = words("Both belong together.", "investigating", minutes=minutes, **more)
    return storms.merge(incidents=others, into=head, draft=draft, by=None, now=at(minutes))


def part(incident, minutes=20, **more):
    draft = words("By itself again.", "investigating", minutes=minutes, **more)
    return storms.part(incident=incident, draft=draft, by=None, now=at(minutes))


def heard(minutes):
    """Who gets how many messages from what is due now."""
    release.release_due(now=at(minutes))
    for broadcast in Broadcast.objects.unfrozen():
        recipients.freeze(broadcast_id=broadcast.pk, now=at(minutes))
    deliveries = Delivery.objects.all()
    counts = Counter(one.address.partition("@")[0] for one in deliveries)
    deliveries.delete()
    return dict(counts)


def states(incident, **filters):
    rows = incident.timeline.filter(**filters).order_by("due_at", "pk")
    return [(entry.state, entry.reason) for entry in rows]


def test_after_it_each_person_gets_each_update_once_whichever_incident_they_heard_of(
    checkout, cards
):
    assert heard(5) == {"a": 1, "b": 1, "both": 2, "in": 1}

    merge(checkout, cards)
    said_so = heard(10)
    publish(checkout, minutes=20)
    news = heard(20)
    publish(checkout, status="resolved", promise=0, minutes=30)
    end = heard(30)

    assert said_so == news == end == dict.fromkeys(("a", "b", "both", "in"), 1)
    assert heard(500) == {}


def test_everything_that_was_promised_is_kept_by_the_update_that_says_so(checkout, cards):
    heard(5)

    update = merge(checkout, cards)

    owed = cards.promises.get()
    assert (owed.outcome, owed.settled_by, owed.settled_at) == ("kept", update, at(10))
    assert checkout.promises.filter(settled_at=None).get().due_at == at(40)
    assert not cards.promises.filter(settled_at=None).exists()


def test_a_word_that_came_too_late_stays_late(checkout, cards):
    heard(5)
    promises.judge(now=at(100))

    merge(checkout, cards, minutes=100)

    assert cards.promises.get().outcome == "broken"


def test_its_timeline_ends_with_the_reason_and_its_tasks_go_on(pay, shop):
    PlanStepFactory(
        plan=pay, name="Phone", trigger=Trigger.OPENED, offset=15 * MINUTE, who=Who.TASK,
        template=None, channels=[],
    )  # fmt: skip
    checkout, cards = opened(shop, "Checkout"), opened(pay, "Cards")
    heard(0)

    merge(checkout, cards)
    heard(15)

    assert set(states(cards, step__trigger="promise_due")) == {("cancelled", "told_within")}
    assert states(cards, step__who="task") == [("waiting", "opened")]
    assert cards.timeline.exclude(step__who="task").filter(released_at__gt=at(0)).count() == 0


def test_what_was_written_just_before_still_goes_out(checkout, cards):
    heard(5)
    publish(cards, "The cause is known.", minutes=10)

    merge(checkout, cards, minutes=10)

    assert heard(10) == {"a": 1, "b": 2, "both": 2, "in": 2}


def test_a_first_notice_that_was_not_out_yet_is_replaced_by_the_common_word(checkout, cards):
    heard(0)

    merge(checkout, cards, minutes=5)

    assert heard(5) == {"a": 1, "b": 1, "both": 1, "in": 1}
    assert set(states(cards, step__trigger="opened")) == {("cancelled", "told_within")}


def test_the_messages_name_the_components_of_all_and_the_worst_impact(checkout, cards):
    heard(5)

    merge(checkout, cards)

    checkout.refresh_from_db()
    assert checkout.impact == "critical"
    (entry, *_) = checkout.timeline.filter(step__trigger="update_published")
    facts = telling.announcement(entry).facts
    assert facts["en"]["components"] == "Cards and Checkout"
    assert facts["en"]["impact"] == "critical"


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

    with pytest.raises(ToldElsewhere, match=r"2 of those .* the other way round"):
        merge(head, cards)

    cards.refresh_from_db()
    assert cards.merged_into is None


def test_whoever_reads_by_text_message_alone_is_not_lost(people, template, shop):
    texts = SegmentFactory(slug="texts")
    SubscriptionFactory(contact=people["b"], segment=texts, channel=Channel.SMS)
    by_sms = PlanFactory(name="By SMS")
    add_steps(by_sms, template, texts, channels=["email", "sms"])
    head, other = opened(shop, "Checkout"), opened(by_sms, "Cards")

    with pytest.raises(ToldElsewhere, match="1 of those"):
        merge(head, other)

    SubscriptionFactory(contact=people["b"], segment=texts)
    merge(head, other)


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


def test_the_head_speaks_for_all_when_nobody_writes(checkout, cards):
    heard(5)
    merge(checkout, cards)
    heard(10)

    assert heard(40) == {"a": 1, "b": 1, "both": 1, "in": 1}
    assert heard(41) == {}


def test_it_cannot_be_published_on_and_the_error_names_the_head(checkout, cards):
    merge(checkout, cards)

    with pytest.raises(ToldElsewhere, match="within “Checkout”: publish there, or tell it apart"):
        publish(cards, minutes=12)


def test_nobody_is_called_about_it(checkout, cards, team):
    heard(5)
    merge(checkout, cards)
    heard(10)

    for minutes in range(11, 34):
        ladder.climb(now=at(minutes))

    assert not cards.duty_calls.exists()


def test_the_end_of_the_head_ends_all_of_them_with_one_message_and_one_post_mortem(
    checkout, cards, shop, pay
):
    Plan.objects.update(postmortem_within=72 * 60 * MINUTE)
    heard(5)
    merge(checkout, cards)
    heard(10)

    publish(checkout, status="resolved", promise=0, minutes=30)

    cards.refresh_from_db()
    assert (cards.status, cards.resolved_at) == ("resolved", at(30))
    assert heard(30) == {"a": 1, "b": 1, "both": 1, "in": 1}
    assert Postmortem.objects.get().incident == checkout
    with pytest.raises(postmortems.NotPossible, match="“Checkout”"):
        postmortems.start(incident=cards, by=UserFactory(), now=at(40))


def test_a_relapse_of_the_head_is_one_of_all(checkout, cards):
    merge(checkout, cards)
    publish(checkout, status="resolved", promise=0, minutes=30)

    publish(checkout, minutes=40)

    cards.refresh_from_db()
    assert (cards.status, cards.resolved_at) == ("identified", None)


def test_the_head_tells_how_the_services_of_all_are_doing(checkout, cards):
    merge(checkout, cards)
    component = cards.components.get()

    update = publish(checkout, minutes=20, component_statuses={component.pk: "operational"})

    component.refresh_from_db()
    checkout.refresh_from_db()
    assert cards.affected.get().status == component.status == "operational"
    assert update.component_changes.get().old_status == "major_outage"
    assert checkout.impact == "major"


def test_told_apart_it_lives_again_with_its_own_readers_and_promises(checkout, cards):
    heard(5)
    merge(checkout, cards)
    heard(10)

    part(cards)
    own = heard(20)
    publish(checkout, minutes=25)

    cards.refresh_from_db()
    assert (cards.merged_into, cards.merged_at) == (None, None)
    assert own == {"b": 1, "both": 1, "in": 1}
    assert heard(25) == {"a": 1, "both": 1}
    assert heard(50) == {"b": 1, "both": 1, "in": 1}  # it speaks for itself again
    checkout.refresh_from_db()
    assert checkout.impact == "major"


def test_told_apart_again_it_repeats_nothing_of_what_the_other_told(checkout, cards):
    heard(0)
    merge(checkout, cards, minutes=6)  # its first notice is not out yet
    heard(6)

    part(cards)

    assert heard(20) == {"b": 1, "both": 1, "in": 1}
    assert heard(49) == {"a": 1, "both": 1}  # the promise of the other one


def test_what_lasts_longer_than_the_head_is_told_apart_and_is_open_again(checkout, cards):
    merge(checkout, cards)
    publish(checkout, status="resolved", promise=0, minutes=30)

    part(cards, minutes=40)

    cards.refresh_from_db()
    assert (cards.status, cards.resolved_at) == ("investigating", None)
    assert cards.promises.filter(settled_at=None).exists()


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


def test_the_score_counts_its_silence_until_the_other_tells_it(checkout, cards):
    heard(5)
    merge(checkout, cards)
    heard(10)
    publish(checkout, minutes=40)
    publish(checkout, status="resolved", promise=0, minutes=60)

    within = score.of(incident=cards, now=at(100))
    head = score.of(incident=checkout, now=at(100))

    assert within.silence.took == 5 * MINUTE
    assert head.silence.took == 30 * MINUTE
    assert within.promises == score.incident.Promises(made=1, kept=1, late=0, broken=0)
    history = score.over_time(since=at(-1), until=at(100))
    assert history.total.promises.made == 4
    assert history.total.incidents == 2


def test_the_common_word_counts_as_its_first_notice(checkout, cards):
    Incident.objects.filter(pk=cards.pk).update(detected_at=at(5))

    merge(checkout, cards)

    assert score.of(incident=cards, now=at(20)).first_notice.took == 5 * MINUTE


def test_told_apart_the_time_in_which_the_other_told_it_is_no_silence(checkout, cards):
    heard(5)
    merge(checkout, cards)
    publish(checkout, minutes=39)
    part(cards, minutes=60)
    publish(cards, status="resolved", promise=0, minutes=80)

    found = score.of(incident=cards, now=at(100))

    assert found.silence.took == 20 * MINUTE
    assert max(found.between) == 20 * MINUTE


def test_a_commitment_made_in_it_is_still_told_to_its_own_readers(checkout, cards, pay, template):
    step = PlanStepFactory(
        plan=pay, trigger=Trigger.DELIVERED, template=template, statement={"en": "Delivered."}
    )
    step.segments.set(Segment.objects.filter(slug="payers"))
    heard(5)
    merge(checkout, cards)
    heard(10)

    cards.commitments.create(
        text={"en": "A refund"},
        outcome={"en": "Paid."},
        owner=pay.owner,
        due_on=NOON.date(),
        delivered_at=at(15),
    )
    publish(checkout, minutes=20, status="resolved", promise=0)

    assert heard(20) == {"a": 1, "b": 2, "both": 2, "in": 1}
    assert not cards.promises.filter(settled_at=None).exists()
