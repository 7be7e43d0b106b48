"""A second person looks at what is said, and waiting for them never becomes silence."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from incidents.models import Approval, Incident, PlanStep, Promise, TimelineEntry, Update
from incidents.services import approvals, incidents, release, updates
from incidents.services.approval_requests import AlreadyDecided, Changed, OwnWords
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import NOON, PlanStepFactory, SegmentFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
State, Reason, Decision = TimelineEntry.State, TimelineEntry.Reason, Approval.Decision
Trigger = PlanStep.Trigger


def at(minutes):
    return NOON + minutes * MINUTE


def asks_before(plan, *triggers):
    plan.steps.filter(trigger__in=triggers).update(who=PlanStep.Who.APPROVAL)


@pytest.fixture
def careful(plan, draft, lead):
    """An incident whose updates a second person has to approve; the first notice is out."""
    asks_before(plan, Trigger.UPDATE_PUBLISHED)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    return incident


def tick(minutes):
    release.release_due(now=at(minutes))
    approvals.settle(now=at(minutes))


def publish(incident, minutes, *, by=None, status="identified", promise=30, **kwargs):
    draft = UpdateDraft(
        status=status,
        public_text={"en": "We found it.", "de": "Gefunden."},
        next_update_due_at=at(minutes + promise) if promise else None,
        **kwargs,
    )
    return updates.publish(incident=incident, draft=draft, by=by, now=at(minutes))


def told(incident):
    found = Broadcast.objects.filter(thread=incident.key).order_by("pk")
    return [broadcast.facts["en"]["update"] for broadcast in found]


def open_one():
    return Approval.objects.get(decision=Decision.OPEN)


def test_what_needs_approval_is_stored_and_nothing_is_told(careful, lead, login):
    publish(careful, 5, by=lead, component_statuses={login.pk: "operational"})
    tick(5)

    proposed, incident = Update.objects.get(state="proposed"), Incident.objects.get()
    login.refresh_from_db()
    assert told(careful) == ["We look into Login."]
    assert (incident.status, login.status) == ("investigating", "partial_outage")
    assert list(careful.updates.public()) == [careful.updates.get(origin="plan")]
    assert Promise.objects.get(settled_at=None).due_at == at(30)
    request = open_one()
    assert (request.update, request.requested_by) == (proposed, lead)
    assert (request.requested_at, request.expires_at) == (at(5), at(20))


def test_a_second_person_lets_it_go_out_exactly_as_it_was_shown(careful, lead, deputy, login):
    publish(
        careful,
        5,
        by=lead,
        component_statuses={login.pk: "operational"},
        facts={"workaround": {"en": "Wait."}},
    )

    approvals.approve(approval=open_one(), by=deputy, now=at(9))
    tick(9)

    update, incident = Update.objects.get(origin="person"), Incident.objects.get()
    login.refresh_from_db()
    assert told(careful) == ["We look into Login.", "We found it."]
    assert (update.state, update.published_at, update.published_by) == ("published", at(9), lead)
    assert update.next_update_due_at == at(35)
    assert (incident.status, login.status) == ("identified", "operational")
    assert incident.workaround == {"en": "Wait."}
    change = update.component_changes.get()
    assert (change.old_status, change.new_status) == ("partial_outage", "operational")
    assert Promise.objects.get(settled_at=None).due_at == at(35)
    decided = Approval.objects.get()
    assert (decided.decision, decided.decided_by) == (Decision.APPROVED, deputy)
    assert decided.decided_at - decided.requested_at == 4 * MINUTE


def test_facts_that_its_author_left_alone_stay_as_they_are_by_then(careful, lead, deputy):
    careful.effect = {"en": "You wait."}
    careful.save()
    as_seen = {"effect": careful.effect, "systems": {}, "workaround": {"en": "Wait."}}
    publish(careful, 5, by=lead, facts=as_seen)
    Incident.objects.update(effect={"en": "You see an error."}, systems={"en": "Hydra"})

    approvals.approve(approval=open_one(), by=deputy, now=at(9))

    incident = Incident.objects.get()
    assert incident.effect == {"en": "You see an error."}
    assert (incident.systems, incident.workaround) == ({"en": "Hydra"}, {"en": "Wait."})


def test_nobody_approves_their_own_words_also_not_a_superuser(careful, lead):
    publish(careful, 5, by=lead)

    with pytest.raises(OwnWords):
        approvals.approve(approval=open_one(), by=lead, now=at(6))
    with pytest.raises(OwnWords):
        approvals.refuse(approval=open_one(), by=lead, reason="Hm", now=at(6))

    assert not Update.objects.filter(origin="person", state="published").exists()


def test_the_database_too_wants_a_second_person(careful, lead):
    publish(careful, 5, by=lead)

    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.update(decision="approved", decided_by=lead)


def test_a_second_click_changes_nothing(careful, lead, deputy):
    publish(careful, 5, by=lead)
    request = open_one()
    approvals.approve(approval=request, by=deputy, now=at(6))

    with pytest.raises(AlreadyDecided):
        approvals.approve(approval=request, by=deputy, now=at(7))
    with pytest.raises(AlreadyDecided):
        approvals.refuse(approval=request, by=deputy, reason="Too late", now=at(7))

    tick(7)
    assert told(careful) == ["We look into Login.", "We found it."]


def test_who_refuses_says_why_and_nothing_is_told(careful, lead, deputy):
    publish(careful, 5, by=lead)
    with pytest.raises(approvals.ReasonMissing):
        approvals.refuse(approval=open_one(), by=deputy, reason=" ", now=at(6))

    approvals.refuse(approval=open_one(), by=deputy, reason="Names a supplier", now=at(6))
    tick(25)

    request = Approval.objects.get()
    assert (request.decision, request.reason) == (Decision.REFUSED, "Names a supplier")
    assert request.update.state == "refused"
    assert told(careful) == ["We look into Login."]


def test_what_nobody_decides_is_published_by_the_plans_rule(careful, lead):
    publish(careful, 5, by=lead)

    tick(19)
    before = told(careful)
    tick(20)
    tick(20)
    tick(21)

    assert before == ["We look into Login."]
    assert told(careful) == ["We look into Login.", "We found it."]
    assert Approval.objects.get().decision == Decision.PUBLISHED


def test_what_nobody_decides_is_held_back_where_the_plan_says_so(careful, plan, lead, deputy):
    plan.publishes_unapproved = []
    plan.save()
    publish(careful, 5, by=lead, promise=60)

    tick(20)
    tick(30)

    held = Approval.objects.get()
    assert held.decision == Decision.HELD
    # The promise was kept by the plan itself.
    assert told(careful) == ["We look into Login.", "We look into Login."]
    approvals.approve(approval=held, by=deputy, now=at(40))
    tick(40)
    assert told(careful)[-1] == "We found it."


def test_what_was_held_until_its_promise_passed_is_void(careful, plan, lead):
    plan.publishes_unapproved = []
    plan.save()
    publish(careful, 5, by=lead)
    tick(20)

    tick(36)

    request = Approval.objects.get()
    assert (request.decision, request.update.state) == (Decision.VOID, "refused")
    assert "passed" in request.reason


def test_nobody_is_waited_for_until_a_promise_breaks(careful, lead):
    publish(careful, 25, by=lead)

    assert open_one().expires_at == at(28)
    tick(28)
    tick(29)

    assert told(careful)[-1] == "We found it."
    assert Promise.objects.get(update__origin="plan").outcome == "kept"


def test_where_the_promise_is_due_now_nobody_is_waited_for(careful, lead):
    publish(careful, 29, by=lead)

    tick(29)

    assert Approval.objects.get().decision == Decision.PUBLISHED


def test_a_promise_that_passed_meanwhile_voids_it(careful, plan, lead, deputy):
    publish(careful, 5, by=lead, promise=4)

    with pytest.raises(Changed, match="passed"):
        approvals.approve(approval=open_one(), by=deputy, now=at(9))

    request = Approval.objects.get()
    assert (request.decision, request.update.state) == (Decision.VOID, "refused")


def change_words(plan, incident):
    plan.steps.get(trigger="update_published").template.variants.update(body="{{ title }}!")


def change_text(plan, incident):
    Update.objects.filter(state="proposed").update(public_text={"en": "Other words."})


def change_audience(plan, incident):
    PlanStep.objects.get(trigger="update_published").segments.add(SegmentFactory())


def change_channels(plan, incident):
    plan.steps.filter(trigger="update_published").update(channels=["email", "sms"])


def change_promise(plan, incident):
    Update.objects.filter(state="proposed").update(next_update_due_at=at(50))


def change_fact(plan, incident):
    """Which the words that wait for approval would change, too."""
    Incident.objects.update(workaround={"en": "Use the app."})


def change_service(plan, incident):
    incident.affected.update(status="major_outage")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_words, "the words"),
        (change_text, "the words"),
        (change_audience, "who hears it"),
        (change_channels, "who hears it"),
        (change_promise, "the time"),
        (change_fact, "the words"),
        (change_service, "the words"),
    ],
)
def test_whatever_was_changed_is_asked_about_anew(
    careful, plan, login, lead, deputy, change, named
):
    says = {"component_statuses": {login.pk: "degraded_performance"}}
    publish(careful, 5, by=lead, facts={"workaround": {"en": "Wait."}}, **says)
    first = open_one()
    change(plan, careful)

    with pytest.raises(Changed, match=named):
        approvals.approve(approval=first, by=deputy, now=at(6))

    first.refresh_from_db()
    assert first.decision == Decision.VOID
    assert told(careful) == ["We look into Login."]
    approvals.approve(approval=open_one(), by=deputy, now=at(7))


@pytest.mark.parametrize(
    ("facts", "internal"),
    [({}, "found it"), ({"cause": {"en": "The Hydra is full."}}, "Hydra")],
    ids=["in the words", "in a fact"],
)
def test_what_became_internal_meanwhile_is_not_approved(careful, lead, deputy, facts, internal):
    publish(careful, 5, by=lead, facts=facts)
    Incident.objects.update(systems={"en": internal})

    with pytest.raises(Changed, match="technical fact"):
        approvals.approve(approval=open_one(), by=deputy, now=at(6))

    assert Update.objects.get(origin="person").state == "refused"


def test_what_became_internal_meanwhile_is_held_back_when_nobody_decides(careful, lead):
    publish(careful, 5, by=lead)
    Incident.objects.update(systems={"en": "found it"})

    tick(20)
    tick(21)

    held = Approval.objects.get()
    assert (held.decision, held.update.state) == (Decision.HELD, "proposed")
    assert "technical fact" in held.reason
    assert told(careful) == ["We look into Login."]


@pytest.mark.parametrize("change", [change_fact, change_service])
def test_what_others_have_changed_since_is_not_undone_unseen(careful, plan, login, lead, change):
    says = {"component_statuses": {login.pk: "degraded_performance"}}
    publish(careful, 5, by=lead, facts={"workaround": {"en": "Wait."}}, **says)
    change(plan, careful)

    tick(20)

    assert Approval.objects.get().decision == Decision.HELD
    assert told(careful) == ["We look into Login."]


def test_newer_words_replace_what_waits(careful, lead, deputy):
    first = publish(careful, 5, by=lead)
    second = publish(careful, 6, by=deputy)

    first.refresh_from_db()
    assert (first.state, second.state) == ("refused", "proposed")
    assert first.approvals.get().decision == Decision.VOID
    assert open_one().update == second


def test_words_for_some_readers_leave_alone_what_others_wait_for(careful, plan, lead):
    internal = SegmentFactory(kind="internal")
    plan.steps.get(trigger="update_published").segments.add(internal)
    for_all = publish(careful, 5, by=lead)

    publish(careful, 6, by=lead, status="investigating", audience="internal")
    for_all.refresh_from_db()
    publish(careful, 7, by=lead, status="investigating", audience="customer")

    for_all.refresh_from_db()
    assert for_all.state == "refused"
    assert Approval.objects.undecided().count() == 2


def test_what_no_second_person_is_needed_for_is_published_at_once(careful, plan, template, lead):
    step = PlanStepFactory(
        plan=plan, trigger="status_reached", status="resolved", template=template
    )
    step.segments.set(plan.steps.first().segments.all())

    update = publish(careful, 5, by=lead, status="resolved", promise=None)

    assert update.state == "published"


def test_in_a_replay_nobody_is_asked(careful, lead):
    careful.mode = "replay"
    careful.save()

    publish(careful, 5)
    tick(5)

    assert told(careful)[-1] == "We found it."
    assert not Approval.objects.exists()


# The plan's own words


@pytest.fixture
def asked(plan, draft, lead):
    """The first notice itself needs approval."""
    asks_before(plan, Trigger.OPENED)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    return incident


def test_the_plans_own_words_wait_for_approval(asked, deputy):
    assert told(asked) == []
    request = open_one()
    [message] = approvals.messages(approval=request)
    shown = {content.language: content.subject for content in message.contents}
    assert shown == {
        "en": "[investigating] Slow logins",
        "de": "[wird untersucht] Langsame Anmeldung",
    }

    approvals.approve(approval=request, by=deputy, now=at(4))

    assert told(asked) == ["We look into Login."]
    notice = asked.updates.get()
    assert (notice.published_at, notice.next_update_due_at) == (at(4), at(30))


def test_who_opened_it_does_not_approve_the_first_notice_alone(asked, lead):
    with pytest.raises(OwnWords):
        approvals.approve(approval=open_one(), by=lead, now=at(4))

    assert told(asked) == []


def test_words_whose_promise_passed_are_asked_about_as_they_are_now(asked, deputy):
    Approval.objects.update(expires_at=at(100))

    with pytest.raises(Changed):
        approvals.approve(approval=open_one(), by=deputy, now=at(31))
    approvals.approve(approval=open_one(), by=deputy, now=at(32))

    assert asked.updates.get().next_update_due_at == at(61)


def test_a_changed_incident_voids_what_was_asked_about_it(asked, deputy):
    asked.title = {"en": "No logins at all"}
    asked.save()

    with pytest.raises(Changed, match="the words"):
        approvals.approve(approval=open_one(), by=deputy, now=at(1))

    assert told(asked) == []
    approvals.approve(approval=open_one(), by=deputy, now=at(2))


def test_refused_words_of_the_plan_are_skipped_with_the_reason(asked, deputy):
    approvals.refuse(approval=open_one(), by=deputy, reason="False alarm", now=at(1))

    tick(20)

    entry = asked.timeline.get()
    assert (entry.state, entry.reason) == (State.SKIPPED, Reason.REFUSED)
    assert entry.note == "False alarm"
    assert told(asked) == []


@pytest.mark.parametrize(("impact", "said"), [("minor", 0), ("critical", 1)])
def test_the_plans_rule_is_that_of_the_impact_when_time_is_up(asked, plan, impact, said):
    plan.publishes_unapproved = ["critical"]
    plan.save()
    Incident.objects.update(impact="minor")
    tick(14)

    Incident.objects.update(impact=impact)
    tick(15)
    tick(16)

    assert len(told(asked)) == said


def test_all_readers_of_one_occasion_are_asked_about_together(plan, draft, lead, deputy, template):
    PlanStepFactory(plan=plan, trigger="opened", template=template, position=9)
    asks_before(plan, Trigger.OPENED)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)

    approvals.approve(approval=open_one(), by=deputy, now=at(1))
    tick(2)

    assert len(told(incident)) == 2
    assert incident.updates.count() == 1


def test_a_message_that_is_asked_about_cannot_be_let_go_past_the_second_person(asked, lead):
    with pytest.raises(release.NotWaiting):
        release.approve(entry=asked.timeline.get(), by=lead, now=at(1))


@pytest.fixture
def holding(plan, draft, lead):
    """The holding statement needs approval."""
    asks_before(plan, Trigger.PROMISE_DUE)
    incident = incidents.open(incident=draft, by=lead, now=NOON)
    tick(0)
    return incident


def test_what_stands_for_a_promise_is_asked_about_before_it_is_due(holding, deputy):
    tick(12)
    nobody = Approval.objects.count()
    tick(13)

    approvals.approve(approval=open_one(), by=deputy, now=at(20))
    tick(29)
    before = len(told(holding))
    tick(30)

    assert (nobody, before) == (0, 1)
    assert len(told(holding)) == 2
    assert holding.updates.latest("pk").next_update_due_at == at(60)


def test_what_stands_for_a_promise_is_never_held_back(holding, plan):
    plan.publishes_unapproved = []
    plan.save()

    for minutes in (13, 28, 30, 31):
        tick(minutes)

    assert len(told(holding)) == 2
    assert Promise.objects.earliest("made_at").outcome == "kept"


def test_an_update_before_voids_what_was_asked_about_a_holding_statement(holding):
    tick(14)

    publish(holding, 15)
    tick(16)

    request = Approval.objects.get()
    assert request.decision == Decision.VOID
    assert "moved on" in request.reason


def test_words_that_cannot_be_made_wait_for_a_person_and_stop_no_other(plan, draft, lead, caplog):
    asks_before(plan, Trigger.OPENED)
    PlanStep.objects.filter(trigger="opened").update(statement={"en": "{{ nobody }}"})
    incident = incidents.open(incident=draft, by=lead, now=NOON)

    tick(0)
    tick(1)

    entry = incident.timeline.get()
    assert (entry.state, "nobody" in entry.note) == (State.WAITING, True)
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_any_number_of_settlers_say_it_once(careful, lead):
    publish(careful, 5, by=lead)

    for _number in range(3):
        approvals.settle(now=at(20))
        release.release_due(now=at(21))

    assert told(careful).count("We found it.") == 1
