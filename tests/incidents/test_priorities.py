"""Which messages go before others."""

import pytest

from incidents.models import Incident, PlanStep
from incidents.services import commitments, release, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast
from tests.factories import NOON, PlanStepFactory, TemplateFactory, TemplateVariantFactory

pytestmark = pytest.mark.django_db
Priority = Broadcast.Priority


@pytest.mark.parametrize(
    ("impact", "priority"),
    [
        ("critical", Priority.URGENT),
        ("major", Priority.URGENT),
        ("minor", Priority.NORMAL),
        ("none", Priority.NORMAL),
        ("maintenance", Priority.NORMAL),
    ],
)
def test_what_hurts_many_goes_first(incident, impact, priority):
    Incident.objects.update(impact=impact)

    release.release_due(now=NOON)

    assert Broadcast.objects.get().priority == priority


def test_what_is_told_afterwards_waits_for_what_hurts_now(incident, lead):
    Incident.objects.update(impact="critical", status="postmortem")
    PlanStepFactory(
        plan=incident.plan, name="Kept", trigger="delivered", statement={"en": "It is done."}
    )
    commitment = commitments.make(
        incident=incident, text={"en": "A refund"}, owner=lead, due_on=NOON.date(), now=NOON
    )
    outcome = {"en": "It is there"}
    commitments.deliver(commitment=commitment, outcome=outcome, by=lead, now=NOON)

    release.release_due(now=NOON)

    assert {one.priority for one in Broadcast.objects.filter(purpose="notice")} == {Priority.NORMAL}


def test_asking_for_feedback_waits_for_everything_else(incident):
    questions = TemplateFactory(stage="feedback")
    TemplateVariantFactory(template=questions, body="{{ feedback_url }}", sms_text="")
    PlanStepFactory(
        plan=incident.plan, name="Ask", trigger=PlanStep.Trigger.RESOLVED, template=questions
    )
    draft = UpdateDraft(status="resolved", public_text={"en": "Works again."})
    updates.publish(incident=incident, draft=draft, by=None, now=NOON)

    release.release_due(now=NOON)

    asked = Broadcast.objects.get(purpose=Broadcast.Purpose.FEEDBACK)
    assert asked.priority == Priority.BULK
