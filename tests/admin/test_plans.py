"""A plan is checked when it is written, not on the night it is needed."""

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import Survey
from incidents.models import Plan, PlanStep
from messaging.models import Template
from tests.factories import SurveyFactory, TemplateFactory

WORDS = {"statement_en": "We are on {{ title }}."}


def errors(client: Client, plan: Plan, words: Template, **typed: object) -> dict[str, list[str]]:
    """What the page of a new step has against it; nothing when it was saved."""
    PlanStep.objects.all().delete()
    Plan.objects.update(status=Plan.Status.DRAFT)
    step = {
        "plan": plan.pk,
        "position": 9,
        "name": "Step",
        "trigger": "update_published",
        "offset": "0",
        "repeat_limit": 1,
        "who": "automatic",
        "channels": ["email"],
        "template": words.pk,
    }
    answer = client.post(reverse("admin:incidents_planstep_add"), step | typed)
    if answer.status_code == 302:
        assert PlanStep.objects.exists()
        return {}
    return dict(answer.context["adminform"].form.errors)


@pytest.mark.parametrize("trigger", ["opened", "promise_due"])
@pytest.mark.parametrize("who", ["automatic", "approval"])
def test_a_step_that_speaks_for_the_plan_needs_words(
    trigger: str, who: str, lead_client: Client, plan: Plan, words: Template
) -> None:
    speaks = {"trigger": trigger, "who": who}

    assert set(errors(lead_client, plan, words, **speaks)) == {"statement"}
    assert errors(lead_client, plan, words, **speaks, **WORDS) == {}


@pytest.mark.parametrize("text", ["{{ titel }}", "{{ salutation }}", "{% if title %}"])
def test_a_statement_that_cannot_be_said_is_refused_in_its_language(
    text: str, lead_client: Client, plan: Plan, words: Template
) -> None:
    found = errors(lead_client, plan, words, trigger="opened", statement_de=text, **WORDS)

    assert set(found) == {"statement"}
    assert found["statement"][0].startswith("de: ")


def test_a_message_needs_a_channel(lead_client: Client, plan: Plan, words: Template) -> None:
    assert set(errors(lead_client, plan, words, channels=[])) == {"channels"}


def test_a_task_needs_neither_words_nor_channels(
    lead_client: Client, plan: Plan, words: Template
) -> None:
    task = {"who": "task", "trigger": "opened", "channels": [], "template": ""}

    assert errors(lead_client, plan, words, **task) == {}


def test_a_feedback_request_needs_a_survey(lead_client: Client, plan: Plan) -> None:
    template, survey = TemplateFactory(stage="feedback"), SurveyFactory()

    assert set(errors(lead_client, plan, template, trigger="resolved")) == {"survey"}
    assert errors(lead_client, plan, template, trigger="resolved", survey=survey.pk) == {}
    assert Survey.objects.get() == survey
