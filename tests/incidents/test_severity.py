"""A message says how bad its incident is, and whoever heard of it hears the end."""

from datetime import timedelta

import pytest

from audiences.models import Contact, Severity
from incidents.admin import forecast
from incidents.models import Incident, PlanStep
from incidents.services import release, updates
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Delivery
from messaging.services import recipients
from tests.factories import NOON, PlanStepFactory, TemplateFactory, TemplateVariantFactory

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=10)


def say(incident, status, **components):
    promise = None if status == "resolved" else SOON + timedelta(hours=1)
    incident.refresh_from_db()
    rows = incident.affected.select_related("component")
    return UpdateDraft(
        status=status,
        public_text={"en": "Some words"},
        next_update_due_at=promise,
        component_statuses={
            row.component_id: components[row.component.slug]
            for row in rows
            if row.component.slug in components
        },
    )


def publish(incident, status, **components):
    draft = say(incident, status, **components)
    updates.publish(incident=incident, draft=draft, by=None, now=SOON)
    release.release_due(now=SOON)
    return Broadcast.objects.latest("pk")


@pytest.mark.parametrize(
    ("impact", "severity"),
    [
        ("none", Severity.ANY),
        ("minor", Severity.MINOR),
        ("major", Severity.MAJOR),
        ("critical", Severity.CRITICAL),
        ("maintenance", Severity.MINOR),
    ],
)
def test_a_message_is_as_severe_as_its_incident(incident, impact, severity):
    Incident.objects.update(impact=impact)

    release.release_due(now=NOON)

    assert Broadcast.objects.get().severity == severity


def test_whoever_heard_of_the_worst_hears_the_end(incident, ana):
    Contact.objects.filter(pk=ana.pk).update(email_from=Severity.MAJOR)
    release.release_due(now=NOON)

    better = publish(incident, "monitoring", login="degraded_performance")
    over = publish(incident, "resolved", login="operational")

    assert Incident.objects.get().impact == "minor"
    for broadcast in (better, over):
        assert broadcast.severity == Severity.MAJOR
        recipients.freeze(broadcast_id=broadcast.pk, now=SOON)
        assert ana.deliveries.filter(broadcast=broadcast).exists()


def test_what_gets_worse_is_more_severe_from_then_on(incident):
    release.release_due(now=NOON)

    worse = publish(incident, "identified", login="major_outage")

    assert worse.severity == Severity.CRITICAL


def test_who_heard_of_it_is_asked_for_feedback(incident, ana):
    questions = TemplateFactory(stage="feedback")
    TemplateVariantFactory(template=questions, body="{{ feedback_url }}", sms_text="")
    PlanStepFactory(
        plan=incident.plan, name="Ask", trigger=PlanStep.Trigger.RESOLVED, template=questions
    )
    Contact.objects.filter(pk=ana.pk).update(email_from=Severity.MAJOR, feedback_consent_at=NOON)
    release.release_due(now=NOON)
    recipients.freeze(broadcast_id=Broadcast.objects.get().pk, now=NOON)
    Delivery.objects.update(state="accepted")

    publish(incident, "resolved", login="operational")

    asked = Broadcast.objects.get(purpose=Broadcast.Purpose.FEEDBACK)
    recipients.freeze(broadcast_id=asked.pk, now=SOON)
    assert [one.contact for one in asked.deliveries.all()] == [ana]


def test_the_forecast_of_an_update_knows_what_it_makes_of_the_incident(incident, ana):
    """Ana hears of critical things only: she is told when the update makes it one."""
    Contact.objects.filter(pk=ana.pk).update(email_from=Severity.CRITICAL)
    release.release_due(now=NOON)

    def foreseen(**components):
        draft = say(incident, "identified", **components)
        rows = forecast.update(incident=incident, draft=draft, now=SOON)
        return rows[0].counts, [(str(why), number) for why, number in rows[0].left_out]

    assert foreseen() == ({"email": 1}, [("want to hear of worse things only", 1)])
    assert foreseen(login="major_outage") == ({"email": 2}, [])
