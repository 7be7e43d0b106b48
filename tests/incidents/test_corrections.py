"""What was said was wrong: exactly those who read it hear so, and the story goes on as it was."""

import pytest

from audiences.models import Detail
from incidents.models import Approval, Promise, TimelineEntry, Update
from incidents.services import (
    approvals,
    correction_checks,
    corrections,
    promises,
    score,
    update_checks,
)
from incidents.services.correction_drafts import Correction
from messaging.models import Broadcast, Delivery
from messaging.states import State
from tests.factories import (
    ContactFactory,
    PlanStepFactory,
    SubscriptionFactory,
    TemplateVariantFactory,
)
from tests.incidents.putting_right import (
    MINUTE,
    RIGHT,
    WRONG,
    Purpose,
    at,
    correct,
    corrected,
    correction_template,
    go_out,
    say,
    settle,
    update_broadcast,
)
from tests.incidents.storm import list_of, merge
from tests.incidents.team import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def correcting(db):
    correction_template()


@pytest.fixture
def incident(incident):
    """Its first notice has gone out."""
    go_out(0)
    return incident


def test_only_who_read_the_wrong_language_hears_of_it(incident, ana, bo):
    correct(say(incident))

    assert corrected() == [bo.email]
    assert Broadcast.objects.filter(purpose=Purpose.CORRECTION).count() == 1


def test_only_who_reads_the_technical_text_hears_that_it_was_wrong(incident, plan, template):
    TemplateVariantFactory(
        template=template,
        detail=Detail.TECHNICAL,
        body="{% if technical %}{{ technical }}{% endif %}",
    )
    insider = ContactFactory()
    inside = list_of("insiders", insider, kind="internal", detail=Detail.TECHNICAL)
    plan.steps.get(trigger="update_published").segments.add(inside)
    update = say(incident, technical_text={"en": "db1 is down"})

    correct(update, WRONG, technical_text={"en": "db2 is down"})

    assert corrected() == [insider.email]


def test_what_is_queued_goes_out_with_the_right_words_instead(incident, ana, bo):
    update = say(incident)
    wrong = update_broadcast(update)
    wrong.deliveries.filter(contact=bo).update(state=State.PENDING)

    correct(update)

    instead = Broadcast.objects.exclude(pk=wrong.pk).get(
        amends__wrong=wrong, purpose=Purpose.NOTICE
    )
    assert corrected() == []
    assert instead.deliveries.get().contact == bo
    assert RIGHT["en"] in instead.contents.get(language="en").text
    assert wrong.deliveries.get(contact=bo).error_code == "recalled"
    assert wrong.deliveries.get(contact=ana).state == State.ACCEPTED


def test_who_came_later_or_left_since_is_not_written_to(incident, customers, ana, bo):
    update = say(incident)
    SubscriptionFactory(segment=customers, contact=ContactFactory(language="en"))
    customers.subscriptions.filter(contact=bo).update(state="unsubscribed")

    correct(update)

    assert corrected() == [bo.email]  # at the last look it is found that he left: test_last_look


def test_a_step_that_tells_it_later_says_what_is_right(incident, plan, template, customers):
    later = PlanStepFactory(
        plan=plan, trigger="update_published", offset=20 * MINUTE, template=template
    )
    later.segments.add(customers)
    update = say(incident)

    correct(update)
    go_out(26)

    entry = TimelineEntry.objects.get(step=later, broadcast__isnull=False)
    assert RIGHT["en"] in entry.broadcast.contents.get(language="en").text


def test_a_correction_answers_no_promise_and_makes_none(incident):
    update = say(incident)
    before = list(Promise.objects.order_by("pk").values())
    judged = score.of(incident=incident, now=at(30))

    said = correct(update)

    assert list(Promise.objects.order_by("pk").values()) == before
    assert score.of(incident=incident, now=at(30)) == judged
    assert said.next_update_due_at == at(35)
    assert incident.updates.published().last() == update


def test_the_time_that_was_meant_is_promised_instead(incident, ana, bo):
    update = say(incident)

    correct(update, WRONG, promised={"": at(55)})

    wrong, right = Promise.objects.filter(made_at__gte=at(5)).order_by("pk")
    assert (wrong.outcome, right.outcome, right.due_at) == ("corrected", "open", at(55))
    assert corrected() == sorted([ana.email, bo.email])
    assert promises.tally(incident=incident, until=at(50))["made"] == 1  # of the first notice
    holding = incident.timeline.planned().get(step__trigger="promise_due")
    assert holding.due_at == at(55)


def test_a_time_that_readers_waited_for_in_vain_stays_broken(incident):
    update = say(incident)

    with pytest.raises(correction_checks.PromiseIsPast):
        correct(update, minutes=40, promised={"": at(55)})

    assert Promise.objects.get(update=update).outcome == "open"


def test_facts_of_the_latest_word_are_put_right_with_it(incident, login, ana, bo):
    update = say(incident)

    correct(update, WRONG, component_statuses={login.pk: "major_outage"})

    incident.refresh_from_db()
    assert incident.impact == "critical"
    assert incident.affected.get().status == "major_outage"
    assert corrected() == []  # no text of theirs names the impact


