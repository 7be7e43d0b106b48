"""Related incidents are told as one: nobody hears it twice, and nobody is left without a word."""

import pytest

from audiences.models import Segment
from incidents.models import Incident, Plan, Postmortem
from incidents.services import (
    ladder,
    postmortems,
    promises,
    score,
    telling,
)
from incidents.services.update_checks import ToldElsewhere
from tests.factories import (
    NOON,
    PlanStepFactory,
    UserFactory,
)
from tests.incidents.storm import MINUTE, Trigger, Who, at, heard, merge, opened, part, publish


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

    for minutes in (20, 30, 34):
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
