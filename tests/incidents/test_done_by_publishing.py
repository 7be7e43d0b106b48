"""A task to publish something is ticked off by publishing it, and by nothing less."""

import pytest

from incidents.models import PlanStep, TimelineEntry
from incidents.services import postmortem_drafts, release, updates
from incidents.services.updates import UpdateDraft
from tests.factories import NOON, PlanStepFactory, SegmentFactory
from tests.incidents.team import MINUTE

pytestmark = pytest.mark.django_db
State = TimelineEntry.State


@pytest.fixture
def task(plan):
    return PlanStepFactory(
        plan=plan,
        name="Say who is affected",
        trigger="opened",
        offset=5 * MINUTE,
        who=PlanStep.Who.TASK,
        role="lead",
        template=None,
        done_when=PlanStep.DoneWhen.UPDATE,
    )


@pytest.fixture
def given(task, incident):
    """Waiting for the lead since five past."""
    release.release_due(now=NOON + 5 * MINUTE)
    return incident.timeline.get(step=task)


def publish(incident, minutes, *, by, status="investigating", **kwargs):
    draft = UpdateDraft(
        status=status,
        public_text={"en": "Only the shop is affected.", "de": "Nur der Laden ist betroffen."},
        next_update_due_at=NOON + (minutes + 30) * MINUTE if status == "investigating" else None,
        **kwargs,
    )
    return updates.publish(incident=incident, draft=draft, by=by, now=NOON + minutes * MINUTE)


def state(entry):
    entry.refresh_from_db()
    return entry.state


def test_publishing_ticks_it_off_and_says_what_came_of_it(given, incident, lead):
    publish(incident, 8, by=lead)

    assert state(given) == State.DONE
    assert (given.decided_by, given.released_at) == (lead, NOON + 8 * MINUTE)
    assert given.note == "Published: “Only the shop is affected.”"


def test_what_was_said_before_it_was_given_does_not_count(task, incident, lead):
    publish(incident, 4, by=lead)
    release.release_due(now=NOON + 5 * MINUTE)

    assert incident.timeline.get(step=task).state == State.WAITING


def test_neither_the_plans_own_words_nor_those_for_some_readers_only_count(given, incident, lead):
    publish(incident, 8, by=lead, audience="internal")
    publish(incident, 9, by=None, origin="plan")

    assert state(given) == State.WAITING


def test_a_task_for_some_readers_is_done_by_what_these_hear(task, incident, lead):
    task.segments.add(SegmentFactory(kind="internal"))
    release.release_due(now=NOON + 5 * MINUTE)
    given = incident.timeline.get(step=task)
    publish(incident, 7, by=lead, audience="customer")
    before = state(given)

    publish(incident, 8, by=lead, audience="internal")

    assert (before, state(given)) == (State.WAITING, State.DONE)


def test_the_postmortem_is_written_once_it_is_published_and_not_by_a_word_before(
    task, incident, lead
):
    PlanStep.objects.filter(pk=task.pk).update(
        trigger="resolved", offset=0 * MINUTE, done_when="postmortem"
    )
    publish(incident, 10, by=lead, status="resolved")
    release.release_due(now=NOON + 10 * MINUTE)
    given = incident.timeline.get(step=task, state="waiting")
    publish(incident, 16, by=lead, status="resolved")
    before = state(given)

    postmortem_drafts.make(incident=incident, due_at=NOON + 60 * MINUTE)
    publish(incident, 20, by=lead, status="postmortem")

    assert (before, state(given)) == (State.WAITING, State.DONE)
