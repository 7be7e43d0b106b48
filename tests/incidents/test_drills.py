"""A plan rehearsed among ourselves: the same engine, another clock, nobody outside."""

from datetime import timedelta

import pytest

from audiences.models import Subscription
from incidents.models import Drill, Incident, Responder, TimelineEntry
from incidents.services import drills, incidents, release, score, update_checks, updates
from incidents.services.drills import Script
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery
from messaging.services import recipients
from tests.factories import (
    NOON,
    ContactFactory,
    DutyFactory,
    PlanFactory,
    PlanStepFactory,
    SegmentFactory,
    SubscriptionFactory,
    SurveyFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
STATEMENT = {"en": "We look into {{ title }}.", "de": "Wir prüfen {{ title }}."}


@pytest.fixture
def staff():
    def one(name):
        user = UserFactory(username=name)
        contact = ContactFactory(email=f"{name}@corp.example", phone="")
        return Responder.objects.create(user=user, contact=contact)

    return [one("lea"), one("deniz")]


@pytest.fixture
def plan(template, staff):
    plan = PlanFactory(update_interval=30 * MINUTE)
    customers = SegmentFactory()
    SubscriptionFactory(segment=customers, contact=ContactFactory(email="ana@example.com"))
    for trigger in ("opened", "promise_due"):
        step = PlanStepFactory(
            plan=plan, trigger=trigger, template=template, statement=STATEMENT, repeat_limit=2
        )
        step.segments.add(customers)
    DutyFactory(plan=plan, user=staff[1].user)
    return plan


@pytest.fixture
def drill(plan, staff, lead):
    title = {"en": "Fire in the data centre", "de": "Brand im Rechenzentrum"}
    script = Script(plan=plan, title=title, people=staff, lasts=240 * MINUTE, takes=20 * MINUTE)
    return drills.prepare(script=script, by=lead)


def run(drill, minutes):
    """Let the clock on the wall reach so many minutes after the drill began."""
    for second in range(0, minutes * 60 + 1, 5):
        release.release_due(now=NOON + timedelta(seconds=second))
    for broadcast in Broadcast.objects.filter(frozen_at=None):
        recipients.freeze(broadcast_id=broadcast.pk, now=NOON)


def test_a_drill_tells_those_who_take_part_and_nobody_else(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)

    run(drill, 1)

    assert {row.address for row in Delivery.objects.all()} == {
        "lea@corp.example",
        "deniz@corp.example",
    }


def test_every_message_of_a_drill_says_that_it_is_one(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)

    run(drill, 1)

    contents = [one for each in Broadcast.objects.all() for one in each.contents.all()]
    assert contents
    for content in contents:
        mark = {"de": "ÜBUNG", "en": "DRILL"}[content.language]
        assert content.subject.startswith(f"[{mark}] ")
        assert mark in content.text.splitlines()[0]
        assert mark in content.html
        assert not content.sms_text or content.sms_text.startswith(f"[{mark}] ")


def test_hours_of_the_story_pass_in_minutes_and_end_in_the_present(drill, lead):
    incident = incidents.open(incident=drill.incident, by=lead, now=NOON)

    assert incident.opened_at == NOON - 220 * MINUTE
    assert incident.story_time(NOON + 10 * MINUTE) == NOON - 100 * MINUTE
    assert incident.story_time(NOON + 20 * MINUTE) == NOON + 20 * MINUTE
    assert incident.story_time(NOON + 25 * MINUTE) == NOON + 25 * MINUTE


def test_the_first_of_the_plan_who_takes_part_leads(drill, staff):
    assert drill.incident.lead == staff[1].user


def test_a_drill_needs_somebody(plan, lead):
    script = Script(plan=plan, title={"en": "Fire"}, people=[])

    with pytest.raises(drills.NobodyToRehearse):
        drills.prepare(script=script, by=lead)

    assert not Incident.objects.exists()


def test_a_drill_is_neither_public_nor_counted(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)

    assert not Incident.objects.public().exists()


def test_what_was_promised_for_after_its_end_is_neither_kept_nor_broken(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)
    run(drill, 1)
    owed = drill.incident.promises.get(settled_at=None)

    drills.end(drill=drill, lessons="", now=NOON + MINUTE)

    owed.refresh_from_db()
    assert owed.outcome == "void"
    made = score.of(incident=drill.incident, now=NOON + MINUTE).promises.made
    assert made == drill.incident.promises.count() - 1


def test_what_was_due_a_moment_before_its_end_was_not_kept_by_that(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)
    run(drill, 1)
    owed = drill.incident.promises.get(settled_at=None)
    clock = drill.incident.story_time(NOON + MINUTE)
    drill.incident.promises.filter(pk=owed.pk).update(due_at=clock - MINUTE / 60)

    drills.end(drill=drill, lessons="", now=NOON + MINUTE)

    owed.refresh_from_db()
    assert owed.outcome == "void"


def test_its_end_stops_everything_and_rates_it(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)
    run(drill, 20)

    ended = drills.end(drill=drill, lessons="Nobody wrote.", now=NOON + 20 * MINUTE)

    # Rated like the real thing: the first notice came in time and every update named the next; the
    # last promise was broken, and the silence after it was too long.
    assert (ended.score, ended.lessons) == (50, "Nobody wrote.")
    assert not drill.incident.timeline.filter(
        state__in=[TimelineEntry.State.PLANNED, TimelineEntry.State.WAITING]
    ).exists()
    assert not drill.incident.promises.filter(settled_at=None).exists()
    assert not Subscription.objects.filter(segment__topic__startswith="drill").exists()


def test_a_drill_ends_once(drill, lead):
    with pytest.raises(drills.NotRunning):
        drills.end(drill=drill, lessons="", now=NOON)
    incidents.open(incident=drill.incident, by=lead, now=NOON)
    drills.end(drill=drill, lessons="", now=NOON + MINUTE)

    with pytest.raises(drills.NotRunning):
        drills.end(drill=drill, lessons="Again.", now=NOON + MINUTE)

    assert Drill.objects.get().lessons == ""


def test_nothing_is_published_into_a_drill_that_is_over(drill, lead):
    incidents.open(incident=drill.incident, by=lead, now=NOON)
    drills.end(drill=drill, lessons="", now=NOON + MINUTE)
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "Once more."},
        next_update_due_at=NOON + timedelta(days=1),
    )

    with pytest.raises(update_checks.DrillIsOver):
        updates.publish(incident=drill.incident, draft=draft, by=lead, now=NOON + 2 * MINUTE)

    drill.incident.refresh_from_db()
    assert drill.incident.status == "resolved"
    assert not drill.incident.updates.filter(origin="person").exists()


def test_a_maintenance_is_rehearsed_with_the_time_before_it(staff, lead, template):
    plan = PlanFactory(kind="maintenance")
    script = Script(
        plan=plan,
        title={"en": "New disks"},
        people=staff,
        impact="maintenance",
        lasts=timedelta(days=9),
        takes=30 * MINUTE,
    )
    drill = drills.prepare(script=script, by=lead)

    incident = incidents.open(incident=drill.incident, by=lead, now=NOON)

    assert incident.scheduled_for - incident.opened_at == timedelta(days=9) - drills.WORK_BEGINS
    assert incident.scheduled_until - incident.scheduled_for == drills.WORK_TAKES


def test_nobody_is_asked_for_feedback_in_a_drill(plan, drill, lead, template):
    PlanStepFactory(plan=plan, trigger="opened", template=template, survey=SurveyFactory())
    incidents.open(incident=drill.incident, by=lead, now=NOON)

    run(drill, 1)

    asked = drill.incident.timeline.get(step__survey__isnull=False)
    assert (asked.state, asked.broadcast) == (TimelineEntry.State.SKIPPED, None)
