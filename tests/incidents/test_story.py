from datetime import timedelta

import pytest

from incidents.models import Incident, IncidentComponent, PlanStep, TimelineEntry
from incidents.services import incidents, promises, release, telling, update_checks, updates
from incidents.services.plans import NoPlan
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from messaging.services import broadcasts
from tests.factories import (
    NOON,
    ComponentFactory,
    IncidentFactory,
    PlanFactory,
    PlanStepFactory,
    TemplateVariantFactory,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
State, Reason = TimelineEntry.State, TimelineEntry.Reason


def publish(incident, minutes, *, status="investigating", promise=30, **kwargs):
    now = NOON + minutes * MINUTE
    due_at = now + promise * MINUTE if promise else None
    draft = UpdateDraft(
        status=status, public_text={"en": "Some words"}, next_update_due_at=due_at, **kwargs
    )
    return updates.publish(incident=incident, draft=draft, by=None, now=now)


def tick(minutes):
    return release.release_due(now=NOON + minutes * MINUTE)


def told(incident):
    """What each broadcast of the story says in English, in order."""
    broadcasts = Broadcast.objects.filter(thread=incident.key).order_by("pk")
    return [broadcast.facts["en"]["update"] for broadcast in broadcasts]


def test_opening_takes_over_lead_impact_and_component_status(incident, lead, login):
    login.refresh_from_db()

    assert incident.lead == lead
    assert incident.impact == "major"
    assert incident.opened_at == NOON
    assert login.status == "partial_outage"


def test_opening_twice_is_refused(incident, lead):
    with pytest.raises(incidents.AlreadyOpen):
        incidents.open(incident=incident, by=lead, now=NOON)


def test_without_a_fitting_plan_nothing_is_opened(draft, lead):
    PlanFactory(kind="maintenance")

    with pytest.raises(NoPlan):
        incidents.open(incident=draft, by=lead, now=NOON)

    assert Incident.objects.get().is_draft


def test_a_plan_for_the_component_is_preferred(draft, plan, login, lead):
    special = PlanFactory(minimum_impact="minor")
    special.components.add(login)
    foreign = PlanFactory(minimum_impact="major")
    foreign.components.add(ComponentFactory())

    assert incidents.open(incident=draft, by=lead, now=NOON).plan == special


def test_the_first_notice_goes_out_at_once_in_the_plans_words(incident):
    assert tick(0) == 1

    assert told(incident) == ["We look into Login."]
    notice = incident.updates.get()
    assert notice.public_text["de"] == "Wir prüfen Login."
    assert notice.next_update_due_at == NOON + 30 * MINUTE


def test_words_written_while_opening_become_the_first_notice(incident):
    publish(incident, 0)

    tick(0)

    assert told(incident) == ["Some words"]


def test_doubled_and_late_ticks_say_nothing_twice(incident):
    for minutes in (0, 0, 1, 1):
        tick(minutes)
    publish(incident, 5)
    for minutes in (5, 5, 6):
        tick(minutes)

    assert told(incident) == ["We look into Login.", "Some words"]


def test_what_moved_away_after_a_tick_had_found_it_due_is_not_sent_early(incident, monkeypatch):
    claim = release.entries.claim

    def moved_just_before(entry, **how):
        TimelineEntry.objects.filter(pk=entry.pk).update(due_at=NOON + 60 * MINUTE)
        return claim(entry, **how)

    monkeypatch.setattr(release.entries, "claim", moved_just_before)

    assert (tick(0), told(incident)) == (0, [])


def test_a_silent_lead_is_covered_by_a_bounded_number_of_holding_statements(incident):
    for minutes in range(0, 200, 5):
        tick(minutes)

    assert len(told(incident)) == 3
    until = NOON + 200 * MINUTE
    promises.judge(now=until)
    kept = {"made": 3, "kept": 2, "late": 0, "broken": 1}
    assert promises.tally(incident=incident, until=until) == kept


def test_a_promise_nobody_followed_is_broken_once_it_is_due(incident):
    publish(incident, 10)

    def tally(minutes):
        counts = promises.tally(incident=incident, until=NOON + minutes * MINUTE)
        return counts["made"], counts["kept"]

    assert tally(30) == (0, 0)
    assert tally(60) == (1, 0)


def test_an_update_published_while_a_tick_waits_is_not_lost(incident, phone_step):
    tick(0)
    publish(incident, 16)

    tick(15)
    tick(17)

    assert told(incident) == ["We look into Login.", "Some words"]
    assert incident.timeline.planned().get().slot.partition(":")[2].startswith("promise:")


def test_nothing_of_the_beginning_is_said_after_the_end(phone_step, incident):
    tick(0)

    publish(incident, 10, status="resolved", promise=None)

    assert incident.timeline.get(step=phone_step).state == State.CANCELLED


def test_a_maintenance_that_was_called_off_is_not_asked_about(plan, template, lead, login):
    plan.kind = "maintenance"
    plan.save()
    PlanStepFactory(plan=plan, trigger="resolved", template=template)
    draft = IncidentFactory(kind="maintenance", status="scheduled")
    IncidentComponent.objects.create(incident=draft, component=login, status="under_maintenance")
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    publish(incident, 5, status="cancelled", promise=None)

    login.refresh_from_db()
    assert login.status == "operational"
    assert not incident.timeline.filter(step__trigger="resolved").exists()


def test_a_component_shows_the_worst_of_its_incidents(incident, plan, lead, login):
    other = IncidentFactory(plan=plan)
    IncidentComponent.objects.create(incident=other, component=login, status="major_outage")
    incidents.open(incident=other, by=lead, now=NOON)
    publish(incident, 5, status="resolved", promise=None)

    login.refresh_from_db()
    assert login.status == "major_outage"
    publish(other, 6, status="resolved", promise=None)
    login.refresh_from_db()
    assert login.status == "operational"


def test_a_second_click_and_an_outdated_form_publish_nothing(incident):
    publish(incident, 5, after=0)

    with pytest.raises(update_checks.Outdated):
        publish(incident, 6, after=0)

    publish(incident, 7, after=incident.updates.get().pk)
    assert incident.updates.count() == 2


def test_two_audiences_hear_the_same_statement_at_the_same_moment(plan, draft, lead, template):
    for trigger in ("opened", "promise_due"):
        PlanStepFactory(plan=plan, trigger=trigger, template=template, position=9)
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    tick(0)
    tick(30)

    assert incident.updates.count() == 2
    assert len(told(incident)) == 4


def test_a_bug_in_one_story_does_not_silence_the_others(plan, incident, lead, monkeypatch):
    other = incidents.open(incident=IncidentFactory(plan=plan), by=lead, now=NOON)
    start = broadcasts.start

    def fail_for_the_first(*, announcement, **kwargs):
        if announcement.thread == incident.key:
            raise ZeroDivisionError("a bug")
        return start(announcement=announcement, **kwargs)

    monkeypatch.setattr(broadcasts, "start", fail_for_the_first)

    tick(0)

    assert incident.timeline.get().state == State.WAITING
    assert len(told(other)) == 1


def test_an_update_in_time_cancels_the_holding_statement_with_the_reason(incident):
    tick(0)

    publish(incident, 20)

    cancelled = incident.timeline.get(state=State.CANCELLED)
    assert cancelled.reason == Reason.ALREADY_SAID
    tick(31)
    assert told(incident) == ["We look into Login.", "Some words"]


def test_resolving_ends_the_rhythm_and_frees_the_component(incident, login):
    tick(0)
    publish(
        incident, 20, status="resolved", promise=None, component_statuses={login.pk: "operational"}
    )

    for minutes in range(20, 200, 10):
        tick(minutes)

    incident.refresh_from_db()
    login.refresh_from_db()
    assert incident.resolved_at == NOON + 20 * MINUTE
    assert login.status == "operational"
    assert incident.impact == "major"
    assert told(incident) == ["We look into Login.", "Some words"]
    change = incident.updates.latest("pk").component_changes.get()
    assert (change.old_status, change.new_status) == ("partial_outage", "operational")


def test_an_entry_released_long_after_its_time_is_late_but_not_lost(incident):
    tick(60)

    assert incident.timeline.filter(state=State.LATE).exists()
    assert told(incident)[0] == "We look into Login."


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"public_text": {"en": " "}}, update_checks.NothingToSay),
        ({"next_update_due_at": None}, update_checks.PromiseMissing),
        ({"next_update_due_at": NOON}, update_checks.PromiseInThePast),
        ({"next_update_due_at": NOON + timedelta(days=366)}, update_checks.PromiseTooFar),
        ({"status": "completed"}, update_checks.WrongStatus),
        # Few characters, and yet more than mail programs show.
        ({"public_text": {"en": "|a\n|-\n" + "|x\n" * 400}}, update_checks.TooLong),
    ],
)
def test_an_update_that_cannot_be_kept_or_read_is_refused(incident, change, error):
    complete = {
        "status": "investigating",
        "public_text": {"en": "Some words"},
        "next_update_due_at": NOON + MINUTE,
    }

    with pytest.raises(error):
        updates.publish(
            incident=incident, draft=UpdateDraft(**complete | change), by=None, now=NOON
        )

    assert not incident.updates.exists()


