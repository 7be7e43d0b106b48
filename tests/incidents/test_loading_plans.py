"""The shipped plans on a new machine, where nobody has made a segment yet."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from incidents.models import Plan, PlanStep
from incidents.services import plan_library
from messaging.models import Template
from tests.factories import NOON


@pytest.mark.slow(reason="brings in all plans, once more and without segments")
def test_without_any_segment_they_tell_the_affected(lead: User) -> None:
    plan_library.load(by=lead, activates=True, now=NOON)

    for plan in Plan.objects.all():
        assert plan.status == Plan.Status.ACTIVE
        assert not plan.rhythms.exclude(audience="").exists()
        telling = plan.steps.exclude(who="task").exclude(template__stage__in=Template.ASKING)
        assert telling.count() >= 8
        assert all(step.tells_affected for step in telling)
        assert not plan.steps.filter(name__endswith="internal").exists()


@pytest.mark.slow(reason="brings in all plans, once more in German")
def test_names_are_taken_in_the_language_that_is_asked_for(lead: User) -> None:
    plan_library.load(by=lead, activates=False, now=NOON, language="de")

    assert Plan.objects.get(slug="critical-outage").name == "Schwere Störung"
    assert PlanStep.objects.filter(name="Erste Meldung").exists()


@pytest.mark.slow(reason="brings in all plans, as the first command on a new machine")
def test_load_plans_says_what_became_of_each(
    lead: User, deputy: User, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("load_plans", "--by", "lead", "--deputy", "deputy", "--activate")

    said = capsys.readouterr().out
    assert "Critical outage v1 (critical-outage): active" in said
    assert said.count("responders") == 4
    assert [d.user.username for d in Plan.objects.get(slug="incident").duties.all()] == [
        "lead",
        "deputy",
    ]
