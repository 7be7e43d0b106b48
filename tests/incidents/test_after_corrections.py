"""What is still to come when something was put right: newer words, later steps, approvals."""

import pytest

from incidents.models import Approval, Update
from incidents.services import approvals
from tests.incidents.putting_right import at, correct, correction_template, go_out, say

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
