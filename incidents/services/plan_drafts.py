"""Draft versions of a plan: made of a document, or as a copy of another version."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Duty, Plan, PlanStep
from incidents.services import plan_document
from incidents.services.plan_document import LISTS, PLAN, Document, Field, Values


class DraftInTheWay(Exception):
    """There is a draft of this plan already, somebody's work; ask before it is replaced."""


class NothingNew(ValueError):
    """The version in force says what a document says; nothing was stored."""


class Unfit(ValueError):
    """The values of a document do not fit together; `mistakes` say where and why."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


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
    :raises Unfit: its values do not fit together; nothing is stored.
    """
    slug = document.plan["plan"]
    versions = list(Plan.objects.select_for_update().filter(slug=slug).order_by("version"))
    draft = next((one for one in versions if one.is_draft), None)
    if draft and not replaces_draft:
        raise DraftInTheWay(str(draft))
    plan = draft or Plan(slug=slug, version=versions[-1].version + 1 if versions else 1)
    mistakes = list(_fill(plan, document))
    if mistakes:
        raise Unfit(mistakes)
    return plan


def _fill(plan: Plan, document: Document) -> Iterator[str]:
    """Store everything, and say what the models have against it."""
    plan_document.assign(PLAN, plan, document.plan)
    mistakes = list(_checked(plan, PLAN, ""))
    if mistakes:
        yield from mistakes
        return
    plan.save()
    plan_document.relate(PLAN, plan, document.plan)
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
            yield from _part(row, fields, values, f"{key}[{number}]")


def _part(row: Any, fields: Sequence[Field], values: Values, place: str) -> Iterator[str]:
    plan_document.assign(fields, row, values)
    mistakes = list(_checked(row, fields, place))
    yield from mistakes
    if not mistakes:
        row.save()
        plan_document.relate(fields, row, values)


def _checked(row: Any, fields: Sequence[Field], place: str) -> Iterator[str]:
    keys = {one.attribute: one.key for one in fields}
    try:
        row.full_clean()
    except ValidationError as error:
        for name, words in error.message_dict.items():
            where = plan_document.place(place, keys[name]) if name in keys else place or "plan"
            yield from (f"{where}: {one}" for one in words)
