"""A plan may make rules of the check binding: what breaks one of them is not published."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from incidents.models import Update
from incidents.services import plan_document, plan_files, plan_versions, release, updates
from incidents.services.update_checks import BreaksRules
from incidents.services.updates import UpdateDraft
from tests.factories import NOON

pytestmark = pytest.mark.django_db
SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def bound(incident):
    incident.plan.binding_rules = ["joke", "blame"]
    incident.plan.save()
    return incident


def draft(text, **changes):
    return UpdateDraft(
        status="investigating",
        public_text={"en": text},
        next_update_due_at=NOON + timedelta(minutes=40),
        **changes,
    )


def publish(incident, said):
    return updates.publish(incident=incident, draft=said, by=None, now=SOON)


def test_what_breaks_a_binding_rule_is_not_published_and_says_why(bound):
    with pytest.raises(BreaksRules, match=r"en: .*Oops"):
        publish(bound, draft("Oops, sign-in fails. We look into it."))
    assert not Update.objects.filter(origin=Update.Origin.PERSON).exists()


def test_all_other_findings_are_advice(bound):
    publish(bound, draft("We are looking into it, the cause is a broken disk."))
    assert Update.objects.get(origin=Update.Origin.PERSON)


def test_without_binding_rules_everything_is_advice(incident):
    publish(incident, draft("Oops, sign-in fails. We look into it."))
    assert Update.objects.get(origin=Update.Origin.PERSON)


def test_the_plans_own_words_are_never_held_back(bound):
    """A rule must not turn into silence: statements were approved with the plan."""
    bound.plan.steps.filter(trigger="promise_due").update(statement={"en": "Oops, still on it."})
    release.release_due(now=NOON)
    release.release_due(now=NOON + timedelta(hours=1))
    assert bound.updates.filter(public_text__en__startswith="Oops").exists()


def test_the_rules_go_with_the_plan_into_versions_and_files(bound, lead):
    plan = bound.plan
    assert plan_versions.revise(plan=plan, by=lead, now=NOON).binding_rules == ["blame", "joke"]
    text = plan_files.write(plan)
    assert "binding_rules:" in text
    assert plan_document.of(plan).plan["binding_rules"] == ["blame", "joke"]


def test_a_rule_that_is_none_is_refused(plan):
    plan.binding_rules = ["no-such-rule"]
    with pytest.raises(ValidationError, match="next-update-missing"):
        plan.full_clean()
