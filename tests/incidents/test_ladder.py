"""The ladder on rows: who is called, what they get, what they answer, who is responsible."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audiences.models import Channel, Suppression
from feedback.models import FollowUp, Response
from incidents import duty_page, tasks
from incidents.models import (
    Absence,
    Approval,
    Commitment,
    Drill,
    Duty,
    DutyCall,
    Handover,
    Incident,
    OnCallHours,
    PlanReview,
    PlanStep,
    Postmortem,
    TimelineEntry,
)
from incidents.services import (
    duty_answers,
    duty_calls,
    handovers,
    incidents,
    ladder,
    owed,
    posts,
    release,
    timeline,
    updates,
)
from incidents.services.responsibility import CannotAnswer
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery
from tests.factories import (
    NOON,
    BroadcastFactory,
    DeliveryFactory,
    IncidentFactory,
    InvitationFactory,
    PlanStepFactory,
    SurveyRoundFactory,
    SurveyVersionFactory,
    UpdateFactory,
)
from tests.incidents.team import MINUTE, run, said

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
Because = Handover.Because


def called(incident):
    return [
        (call.user.username, int((call.called_at - NOON) / MINUTE))
        for call in DutyCall.objects.filter(incident=incident).order_by("pk")
    ]


def letters(**contact):
    found = Delivery.objects.filter(broadcast__purpose=Broadcast.Purpose.DUTY)
    return found.filter(**contact).order_by("pk")


def test_silence_moves_on_until_the_plan_speaks_and_its_owner_is_told(
    incident, team, lead, deputy, owner
):
    said(incident)

    run(18, 31)

    assert called(incident) == [
        ("lead", 20),
        ("deputy", 25),
        ("second", 30),
        (owner.username, 30),
    ]
    incident.refresh_from_db()
    assert incident.lead.username == "second"
    assert incident.updates.last().origin == "plan"
    history = [(one.user.username, one.because) for one in incident.handovers.order_by("pk")]
    assert history == [("lead", "opened"), ("deputy", "called"), ("second", "called")]


def test_customers_never_wait_for_a_message_to_ourselves(incident, team, monkeypatch):
    def fail(**_anything):
        raise RuntimeError("no words for the owner")

    monkeypatch.setattr(duty_calls, "tell_owner", fail)
    said(incident)

    release.release_due(now=NOON + 30 * MINUTE)

    assert incident.updates.last().origin == "plan"
    assert Broadcast.objects.filter(thread=incident.key, purpose="notice").count() >= 2


def test_each_call_comes_by_e_mail_and_by_text_message_before_everything_else(incident, team, lead):
    said(incident)

    run(20, 20)

    assert {one.channel for one in letters()} == {"email", "sms"}
    first = letters().first()
    assert first.broadcast.priority == Broadcast.Priority.CALL
    text = letters(channel="sms").get().broadcast.contents.get().sms_text
    assert all(part in text for part in ("/d/", "13:30 CET", "Reply 1"))


def test_two_audiences_that_wait_at_once_have_each_person_called_once(incident, team, owner):
    said(incident)
    incident.promises.create(
        update=incident.updates.get(),
        audience="partner",
        made_at=NOON,
        due_at=NOON + 30 * MINUTE + timedelta(seconds=20),
    )

    run(18, 40)

    assert called(incident) == [
        ("lead", 20),
        ("deputy", 25),
        ("second", 30),
        (owner.username, 30),
    ]


@pytest.fixture
def two_promises(incident, team):
    """Partners are to hear at half past, everybody else four minutes later."""
    said(incident, promise=34)
    incident.promises.create(
        update=incident.updates.get(),
        audience="partner",
        made_at=NOON,
        due_at=NOON + 30 * MINUTE,
    )
    return incident


def test_whoever_has_written_for_one_audience_is_called_about_the_other_in_time(two_promises, lead):
    run(18, 20, releases=False)
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "For partners"},
        audience="partner",
        next_update_due_at=NOON + 80 * MINUTE,
    )
    updates.publish(incident=two_promises, draft=draft, by=lead, now=NOON + 21 * MINUTE)

    run(21, 26, releases=False)

    assert called(two_promises) == [("lead", 20), ("lead", 24)]
    two_promises.refresh_from_db()
    assert two_promises.lead == lead


def test_a_snooze_ends_when_the_first_of_two_promises_is_due(two_promises, lead):
    run(18, 24, releases=False)
    call = DutyCall.objects.get()
    DutyCall.objects.update(object_id=two_promises.promises.get(audience="").pk)

    now, half_an_hour = NOON + 24 * MINUTE, 30 * MINUTE
    call.refresh_from_db()
    snoozed = duty_answers.snooze(
        call=call, by=lead, duration=half_an_hour, reason="Driving", through="link", now=now
    )

    assert snoozed.snoozed_until == NOON + 30 * MINUTE


def test_an_update_ends_the_calls(incident, team):
    said(incident)
    run(18, 26)
    said(incident, minutes=27)

    run(27, 31)

    assert called(incident) == [("lead", 20), ("deputy", 25)]


def test_the_end_ends_the_calls(incident, team):
    said(incident)
    run(18, 20)
    draft = UpdateDraft(status="resolved", public_text={"en": "Over"})
    updates.publish(incident=incident, draft=draft, by=None, now=NOON + 21 * MINUTE)

    run(21, 31)

    assert called(incident) == [("lead", 20)]


def test_whoever_is_absent_is_passed_over_and_it_says_why(incident, team, lead, deputy):
    Absence.objects.create(
        responder=lead.responder, from_on=date(2026, 3, 1), until_on=date(2026, 3, 2)
    )
    said(incident)

    run(18, 21)

    calls = DutyCall.objects.order_by("rung")
    assert [(call.user, call.problem) for call in calls] == [(lead, "absent"), (deputy, "")]
    assert not letters(contact=lead.responder.contact).exists()
    incident.refresh_from_db()
    assert incident.lead == deputy


def test_hours_on_call_are_those_of_the_persons_own_clocks(incident, team, deputy):
    contact = deputy.responder.contact
    contact.time_zone = "America/New_York"
    contact.save()
    # 12:25 in London is 7:25 in New York.
    OnCallHours.objects.create(
        responder=deputy.responder, weekday=0, opens_at=time(8), closes_at=time(0)
    )
    said(incident)

    run(18, 26)

    assert DutyCall.objects.get(user=deputy).problem == "off_call"
    assert called(incident)[-1] == ("second", 25)


@pytest.mark.parametrize("trouble", ["no responder", "suppressed", "inactive", "may not publish"])
def test_whoever_cannot_be_reached_is_passed_over_at_once(incident, team, deputy, trouble):
    match trouble:
        case "no responder":
            deputy.responder.delete()
        case "suppressed":
            for channel, address in (
                (Channel.EMAIL, deputy.responder.contact.email),
                (Channel.SMS, deputy.responder.contact.phone),
            ):
                Suppression.objects.create(channel=channel, address=address, reason="stop")
        case "inactive":
            deputy.is_active = False
        case "may not publish":
            deputy.is_superuser = False
    deputy.save()
    said(incident)

    run(18, 25)

    assert DutyCall.objects.get(user=deputy).problem
    assert called(incident)[-2:] == [("deputy", 25), ("second", 25)]


def test_doubled_ticks_call_nobody_twice(incident, team):
    said(incident)

    for minutes in (20, 20, 21, 21):
        ladder.climb(now=NOON + minutes * MINUTE)

    assert called(incident) == [("lead", 20)]


def test_taking_over_makes_responsible_and_begins_anew(incident, team, lead, deputy):
    said(incident)
    run(18, 25)
    call = DutyCall.objects.get(user=lead)

    duty_answers.take_over(call=call, by=lead, through="link", now=NOON + 26 * MINUTE)

    incident.refresh_from_db()
    assert incident.lead == lead
    assert handovers.current(incident).because == Because.TOOK_OVER
    run(27, 31)
    assert called(incident)[2:] == [(incident.plan.owner.username, 30)]


@pytest.mark.parametrize(
    ("reaction", "leads"),
    [("", "second"), ("answer", "deputy"), ("takeover", "deputy"), ("update", "deputy")],
)
def test_whoever_publishes_answers_for_it_unless_the_lead_has_reacted(
    incident, team, deputy, second, reaction, leads
):
    said(incident)
    run(20, 20)
    run(25, 25)
    call, at = DutyCall.objects.get(user=deputy), NOON + 26 * MINUTE
    match reaction:
        case "answer":
            duty_answers.snooze(
                call=call, by=deputy, duration=MINUTE, reason="A call", through="sms", now=at
            )
        case "takeover":
            handovers.hand_over(incident=incident, to=deputy, by=deputy, now=at)
        case "update":
            said(incident, minutes=26, by=deputy)

    said(incident, minutes=27, by=second)

    incident.refresh_from_db()
    assert incident.lead.username == leads
    is_new = handovers.current(incident).because == "published"
    assert is_new == (leads == "second")


def test_a_lead_who_was_not_called_stays_whoever_publishes(incident, team, lead, second):
    said(incident)

    said(incident, minutes=10, by=second)

    incident.refresh_from_db()
    assert incident.lead == lead


def test_taking_over_twice_has_no_effect(incident, team, lead):
    said(incident)
    run(18, 20)
    call = DutyCall.objects.get()
    for minutes in (21, 22):
        duty_answers.take_over(call=call, by=lead, through="link", now=NOON + minutes * MINUTE)

    call.refresh_from_db()
    assert call.answered_at == NOON + 21 * MINUTE
    assert incident.handovers.filter(because="took_over").count() == 1


def test_a_snooze_lasts_until_the_promise_is_due_at_most(incident, team, lead):
    said(incident)
    run(18, 20)

    duty_answers.snooze(
        call=DutyCall.objects.get(),
        by=lead,
        duration=30 * MINUTE,
        reason="On the phone with the data centre",
        through="admin",
        now=NOON + 22 * MINUTE,
    )

    assert DutyCall.objects.get().snoozed_until == NOON + 30 * MINUTE
    run(22, 30)
    assert called(incident)[1] == ("lead", 30)
    assert incident.updates.last().origin == "plan"


def test_only_who_answers_for_it_can_snooze_it(incident, team, lead):
    said(incident)
    run(18, 25)

    with pytest.raises(CannotAnswer, match="Deniz answers for it now"):
        duty_answers.snooze(
            call=DutyCall.objects.get(user=lead),
            by=lead,
            duration=10 * MINUTE,
            reason="Later",
            through="link",
            now=NOON + 26 * MINUTE,
        )


def test_what_is_done_cannot_be_taken_over(incident, team, lead):
    said(incident)
    run(18, 20)
    said(incident, minutes=21)

    with pytest.raises(CannotAnswer):
        duty_answers.take_over(
            call=DutyCall.objects.get(), by=lead, through="link", now=NOON + 22 * MINUTE
        )


def test_nobody_is_called_about_a_replay(incident, team):
    incident.mode = "replay"
    incident.save()
    said(incident)

    run(15, 40, releases=False)

    assert called(incident) == []


def test_in_a_drill_only_its_people_are_called(incident, team, lead, deputy):
    incident.mode = "drill"
    incident.save()
    drill = Drill.objects.create(incident=incident, held_by=lead)
    drill.people.add(deputy.responder)
    said(incident)

    run(18, 20)

    calls = DutyCall.objects.order_by("rung")
    assert [(call.user, call.problem) for call in calls] == [
        (lead, "not_in_drill"),
        (deputy, ""),
    ]
    called = letters().first().broadcast
    assert called.title.startswith("[DRILL] ")
    assert called.contents.get().subject.startswith("[DRILL] ")


def test_a_task_is_given_to_a_person_who_is_told(phone_step, incident, team, deputy):
    PlanStep.objects.filter(pk=phone_step.pk).update(role="deputy", deadline=30 * MINUTE)

    release.release_due(now=NOON + 15 * MINUTE)

    entry = incident.timeline.get(step=phone_step)
    assert entry.assignee == deputy
    assert entry.deadline_at == NOON + 45 * MINUTE
    assert {one.contact for one in letters()} == {deputy.responder.contact}


def test_tasks_due_together_are_told_together(plan, phone_step, incident, team, lead, deputy):
    for name, role in [("Brief support", "lead"), ("Post it", "lead"), ("Ask around", "deputy")]:
        PlanStepFactory(
            plan=plan,
            name=name,
            trigger="opened",
            who="task",
            role=role,
            instructions=f"How to {name.lower()}.",
            deadline=len(name) * MINUTE,
        )
    PlanStep.objects.filter(pk=phone_step.pk).update(role="lead", deadline=60 * MINUTE)
    timeline.replan(incident=Incident.objects.get(), now=NOON)

    release.release_due(now=NOON + 15 * MINUTE)

    tasks = incident.timeline.filter(step__who="task")
    assert dict(tasks.values_list("step__name", "assignee__username")) == {
        "Phone the key accounts": "lead",
        "Brief support": "lead",
        "Post it": "lead",
        "Ask around": "deputy",
    }
    told = [one.contact for one in letters().filter(channel="email").order_by("pk")]
    assert sorted(one.name for one in told) == ["Deputy", "Lead"]
    said = letters().filter(channel="email", contact=lead.responder.contact).get().broadcast
    words = said.contents.get()
    assert "Your task: Brief support, and 2 more tasks" in words.subject
    assert "How to post it." in words.text
    # By their own deadlines, and all by the first of them.
    assert "Post it – until 13:22 CET" in words.text
    assert "do it by 13:22 CET" in words.text
    assert "Phone the key accounts – until 14:15 CET" in words.text


def test_a_task_that_cannot_be_given_takes_no_other_with_it(plan, draft, team, lead, monkeypatch):
    for name in ("Call", "Break", "Look"):
        PlanStepFactory(plan=plan, name=name, trigger="opened", who="task")
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    def fail(task):
        if task.step.name == "Break":
            raise ValueError("no words")
        return ()

    monkeypatch.setattr(posts, "of_task", fail)
    release.release_due(now=NOON)

    tasks = incident.timeline.filter(step__who="task", state="waiting")
    assert sorted(tasks.values_list("step__name", "assignee__username", "note")) == [
        ("Break", None, "ValueError: no words"),
        ("Call", "lead", ""),
        ("Look", "lead", ""),
    ]
    told = [one.broadcast.contents.get().subject for one in letters().filter(channel="email")]
    assert [subject.removesuffix(" · Slow logins") for subject in told] == [
        "Your task: Call",
        "Your task: Look",
    ]


def test_a_task_of_somebody_absent_is_given_to_the_next(phone_step, incident, team, lead, deputy):
    PlanStep.objects.filter(pk=phone_step.pk).update(assignee=deputy)
    Absence.objects.create(
        responder=deputy.responder, from_on=date(2026, 3, 2), until_on=date(2026, 3, 2)
    )

    release.release_due(now=NOON + 15 * MINUTE)

    assert incident.timeline.get(step=phone_step).assignee == lead


def test_a_task_nobody_does_moves_on(phone_step, incident, team, deputy, owner):
    PlanStep.objects.filter(pk=phone_step.pk).update(role="deputy", deadline=30 * MINUTE)
    said(incident, promise=600)

    run(15, 15)
    run(33, 52)

    entry = incident.timeline.get(step=phone_step)
    assert called(incident) == [
        ("deputy", 35),
        ("lead", 40),
        ("second", 45),
        (owner.username, 50),
    ]
    assert entry.assignee == owner
    release.complete(entry=entry, by=deputy, outcome="Done", now=NOON + 53 * MINUTE)
    before = len(called(incident))
    run(53, 60)
    assert len(called(incident)) == before


def test_a_message_that_cannot_go_out_is_chased_and_its_incident_stays_where_it_is(incident, team):
    incident.timeline.update(state=TimelineEntry.State.WAITING, note="BadTemplate: no {{ x }} here")
    run(0, 0)
    run(5, 5)

    assert {call.about for call in DutyCall.objects.all()} == {"entry"}
    assert [name for name, _minute in called(incident)] == ["lead", "deputy"]
    incident.refresh_from_db()
    assert incident.lead.username == "lead"


def test_an_approval_is_asked_of_others_than_its_author(incident, team, lead):
    update = UpdateFactory(incident=incident)
    Approval.objects.create(
        update=update,
        fingerprint="x",
        requested_at=NOON,
        requested_by=lead,
        expires_at=NOON + 15 * MINUTE,
    )

    run(0, 8, releases=False)

    about = DutyCall.objects.filter(about="approval")
    assert [call.user.username for call in about] == ["deputy"]


def test_what_is_due_in_days_is_asked_for_by_e_mail_once_a_day(incident, team, lead, owner):
    draft = UpdateDraft(status="resolved", public_text={"en": "Over"})
    updates.publish(incident=incident, draft=draft, by=None, now=NOON)
    Postmortem.objects.update_or_create(
        incident=incident, defaults={"due_at": NOON + 3 * DAY, "author": lead}
    )
    Commitment.objects.create(incident=incident, owner=owner, due_on=(NOON + 3 * DAY).date())

    for hours in range(36, 24 * 5, 12):
        ladder.climb(now=NOON + timedelta(hours=hours))

    about = DutyCall.objects.filter(about="postmortem").order_by("rung")
    days = [(call.user.username, (call.called_at - NOON).days) for call in about]
    assert days[:2] == [("lead", 2), ("deputy", 3)]
    assert DutyCall.objects.filter(about="commitment").first().user == owner
    assert {one.channel for one in letters()} == {"email"}


def end_with_a_task(incident):
    """Over at noon; within a day the lead is to write the post-mortem."""
    PlanStepFactory(
        plan=incident.plan,
        trigger="resolved",
        offset=0 * MINUTE,
        deadline=DAY,
        who=PlanStep.Who.TASK,
        template=None,
        done_when=PlanStep.DoneWhen.POSTMORTEM,
    )
    draft = UpdateDraft(status="resolved", public_text={"en": "Over"})
    updates.publish(incident=incident, draft=draft, by=None, now=NOON)
    release.release_due(now=NOON)


def test_the_task_to_write_a_postmortem_is_asked_for_in_days_with_it(incident, team, lead):
    end_with_a_task(incident)
    Postmortem.objects.update_or_create(incident=incident, defaults={"due_at": NOON + 2 * DAY})

    for hours in range(20, 40):
        ladder.climb(now=NOON + timedelta(hours=hours))

    assert {(call.about, call.user) for call in DutyCall.objects.all()} == {("postmortem", lead)}


def test_a_drill_that_owes_no_postmortem_asks_for_the_task(incident, team, lead):
    Incident.objects.update(mode=Incident.Mode.DRILL)
    incident.refresh_from_db()
    end_with_a_task(incident)

    ladder.climb(now=NOON + DAY)

    assert DutyCall.objects.filter(about="task", user=lead).exists()


def test_a_review_that_is_overdue_is_chased(plan, team, lead, owner):
    PlanReview.objects.create(plan=plan, reviewer=lead, due_on=NOON.date())

    for days in range(20):
        ladder.climb(now=NOON + days * DAY)

    calls = list(DutyCall.objects.order_by("rung"))
    assert calls[0].user == lead
    # Nothing settles it by itself: whoever owns the plan is asked each week.
    assert [one.user for one in calls[-3:]] == [owner] * 3
    assert {later.called_at - one.called_at for one, later in pairwise(calls[-3:])} == {7 * DAY}


def test_what_is_owed_in_days_is_looked_at_each_minute(plan, lead, settings):
    PlanReview.objects.create(plan=plan, reviewer=lead, due_on=NOON.date())

    tasks.climb()
    assert not DutyCall.objects.exists()

    tasks.climb_in_days()
    assert DutyCall.objects.exists()
    assert {*owed.IN_MINUTES, *owed.IN_DAYS} == set(DutyCall.About)
    beats = {each["task"]: each["schedule"] for each in settings.CELERY_BEAT_SCHEDULE.values()}
    assert beats[tasks.climb_in_days.name] == 60


def test_a_customer_who_waits_for_an_answer_is_chased(incident, plan, team, lead, owner):
    asked = PlanStepFactory(plan=plan, survey=SurveyVersionFactory().survey)
    broadcast = BroadcastFactory()
    TimelineEntry.objects.create(
        incident=incident, step=asked, slot="asked", due_at=NOON, broadcast=broadcast
    )
    response = Response.objects.create(
        invitation=InvitationFactory(broadcast=broadcast),
        delivery=DeliveryFactory(broadcast=broadcast),
        language="en",
        submitted_at=NOON,
    )
    FollowUp.objects.create(response=response, owner=owner, due_at=NOON + 2 * DAY)

    for hours in (20, 25, 50, 80):
        ladder.climb(now=NOON + timedelta(hours=hours))

    about = DutyCall.objects.filter(about="follow_up").order_by("rung")
    called_at = [(one.user, one.called_at - NOON) for one in about]
    assert called_at[:2] == [(owner, timedelta(hours=25)), (lead, timedelta(hours=50))]
    assert (
        duty_page.admin_url(about[0])
        == f"/admin/feedback/followup/{FollowUp.objects.get().pk}/change/"
    )


def test_who_waits_after_a_round_is_chased_up_to_whoever_asked(team, lead, owner):
    broadcast = BroadcastFactory()
    response = Response.objects.create(
        invitation=InvitationFactory(broadcast=broadcast),
        delivery=DeliveryFactory(broadcast=broadcast),
        language="en",
        submitted_at=NOON,
    )
    SurveyRoundFactory(state="asked", broadcast=broadcast, created_by=lead)
    FollowUp.objects.create(response=response, owner=owner, due_at=NOON + DAY)

    for days in range(10):
        ladder.climb(now=NOON + days * DAY)

    called = [(one.user, one.called_at - NOON) for one in DutyCall.objects.order_by("rung")]
    assert called == [(owner, 0 * DAY), (lead, 2 * DAY), (lead, 9 * DAY)]


@pytest.mark.parametrize("trouble", ["absent", "no responder", "may not publish"])
def test_opening_chooses_the_first_who_can_be_reached_and_says_who_cannot(
    draft, team, lead, deputy, trouble
):
    match trouble:
        case "absent":
            day = NOON.date()
            Absence.objects.create(responder=lead.responder, from_on=day, until_on=day)
        case "no responder":
            lead.responder.delete()
        case "may not publish":
            lead.is_superuser = False
            lead.save()
    draft.plan = Duty.objects.get(user=lead).plan

    opened = incidents.open(incident=draft, by=None, now=NOON)

    assert opened.lead == deputy
    handover = opened.handovers.get()
    assert handover.because == Because.OPENED
    assert handover.note.startswith("cannot be reached: Lea (")


def test_where_nobody_on_duty_can_be_reached_the_owner_leads_and_is_told(
    draft, plan, team, lead, deputy, second, owner, lead_client
):
    User.objects.filter(pk__in=[lead.pk, deputy.pk, second.pk]).update(is_active=False)

    opened = incidents.open(incident=draft, by=None, now=NOON)

    assert opened.lead == owner
    letter = letters(contact=owner.responder.contact, channel="email").get()
    assert "Nobody on duty can be reached: Lea" in letter.broadcast.contents.get().text
    User.objects.filter(pk=lead.pk).update(is_active=True)
    for page in (reverse("admin:incidents_incident_room", args=[opened.pk]), "/admin/"):
        assert "Nobody on duty can be reached: Lea" in lead_client.get(page).content.decode()


def test_a_task_is_given_to_somebody_who_can_be_reached(phone_step, incident, team, deputy, lead):
    PlanStep.objects.filter(pk=phone_step.pk).update(role="deputy")
    deputy.responder.delete()

    release.release_due(now=NOON + 15 * MINUTE)

    entry = incident.timeline.get(step=phone_step)
    assert entry.assignee == lead
    assert entry.note == "cannot be reached: Deniz (not among the responders: no address is known)"


@pytest.mark.slow(reason="500 open incidents")
def test_five_hundred_open_incidents_are_looked_at_in_few_queries(plan, team, lead):
    opened = [
        IncidentFactory(plan=plan, lead=lead, opened_at=NOON, impact="major") for _ in range(500)
    ]
    for incident in opened:
        UpdateFactory(incident=incident, next_update_due_at=NOON + 30 * MINUTE)

    with CaptureQueriesContext(connection) as queries:
        ladder.climb(now=NOON + 19 * MINUTE)

    assert DutyCall.objects.count() == 0
    assert len(queries) <= 10


def test_looking_costs_the_same_however_much_is_owed(plan, team, lead):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            ladder.climb(now=NOON + 21 * MINUTE)
        return len(queries)

    for _incident in range(2):
        incident = IncidentFactory(plan=plan, lead=lead, opened_at=NOON, impact="major")
        UpdateFactory(incident=incident, next_update_due_at=NOON + 30 * MINUTE)
    ladder.climb(now=NOON + 20 * MINUTE)
    few = cost()
    for _incident in range(10):
        incident = IncidentFactory(plan=plan, lead=lead, opened_at=NOON, impact="major")
        UpdateFactory(incident=incident, next_update_due_at=NOON + 30 * MINUTE)
    ladder.climb(now=NOON + 20 * MINUTE)

    assert DutyCall.objects.count() == 12
    assert cost() == few <= 14
