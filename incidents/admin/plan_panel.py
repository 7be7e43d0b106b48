"""What a plan's page shows of it: its steps as they are lived through, and its versions."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from audiences.admin.pages import address
from incidents.models import Plan, PlanStep
from incidents.services import plan_words
from incidents.services.plan_findings import Finding


@dataclass(frozen=True)
class Line:
    """One step in words."""

    step: PlanStep
    moment: str
    repetition: str
    doing: str
    audience: str
    channels: str

    @property
    def is_task(self) -> bool:
        return bool(self.step.who == PlanStep.Who.TASK)


@dataclass(frozen=True)
class Remark:
    """A finding, and the page where it is mended."""

    finding: Finding
    address: str


def panel(plan: Plan) -> dict[str, Any]:
    others = Plan.objects.filter(slug=plan.slug).exclude(pk=plan.pk).order_by("-version")
    return {
        "plan": plan,
        "promises": plan_words.promises(plan),
        "lines": lines(plan),
        "versions": [(one, address(one)) for one in others],
    }


def lines(plan: Plan) -> list[Line]:
    steps = plan.steps.select_related("template", "assignee", "survey")
    return [
        Line(
            step=step,
            moment=plan_words.moment(step),
            repetition=plan_words.repetition(step),
            doing=plan_words.doing(step),
            audience=plan_words.audience(step),
            channels=plan_words.channels(step),
        )
        for step in sorted(steps.prefetch_related("segments"), key=plan_words.order)
    ]


def remarks(findings: list[Finding], plan: Plan) -> list[Remark]:
    return [
        Remark(finding, address(finding.step) if finding.step else address(plan))
        for finding in findings
    ]


def compare_address(after: Plan, before: Plan) -> str:
    page = reverse("admin:incidents_plan_compare", args=[after.pk])
    return f"{page}?before={before.pk}"
