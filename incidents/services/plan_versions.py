"""The versions of a plan: a draft is made, takes over from the active one, and goes one day.

An incident keeps the version that it started with, whatever happens here.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from incidents.models import Plan
from incidents.services import plan_checks, plan_differences, plan_document, plan_drafts
from incidents.services.plan_checks import Finding
from incidents.services.plan_differences import Difference

logger = logging.getLogger(__name__)


class NotADraft(Exception):
    """This version was activated or retired before; nothing was changed."""


class NotActive(Exception):
    """This version is not in force; nothing was changed."""


class NotReady(Exception):
    """The draft would fail on the night it is needed; `findings` say what to mend."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(finding.words for finding in findings))
        self.findings = findings


@transaction.atomic
def revise(*, plan: Plan, by: User, now: datetime) -> Plan:
    """A draft that begins as a copy of this version; the one that is there, if there is one."""
    versions = _locked(plan.slug)
    if draft := next((one for one in versions if one.is_draft), None):
        return draft
    document = plan_document.of(plan)
    unchanged = {**document.plan, "changes": ""}
    draft = plan_drafts.store(document=replace(document, plan=unchanged))
    logger.info("Plan %s revised by user %s: draft %s", plan.pk, by.pk, draft.pk)
    return draft


@transaction.atomic
def activate(*, draft: Plan, by: User, now: datetime) -> None:
    """Put a draft in force; the version that was in force is retired in the same moment.

    :raises NotADraft: it is none any more.
    :raises NotReady: there are errors in it.
    """
    versions = _locked(draft.slug)
    draft.refresh_from_db()
    if not draft.is_draft:
        raise NotADraft(str(draft))
    if errors := [one for one in plan_checks.check(plan=draft, now=now) if one.is_error]:
        raise NotReady(errors)
    for one in versions:
        if one.status == Plan.Status.ACTIVE:
            _retire(one, now)
    draft.status, draft.activated_at = Plan.Status.ACTIVE, now
    draft.save(update_fields=["status", "activated_at"])
    logger.info("Plan %s activated by user %s", draft.pk, by.pk)


@transaction.atomic
def retire(*, plan: Plan, by: User, now: datetime) -> None:
    """Choose this plan for no incident any more.

    :raises NotActive: it is not in force.
    """
    _locked(plan.slug)
    plan.refresh_from_db()
    if plan.status != Plan.Status.ACTIVE:
        raise NotActive(str(plan))
    _retire(plan, now)
    logger.info("Plan %s retired by user %s", plan.pk, by.pk)


def active(*, slug: str) -> Plan | None:
    """The version in force."""
    return Plan.objects.active().filter(slug=slug).first()


def compare(*, before: Plan, after: Plan) -> list[Difference]:
    """What a reader of the one has to learn about the other."""
    return plan_differences.between(plan_document.of(before), plan_document.of(after))


def _retire(plan: Plan, now: datetime) -> None:
    plan.status, plan.retired_at = Plan.Status.RETIRED, now
    plan.save(update_fields=["status", "retired_at"])


def _locked(slug: str) -> list[Plan]:
    """One change of a plan's versions at a time."""
    return list(Plan.objects.select_for_update().filter(slug=slug).order_by("version"))