def test_a_draft_cannot_speak(draft):
    with pytest.raises(update_checks.NotOpen):
        publish(draft, 0)


def test_a_task_waits_for_a_person_and_keeps_its_outcome(phone_step, incident, lead):
    tick(15)
    entry = incident.timeline.get(step=phone_step)
    assert entry.state == State.WAITING

    release.complete(entry=entry, by=lead, outcome="All reached", now=NOON + 20 * MINUTE)

    entry.refresh_from_db()
    assert (entry.state, entry.note, entry.decided_by) == (State.DONE, "All reached", lead)
    with pytest.raises(release.NotWaiting):
        release.complete(entry=entry, by=lead, outcome="Again", now=NOON)


def test_what_needs_approval_waits_for_it(plan, draft, lead):
    plan.steps.filter(trigger="opened").update(who=PlanStep.Who.APPROVAL)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    assert told(incident) == []

    release.approve(entry=incident.timeline.get(), by=lead, now=NOON + MINUTE)

    assert told(incident) == ["We look into Login."]


def test_a_broken_template_stops_its_own_message_only_and_waits_for_a_person(
    plan, draft, lead, template
):
    broken = TemplateVariantFactory(body="{{ nobody }}").template
    plan.steps.filter(trigger="opened").update(template=broken)
    step = PlanStepFactory(
        plan=plan, trigger="opened", template=template, statement={"en": "We look into it."}
    )
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    tick(0)

    waiting = incident.timeline.get(state=State.WAITING)
    assert "nobody" in waiting.note
    assert incident.timeline.get(step=step).state == State.DONE
    broken.variants.update(body="Mended")
    release.approve(entry=waiting, by=lead, now=NOON)
    waiting.refresh_from_db()
    assert waiting.state == State.DONE


