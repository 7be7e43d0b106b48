"""What is still to come when something was put right: newer words, later steps, approvals."""

import pytest

from incidents.models import Approval, PlanStep, TimelineEntry, Update
from incidents.services import approvals
from tests.factories import ContactFactory, PlanStepFactory
from tests.incidents.putting_right import (
    MINUTE,
    RIGHT,
    WRONG,
    at,
    correct,
    correction_template,
    go_out,
    say,
)
from tests.incidents.storm import list_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def correcting(db):
    correction_template()


@pytest.fixture
def incident(incident):
    """Its first notice has gone out."""
    go_out(0)
    return incident


@pytest.fixture
def proposed(incident, plan, login, lead):
    """Waits for a second person: which fact is put right is up to the test."""

    def propose(**right):
        update = say(incident)
        plan.steps.filter(trigger="update_published").update(who="approval")
        said = correct(update, by=lead, **right)
        plan.steps.update(who="automatic")
        return said

    return propose


@pytest.mark.parametrize("is_of_a_service", [True, False])
def test_approved_late_it_does_not_undo_what_newer_words_say(
    incident, proposed, login, deputy, is_of_a_service
):
    services = {"component_statuses": {login.pk: "major_outage"}}
    facts = {"facts": {"effect": {"en": "You wait."}}}
    said = proposed(**(services if is_of_a_service else facts))
    newer = {
        "component_statuses": {login.pk: "degraded_performance"},
        "facts": {"effect": {"en": "Nothing."}},
    }
    say(incident, minutes=11, **newer)

    with pytest.raises(approvals.Changed, match="Something was said after it"):
        approvals.approve(approval=Approval.objects.get(update=said), by=deputy, now=at(12))

    incident.refresh_from_db()
    assert Update.objects.get(pk=said.pk).state == "refused"
    assert incident.affected.get().status == "degraded_performance"
    assert incident.effect == {"en": "Nothing."}


@pytest.fixture
def later(plan, template):
    """Tells every update once more, twenty minutes after it."""

    def add(segment, **more):
        step = PlanStepFactory(
            plan=plan, trigger="update_published", offset=20 * MINUTE, template=template, **more
        )
        step.segments.add(segment)
        return step

    return add


def told(step):
    entry = TimelineEntry.objects.get(step=step, broadcast__isnull=False)
    return entry.broadcast.contents.get(language="en", detail="public").text


def test_what_only_internal_readers_should_have_got_they_still_get(incident, later):
    inside = later(list_of("inside", ContactFactory(language="en"), kind="internal"))
    update = say(incident)

    correct(update, {"en": "Please disregard it."}, withdraws="outside")
    go_out(26)

    assert WRONG["en"] in told(inside)


def test_what_is_approved_later_is_what_holds_by_then(incident, later, customers, deputy):
    asks = later(customers)
    update = say(incident)
    PlanStep.objects.filter(pk=asks.pk).update(who="approval")
    go_out(26)
    approvals.settle(now=at(26))

    correct(update, minutes=27)
    first = Approval.objects.get(entry__step=asks)
    shown = approvals.messages(approval=first)
    with pytest.raises(approvals.Changed, match="the words"):
        approvals.approve(approval=first, by=deputy, now=at(28))
    approvals.approve(approval=Approval.objects.undecided().get(), by=deputy, now=at(28))

    assert any(RIGHT["en"] in one.text for one in shown[0].contents)
    assert RIGHT["en"] in told(asks)


def test_what_was_approved_is_asked_about_again_once_it_was_corrected(
    incident, later, customers, lead, deputy
):
    asks = later(customers, who="approval")
    update = say(incident)
    approvals.approve(approval=Approval.objects.get(update=update), by=deputy, now=at(6))
    go_out(6)

    correct(update)
    go_out(27)

    assert incident.timeline.get(step=asks).state == "waiting"
