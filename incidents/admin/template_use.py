"""On a template's page: the plans that use it, and in which of their steps."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from audiences.admin import panels
from audiences.admin.pages import address
from incidents.models import Plan, PlanStep
from messaging.admin import template_obstacles
from messaging.models import Template


def _show(request: HttpRequest, template: Template) -> Mapping[str, Any] | None:
    if not request.user.has_perm("incidents.view_plan"):
        return None
    uses: dict[Plan, list[PlanStep]] = {}
    for step in _steps([template]):
        uses.setdefault(step.plan, []).append(step)
    return {"uses": [(plan, address(plan), found) for plan, found in uses.items()]}


def _named(chosen: Collection[Template]) -> list[str]:
    return [f"{step.plan}: {step.name}" for step in _steps(chosen)]


def _steps(chosen: Collection[Template]) -> QuerySet[PlanStep]:
    steps = PlanStep.objects.filter(template__in=chosen).select_related("plan")
    return steps.order_by("plan__name", "-plan__version", "position", "pk")


panels.register("admin/incidents/template_use.html", _show, below=Template)
template_obstacles.register(_named)
