"""The versions of a survey: a draft is made, and takes over from the active one.

Answers keep the question that they answered, and whoever was invited keeps the version that they
were invited to, whatever happens here.
"""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from feedback.models import Survey, SurveyVersion
from feedback.services import checks

logger = logging.getLogger(__name__)


class NotADraft(Exception):
    """This version was activated or retired before; nothing was changed."""


class NotReady(Exception):
    """The draft cannot be asked yet; `problems` say what to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@transaction.atomic
def revise(*, version: SurveyVersion, by: User) -> SurveyVersion:
    """A draft that begins as a copy of this version; the one that is there, if there is one."""
    survey = _locked(version)
    if draft := survey.versions.filter(status=SurveyVersion.Status.DRAFT).first():
        return draft
    last = survey.versions.order_by("number").last()
    draft = _copy(version, number=last.number + 1 if last else 1)
    logger.info("Survey %s revised by user %s: draft %s", version.pk, by.pk, draft.pk)
    return draft


@transaction.atomic
def activate(*, draft: SurveyVersion, now: datetime) -> None:
    """Put a draft in force; the version that was in force is retired in the same moment.

    :raises NotADraft: it is none any more.
    :raises NotReady: something in it cannot be asked.
    """
    survey = _locked(draft)
    draft.refresh_from_db()
    if not draft.is_draft:
        raise NotADraft(str(draft))
    if problems := checks.problems(version=draft):
        raise NotReady(problems)
    survey.versions.active().update(status=SurveyVersion.Status.RETIRED)
    draft.status, draft.activated_at = SurveyVersion.Status.ACTIVE, now
    draft.save(update_fields=["status", "activated_at"])
    logger.info("Survey %s activated", draft.pk)


def hold(*, draft: SurveyVersion) -> None:
    """Let nobody activate it until this transaction, which changes it, has ended.

    :raises NotADraft: somebody has.
    """
    _locked(draft)
    if not SurveyVersion.objects.get(pk=draft.pk).is_draft:
        raise NotADraft(str(draft))


@transaction.atomic
def discard(*, draft: SurveyVersion) -> None:
    """Delete a draft, and with the only version its survey.

    :raises NotADraft: it was activated.
    :raises ProtectedError: it is the only version, and a plan asks the survey.
    """
    hold(draft=draft)
    if draft.survey.versions.exclude(pk=draft.pk).exists():
        draft.delete()
    else:
        draft.survey.delete()


def _locked(version: SurveyVersion) -> Survey:
    """One change of a survey's versions at a time."""
    return Survey.objects.select_for_update().get(pk=version.survey_id)


def _copy(version: SurveyVersion, *, number: int) -> SurveyVersion:
    draft = SurveyVersion.objects.create(
        survey_id=version.survey_id,
        number=number,
        title=version.title,
        intro=version.intro,
        thanks=version.thanks,
        is_anonymous=version.is_anonymous,
        open_days=version.open_days,
    )
    for question in version.questions.order_by("position", "pk"):
        question.pk, question.version = None, draft
        question._state.adding = True
        question.save()
    return draft