def test_facts_that_others_words_have_left_are_not_changed_by_correcting_earlier_ones(
    incident, login
):
    update = say(incident)
    say(incident, minutes=8)

    with pytest.raises(correction_checks.NotTheLatest):
        correct(update, component_statuses={login.pk: "major_outage"})


def test_a_correction_is_corrected_for_who_read_either(incident, ana, bo):
    update = say(incident)
    first = correct(update)
    Delivery.objects.filter(state=State.PENDING).update(state=State.ACCEPTED)

    correct(first, {"en": "Search is slow.", "de": "Die Suche ist langsam."}, minutes=12)

    assert corrected(broadcast__timeline_entry__update__published_at=at(12)) == sorted(
        [ana.email, bo.email]
    )
    assert [one.corrects for one in update.corrections.all()] == [update, update]


def test_whoever_never_got_a_wrong_correction_is_not_told_that_it_was(incident, bo):
    update = say(incident)
    slip = correct(update)

    correct(slip, WRONG, minutes=11)

    assert corrected(state=State.PENDING) == []
    assert not Broadcast.objects.filter(amends__isnull=False, purpose=Purpose.NOTICE)
    assert Delivery.objects.get(contact=bo, error_code="recalled").broadcast.purpose == "correction"


def test_what_nobody_should_have_got_is_taken_back(incident, ana, bo):
    update = say(incident, facts={"effect": {"en": "You wait."}})
    update_broadcast(update).deliveries.filter(contact=bo).update(state=State.PENDING)

    correct(
        update, {"en": "Please disregard it.", "de": "Bitte ignorieren."}, withdraws="everybody"
    )

    assert corrected() == [ana.email]
    assert not Broadcast.objects.filter(purpose=Purpose.NOTICE, amends__isnull=False)
    said = Broadcast.objects.get(purpose=Purpose.CORRECTION)
    assert said.facts["en"]["effect"] == ""


def test_what_takes_back_a_technical_fact_does_not_name_it_again(incident):
    incident.plan.binding_rules = ["joke"]
    incident.plan.save()
    update = say(incident, facts={"systems": {"en": "Hydra"}})

    with pytest.raises(update_checks.BreaksRules, match="Hydra"):
        correct(update, {"en": "Disregard what we said of Hydra."}, withdraws="everybody")
    # What only the plan wants is no reason to leave what was not for them standing.
    assert correct(update, {"en": "Oops, please disregard it."}, withdraws="everybody")


def test_after_the_end_it_neither_reopens_nor_promises(incident, bo):
    update = say(incident)
    say(incident, minutes=20, status="resolved", next_update_due_at=None)

    said = correct(update, minutes=30)

    incident.refresh_from_db()
    assert (incident.status, incident.resolved_at) == ("resolved", at(20))
    assert said.next_update_due_at is None
    assert corrected() == [bo.email]
    assert not Promise.objects.filter(settled_at=None)


def test_a_second_person_approves_it_where_the_plan_wants_that(incident, plan, lead, deputy, bo):
    update = say(incident)
    plan.steps.filter(trigger="update_published").update(who="approval")

    said = correct(update, by=lead)
    before = corrected(), said.state
    plan.steps.update(who="automatic")
    say(incident, minutes=11)
    with pytest.raises(approvals.Changed):  # another time is promised by now
        approvals.approve(approval=Approval.objects.get(update=said), by=deputy, now=at(12))
    anew = Approval.objects.undecided().get(update=said)
    approvals.approve(approval=anew, by=deputy, now=at(12))
    settle(12)

    assert before == ([], "proposed")
    assert corrected() == [bo.email]
    assert Update.objects.get(pk=said.pk).next_update_due_at == at(41)


def test_a_correction_keeps_only_the_facts_that_it_changes(incident):
    update = say(incident, facts={"effect": {"en": "You wait."}, "scope": {"en": "In the EU."}})

    said = correct(update, facts=update.facts | {"scope": {"en": "Everybody."}})

    assert said.facts == {"scope": {"en": "Everybody."}}


def test_of_a_storm_those_who_heard_it_through_another_incident_are_told(checkout, cards, people):
    merge(checkout, cards)
    go_out(10)
    update = checkout.updates.published().last()

    correct(update, {"en": "They do not."}, minutes=12)

    assert set(corrected()) == {people[name].email for name in ("a", "b", "both")}


def test_whoever_has_not_seen_the_last_correction_is_to_read_it_first(incident):
    update = say(incident)
    correct(update, after=update.pk)

    with pytest.raises(update_checks.Outdated):
        correct(update, {"en": "Search is slow."}, after=update.pk)


@pytest.mark.django_db(transaction=True)
def test_of_two_at_the_same_moment_one_wins(incident):
    update = say(incident)

    def once(word):
        said = Correction(public_text={"en": word}, after=update.pk)
        try:
            return corrections.correct(update=update, correction=said, by=None, now=at(10))
        except update_checks.Outdated:
            return None

    done = at_once(lambda: once("One."), lambda: once("Other."))

    assert [one for one in done if one] == [update.as_corrected]
    assert Broadcast.objects.filter(purpose=Purpose.CORRECTION).count() == 1
