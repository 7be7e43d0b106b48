"""What was promised to whom: made, kept, late, broken, and owed to nobody after the end."""

from datetime import timedelta

import pytest

from incidents.models import Promise
from incidents.services import facts, incidents, promises, release, update_checks, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import NOON, IncidentFactory, SegmentFactory, UpdateFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
Outcome = Promise.Outcome


def at(minutes):
    return NOON + minutes * MINUTE


def publish(incident, minutes, *, status="investigating", promise=30, **kwargs):
    due_at = at(minutes + promise) if promise else None
    draft = UpdateDraft(
        status=status, public_text={"en": "Words"}, next_update_due_at=due_at, **kwargs
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=at(minutes))


def owed(incident):
    return {one.audience: one.due_at for one in incident.promises.filter(settled_at=None)}


@pytest.fixture
def story(plan, draft, lead):
    """Internal readers hear every fifteen minutes, customers every thirty."""
    plan.rhythms.bulk_create(
        [plan.rhythms.model(plan=plan, audience="internal", interval=15 * MINUTE)]
    )
    internal = SegmentFactory(slug="operations", kind="internal")
    for step in plan.steps.all():
        step.segments.add(internal)
    return incidents.open(incident=draft, by=lead, now=NOON)


def test_where_nothing_else_is_said_each_audience_is_promised_the_plans_rhythm(story):
    publish(story, 5)

    assert owed(story) == {"": at(35), "internal": at(20)}


def test_the_author_may_promise_something_else(story):
    publish(story, 5, promise=60, promised={"internal": at(10)})

    assert owed(story) == {"": at(65), "internal": at(10)}


def test_words_for_internal_readers_answer_only_what_those_were_promised(story):
    publish(story, 5)

    publish(story, 12, promise=40, audience="internal")

    assert owed(story) == {"": at(35), "internal": at(52)}
    answered = story.promises.get(outcome=Outcome.KEPT)
    assert (answered.audience, answered.settled_at) == ("internal", at(12))


def test_words_for_internal_readers_go_to_nobody_else(story):
    update = publish(story, 5, audience="internal")

    release.release_due(now=at(5))

    broadcast = Broadcast.objects.latest("pk")
    assert [segment.slug for segment in broadcast.segments.all()] == ["operations"]
    assert update not in story.updates.public()


def test_the_holding_statement_still_comes_when_customers_were_promised_it(story):
    publish(story, 5)
    publish(story, 34, promise=60, audience="internal")

    release.release_due(now=at(35))

    kept = story.promises.get(audience="", outcome=Outcome.KEPT)
    assert kept.settled_by.origin == "plan"


def test_what_only_internal_readers_hear_keeps_nothing_that_customers_were_promised(story):
    story.plan.rhythms.all().delete()
    holding = story.plan.steps.get(trigger="promise_due")
    holding.segments.set(holding.segments.filter(kind="internal"))
    release.release_due(now=at(0))
    publish(story, 5)

    release.release_due(now=at(35))

    assert story.updates.filter(origin="plan", audience="internal").exists()
    assert owed(story)[""] == at(35)


@pytest.mark.parametrize("change", [{"status": "identified"}, {"audience": "internal"}])
def test_words_for_some_readers_change_no_status(story, change):
    change = {"audience": "partner"} | change
    if change["audience"] == "partner":
        with pytest.raises(update_checks.NotForAll):
            publish(story, 5, **change)
        return
    component = story.components.get()
    with pytest.raises(update_checks.NotForAll):
        publish(story, 5, component_statuses={component.pk: "operational"}, **change)


def test_a_word_before_its_time_settles_the_promise(story):
    first = publish(story, 5)

    second = publish(story, 6)

    answered = first.promises.get(audience="")
    assert (answered.outcome, answered.settled_by) == (Outcome.KEPT, second)


def test_the_end_settles_everything_and_promises_nothing(story):
    publish(story, 5)

    publish(story, 10, status="resolved", promise=None)

    assert owed(story) == {}
    assert set(story.promises.values_list("outcome", flat=True)) == {Outcome.KEPT}


@pytest.fixture
def alone(db):
    """An incident without a plan, where something was promised at noon for half past."""
    incident = IncidentFactory(opened_at=NOON)
    UpdateFactory(incident=incident, next_update_due_at=at(30))
    return incident


@pytest.mark.parametrize(
    ("seconds", "outcome"),
    [
        (30 * 60, Outcome.KEPT),
        (30 * 60 + 30, Outcome.KEPT),
        (30 * 60 + 31, Outcome.LATE),
        (60 * 60, Outcome.LATE),
        (60 * 60 + 1, Outcome.BROKEN),
    ],
)
def test_kept_late_or_broken(alone, seconds, outcome):
    UpdateFactory(incident=alone, published_at=NOON + timedelta(seconds=seconds))

    assert alone.promises.get().outcome == outcome


def test_what_silence_broke_stays_broken(alone):
    assert promises.judge(now=at(60)) == 0
    assert promises.judge(now=at(61)) == 1
    assert promises.judge(now=at(62)) == 0

    UpdateFactory(incident=alone, published_at=at(63))

    promise = alone.promises.get()
    assert (promise.outcome, promise.settled_at) == (Outcome.BROKEN, at(63))


def test_what_was_judged_broken_is_not_mended_by_a_word_that_comes_through_late(alone):
    promises.judge(now=at(61))

    UpdateFactory(incident=alone, published_at=at(59))

    assert alone.promises.get().outcome == Outcome.BROKEN


def test_the_end_answers_everything_whoever_hears_it(alone):
    UpdateFactory(incident=alone, status="resolved", audience="internal", published_at=at(20))

    assert owed(alone) == {}


# The slower rhythm


@pytest.fixture
def lasting(plan, draft, lead):
    plan.slower_after, plan.slower_interval = 120 * MINUTE, 60 * MINUTE
    plan.save()
    return incidents.open(incident=draft, by=lead, now=NOON)


def next_word(update, code="en"):
    known = facts.build(incident=update.incident, update=update).texts
    return known[code]["next_update"]


def test_a_slower_rhythm_is_announced_the_first_time(lasting):
    before = publish(lasting, 100)
    first = publish(lasting, 130, promise=60)
    second = publish(lasting, 190, promise=60)

    assert next_word(before) == "15:10 CET"
    assert next_word(first) == "16:10 CET (from now on every 60 minutes)"
    assert next_word(second) == "17:10 CET"


def test_whoever_promises_the_usual_rhythm_announces_nothing(lasting):
    assert next_word(publish(lasting, 130)) == "15:40 CET"


def test_a_holding_statement_announces_the_slower_rhythm_too(lasting):
    publish(lasting, 100)

    release.release_due(now=at(130))

    assert next_word(lasting.updates.latest("pk")).endswith("(from now on every 60 minutes)")


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "every 1 minute"),
        (60, "every 60 minutes"),
        (90, "every 90 minutes"),
        (120, "every 2 hours"),
    ],
)
def test_a_rhythm_in_words(minutes, words):
    assert facts.every(minutes * MINUTE) == words


def test_a_reopened_story_owes_again(story):
    publish(story, 10, status="resolved", promise=None)

    publish(story, 20)

    assert owed(story) == {"": at(50), "internal": at(35)}
