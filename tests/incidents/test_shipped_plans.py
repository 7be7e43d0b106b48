"""The plans that come with the product are good enough on the first day."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from pytest_django import DjangoDbBlocker

from incidents.models import Plan, PlanStep
from incidents.services import (
    plan_checks,
    plan_document,
    plan_files,
    plan_library,
    plan_step_checks,
    plans,
    promises,
    telling,
)
from tests.factories import NOON, IncidentFactory
from tests.incidents import shipped
from tests.incidents.shipped import SLUGS

MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def loaded_once(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The tests of this module share the loaded plans; what one changes is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        shipped.load()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def company(loaded_once: None, db: None) -> None:
    """A company with the usual segments, and the plans in force."""


@pytest.mark.parametrize("slug", SLUGS)
def test_each_goes_into_force_without_an_error(slug: str, company: None) -> None:
    plan = Plan.objects.get(slug=slug)

    found = plan_checks.check(plan=plan, now=NOON)

    assert plan.status == Plan.Status.ACTIVE
    assert plan.activated_at == NOON
    # Nobody of a fresh installation can be phoned yet; the holding statement needs no approval.
    assert {finding.field for finding in found} <= {"duties"}


@pytest.mark.parametrize("slug", SLUGS)
def test_each_goes_on_speaking_through_a_night_in_which_nobody_writes(
    slug: str, company: None
) -> None:
    plan = Plan.objects.get(slug=slug)

    for step in plan.steps.filter(trigger=PlanStep.Trigger.PROMISE_DUE):
        assert step.repeat_limit * plan.update_interval >= 8 * 60 * MINUTE


def test_what_nobody_approves_is_published_where_it_hurts_and_security_never(
    company: None,
) -> None:
    rules = dict(Plan.objects.values_list("slug", "publishes_unapproved"))

    assert rules == {
        "critical-outage": ["critical", "major"],
        "incident": ["critical", "major"],
        "maintenance": ["critical", "maintenance", "major"],
        "security-incident": [],
    }


def test_a_maintenance_that_was_undone_is_not_said_to_go_on(company: None) -> None:
    plan = Plan.objects.get(slug="maintenance")
    undone = IncidentFactory(kind="maintenance", status="verifying", rolled_back_at=NOON, plan=plan)
    step = plan.steps.get(trigger=PlanStep.Trigger.PROMISE_DUE)

    said = telling.statement(step=step, incident=undone, at=NOON).public_text

    assert "restored what was there before" in said["en"]
    assert not any(word in said["en"] + said["de"] for word in ("running", "läuft"))


def test_loading_again_leaves_what_somebody_made_their_own(company: None) -> None:
    Plan.objects.filter(slug="incident").update(name="Ours")

    again = plan_library.load(by=User.objects.all()[0], activates=True, now=NOON)

    assert not any(one.is_new for one in again)
    assert Plan.objects.count() == len(SLUGS)
    assert Plan.objects.get(slug="incident").name == "Ours"


def test_what_a_reader_sees_is_there_in_german_and_english(company: None) -> None:
    for step in PlanStep.objects.exclude(statement={}):
        assert step.statement.keys() == {"de", "en"}, step
    for raw in plan_library.files().values():
        for step in raw["steps"]:
            assert step["name"].keys() == {"de", "en"}
            assert "instructions" not in step or step["instructions"].keys() == {"de", "en"}


@pytest.mark.parametrize(
    ("impact", "slug"),
    [("critical", "critical-outage"), ("major", "incident"), ("minor", "incident")],
)
def test_the_impact_chooses_the_plan_and_security_is_named_by_a_person(
    impact: str, slug: str, company: None
) -> None:
    incident = IncidentFactory(impact=impact)

    assert plans.choose(incident=incident).slug == slug


def test_a_maintenance_gets_its_own_plan(company: None) -> None:
    incident = IncidentFactory(kind="maintenance", status="scheduled", impact="maintenance")

    assert plans.choose(incident=incident).slug == "maintenance"


def test_a_critical_outage_is_told_every_twenty_minutes_and_internally_every_thirty(
    company: None,
) -> None:
    plan = Plan.objects.get(slug="critical-outage")

    rhythms = promises.rhythms(plan)

    assert rhythms.of(impact="critical", audience="customer") == 20 * MINUTE
    assert rhythms.of(impact="critical", audience="internal") == 30 * MINUTE
    assert rhythms.of(impact="critical", lasted=timedelta(hours=2)) == 60 * MINUTE
    assert plan_step_checks.own_rhythms(plan) == {"internal"}


@pytest.mark.slow(reason="brings a whole plan out and in again")
def test_the_commands_bring_them_out_and_back(
    company: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    call_command("export_plan", "critical-outage", "--version", "1")
    text = capsys.readouterr().out
    file = tmp_path / "plan.yaml"
    file.write_text(text.replace("offset: 15 min", "offset: 30 min"), encoding="utf-8")

    call_command("import_plan", str(file), "--by", "mara")

    said = capsys.readouterr().out
    assert "Critical outage v2 is a draft now" in said
    assert "Steps Phone the key accounts: offset: 15 minutes → 30 minutes" in said
    draft = Plan.objects.get(slug="critical-outage", version=2)
    assert plan_files.write(draft) == file.read_text(encoding="utf-8")
    assert plan_document.of(draft).duties == ["mara", "jonas"]


def test_a_file_that_says_nothing_new_makes_no_version(
    company: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_text(plan_files.write(Plan.objects.get(slug="incident")), encoding="utf-8")

    call_command("import_plan", str(file), "--by", "mara")

    assert "says just that already: nothing differs" in capsys.readouterr().out
    assert not Plan.objects.filter(slug="incident", version=2).exists()
