"""The plans that come with the product: one file each in incidents/plans/, made to be changed.

They name segments that many companies have. Where one is missing, its step tells the affected
instead; what was only meant for it is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from audiences.models import Segment
from feedback.services import library as surveys
from incidents.models import Plan, PlanStep
from incidents.services import plan_checks, plan_drafts, plan_files, plan_versions
from incidents.services.plan_checks import Finding
from messaging.services import library as templates

FOLDER = Path(__file__).resolve().parent.parent / "plans"


@dataclass(frozen=True)
class Loaded:
    """What became of one file; a plan that was there before stays as it is."""

    plan: Plan
    is_new: bool
    findings: Sequence[Finding] = ()


@transaction.atomic
def load(
    *,
    by: User,
    duties: Sequence[str] = (),
    activates: bool,
    now: datetime,
    language: str = settings.LANGUAGE_CODE,
) -> list[Loaded]:
    """Create the plans that are missing, with the templates and the surveys they need.

    `duties` are user names, the lead first; without any, whoever loads the plans leads. A plan in
    which something is wrong stays a draft.
    """
    templates.load()
    surveys.load(now=now)
    people = {"owner": by.get_username(), "duties": [*duties] or [by.get_username()]}
    return [
        _load(raw | people, by=by, activates=activates, now=now, language=language)
        for raw in files().values()
    ]


def files() -> Mapping[str, dict[str, Any]]:
    """Every shipped file as it stands, by the slug of its plan."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))]
    return {raw["plan"]: raw for raw in map(plan_files.parse, texts)}


def _load(
    raw: dict[str, Any], *, by: User, activates: bool, now: datetime, language: str
) -> Loaded:
    there = Plan.objects.filter(slug=raw["plan"]).order_by("version").last()
    if there:
        return Loaded(there, is_new=False)
    document = plan_files.read(fitted(raw), by=by, now=now, language=language)
    plan = plan_drafts.store(document=document)
    findings = plan_checks.check(plan=plan, now=now)
    if activates and not any(finding.is_error for finding in findings):
        plan_versions.activate(draft=plan, by=by, now=now)
    return Loaded(plan, is_new=True, findings=findings)


def fitted(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The file without the segments that are not there."""
    kinds = dict(Segment.objects.values_list("slug", "kind"))
    steps = list(_fitted_steps(raw["steps"], set(kinds)))
    told = {kinds[slug] for step in steps for slug in step.get("segments", [])}
    rhythms = [one for one in raw.get("rhythms", []) if one.get("audience") in {None, *told}]
    return {**raw, "steps": steps, "rhythms": rhythms}


def _fitted_steps(steps: Sequence[dict[str, Any]], there: set[str]) -> Iterator[dict[str, Any]]:
    told = {_occasion(step) for step in steps if step.get("affected")}
    for step in steps:
        left = [slug for slug in step.get("segments", []) if slug in there]
        is_left_alone = bool(step.get("segments")) and not left and not step.get("affected")
        if not is_left_alone or step.get("who") == PlanStep.Who.TASK:
            yield {**step, "segments": left}
        elif _occasion(step) not in told:
            yield {**step, "segments": [], "affected": True}


def _occasion(step: Mapping[str, Any]) -> tuple[str, str]:
    return step["when"], step.get("status", "")
