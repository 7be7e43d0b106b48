"""On a template's page: the plans that use it, and in which of their steps."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from audiences.admin import panels
from audiences.admin.pages import address
from incidents.models import Plan, PlanStep
from messaging.models import Template


def _show(request: HttpRequest, template: Template) -> Mapping[str, Any] | None:
    if not request.user.has_perm("incidents.view_plan"):
        return None
    uses: dict[Plan, list[PlanStep]] = {}
    steps = PlanStep.objects.filter(template=template).select_related("plan")
    for step in steps.order_by("plan__name", "-plan__version", "position", "pk"):
        uses.setdefault(step.plan, []).append(step)
    return {"uses": [(plan, address(plan), found) for plan, found in uses.items()]}


panels.register("admin/incidents/template_use.html", _show, below=Template)
