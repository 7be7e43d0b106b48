"""Rehearsing by command; the playing itself is tested where the services run."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from incidents.models import Incident
from tests.factories import NOON, PlanFactory, PlanStepFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def history(tmp_path):
    """Silent for an hour; the plan may speak twice in a row."""
    said = ((0, "investigating"), (60, "update"), (65, "resolved"))
    record = {
        "id": "a1",
        "name": "Slow logins",
        "kind": "incident",
        "impact": "minor",
        "components": ["Login"],
        "started_at": NOON.isoformat(),
        "updates": [
            {
                "at": (NOON + timedelta(minutes=minute)).isoformat(),
                "status": status,
                "body": f"Words {minute}.",
            }
            for minute, status in said
        ],
    }
    path = tmp_path / "history.jsonl"
    path.write_text(json.dumps(record))
    return path


def replay(*arguments):
    out = StringIO()
    call_command("replay", *map(str, arguments), stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.slow(reason="plays hours of an incident, each tick of it")
def test_a_rehearsal_says_how_long_customers_waited(plan, login, history, tmp_path):
    report = tmp_path / "report.json"

    told = replay(
        *(history, "--plan", plan.slug, "--rehearse", "--people", "--json", report),
    )

    assert "longest silence, median: 60.0 min as recorded, 30.0 min with the plan" in told
    assert "longer than rhythm and last rung: 0 of 1" in told
    (written,) = json.loads(report.read_text())
    assert (written["id"], written["plan"]) == ("a1", f"{plan.slug}:1")
    assert written["people"] == 2
    assert not Incident.objects.exists()


@pytest.mark.slow(reason="plays hours of an incident twice, each tick of it")
def test_two_versions_are_compared(plan, login, history, template, customers):
    silent = PlanFactory(slug=plan.slug, version=2, status="draft", owner=plan.owner)
    step = PlanStepFactory(plan=silent, name="update published", template=template)
    step.segments.add(customers)

    told = replay(history, "--plan", plan.slug, "--against", f"{plan.slug}:2")

    assert f"{plan.slug}:1 → {plan.slug}:2" in told
    assert "- promised update due" in told
    assert "median of the longest silences, minutes: 30.0 → 60.0" in told
    assert "entries removed:" in told
    assert "messages per person: not counted" in told


def test_in_production_it_is_rehearsed_and_never_played(plan, login, history, settings):
    settings.EMBEDDED = False

    assert "1 incidents" in replay(history, "--plan", plan.slug, "--rehearse")
    with pytest.raises(CommandError, match="configures production"):
        replay(history, "--plan", plan.slug)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--version", "2"], "--plan"),
        (["--against", "x:1"], "--plan"),
        (["--plan", "nothing"], "no active plan 'nothing'"),
        (["--plan", "{slug}", "--version", "9"], "no version 9"),
        (["--plan", "{slug}", "--against", "{slug}"], "for example incident:2"),
    ],
)
def test_a_plan_that_is_not_there_is_refused_with_the_fix(plan, history, options, said):
    with pytest.raises(CommandError, match=said):
        replay(history, "--rehearse", *(option.format(slug=plan.slug) for option in options))