def test_a_skipped_entry_never_goes_out(incident, lead):
    release.skip(entry=incident.timeline.get(), by=lead, reason="Phoned them")

    tick(10)

    assert told(incident) == []
    assert incident.timeline.get().note == "Phoned them"


def test_the_forecast_says_how_many_will_hear_it(incident):
    entry = incident.timeline.get()

    foreseen = telling.expected(incident=incident, now=NOON)
    assert {pk: one.by_channel for pk, one in foreseen.items()} == {entry.pk: {"email": 2}}


def test_who_depends_on_the_component_is_told_when_the_step_says_so(incident, login, customers):
    step = PlanStep.objects.get(trigger="opened")
    step.segments.clear()
    assert telling.audience(step, incident) == []

    step.tells_affected = True
    login.dependents.add(customers)

    assert telling.audience(step, incident) == [customers]


def test_a_fast_clock_catches_up_with_the_present(draft):
    now = NOON + 120 * MINUTE
    draft.set_clock(story=NOON, now=now, speed=60)

    assert draft.story_time(now) == NOON
    assert draft.story_time(now + timedelta(seconds=30)) == NOON + 30 * MINUTE
    assert draft.story_time(now + 10 * MINUTE) == now + 10 * MINUTE


def test_a_rehearsal_changes_no_component(draft, plan, lead, login):
    draft.mode = Incident.Mode.DRILL
    draft.save()

    incidents.open(incident=draft, by=lead, now=NOON)

    login.refresh_from_db()
    assert login.status == "operational"


def test_a_drill_writes_to_nobody(draft, plan, lead):
    draft.mode = Incident.Mode.DRILL
    draft.save()
    incidents.open(incident=draft, by=lead, now=NOON)

    tick(0)

    told = Broadcast.objects.get().segments.all()
    assert not any(segment.members("email").exists() for segment in told)
