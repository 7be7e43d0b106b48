"""Draft versions of a plan: made of a document, or as a copy of another version."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Duty, Plan, PlanStep
from incidents.services import plan_document
from incidents.services.plan_document import LISTS, PLAN, Document, Field, Values


class DraftInTheWay(Exception):
    """There is a draft of this plan already, somebody's work; ask before it is replaced."""


class NothingNew(ValueError):
    """The version in force says what a document says; nothing was stored."""


def check_new(*, document: Document) -> None:
    """:raises NothingNew: the version in force says just that."""
    active = Plan.objects.active().filter(slug=document.plan["plan"]).first()
    if active and plan_document.of(active) == document:
        words = _("%(plan)s says just that already: nothing differs, and nothing was saved.")
        raise NothingNew(words % {"plan": active})


@transaction.atomic
def store(*, document: Document, replaces_draft: bool = False) -> Plan:
    """Make a draft version of it.

    :raises DraftInTheWay: there is one already, and it is not to be replaced.
    """
    slug = document.plan["plan"]
    versions = list(Plan.objects.select_for_update().filter(slug=slug).order_by("version"))
    draft = next((one for one in versions if one.is_draft), None)
    if draft and not replaces_draft:
        raise DraftInTheWay(str(draft))
    plan = draft or Plan(slug=slug, version=versions[-1].version + 1 if versions else 1)
    _fill(plan, document)
    return plan


def _fill(plan: Plan, document: Document) -> None:
    _save(plan, PLAN, document.plan)
    for parts in (plan.steps, plan.duties, plan.rhythms, plan.lead_times):
        parts.all().delete()
    for position, username in enumerate(document.duties):
        user = plan_document.DUTY.kind.row(username)
        Duty.objects.create(plan=plan, user=user, position=position)
    for key, (fields, model) in LISTS.items():
        for number, values in enumerate(getattr(document, key), 1):
            row = model(plan=plan)
            if isinstance(row, PlanStep):
                row.position = number
            _save(row, fields, values)


def _save(row: Any, fields: Sequence[Field], values: Values) -> None:
    plan_document.assign(fields, row, values)
    row.save()
    plan_document.relate(fields, row, values)
