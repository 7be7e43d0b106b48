from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from feedback.models import Invitation, Survey, SurveyVersion
from messaging.models import Broadcast
from messaging.services.placeholders import CannotSay


class NotInForce(CannotSay):
    """None of the survey's versions is active; nobody was invited."""


def invite(
    *, survey: Survey, broadcast: Broadcast, owner: User | None = None, now: datetime
) -> Invitation:
    """Let the broadcast's recipients answer this survey through their personal link.

    `owner` sees to low scores of those who have no account manager.

    :raises NotInForce: there is only a draft of it.
    """
    version = to_be_asked(survey=survey)
    closes_at = version.closes_at(now)
    end_with_it(broadcast=broadcast, closes_at=closes_at)
    return Invitation.objects.create(
        version=version, broadcast=broadcast, closes_at=closes_at, owner=owner
    )


def end_with_it(*, broadcast: Broadcast, closes_at: datetime) -> None:
    """What invites to a survey, or reminds of it, is not sent once that is closed."""
    Broadcast.objects.filter(pk=broadcast.pk, expires_at__gt=closes_at).update(expires_at=closes_at)


def to_be_asked(*, survey: Survey) -> SurveyVersion:
    """The version in force.

    :raises NotInForce: there is only a draft of it.
    """
    version = in_force(survey=survey)
    if version is None:
        words = _("The survey “%(survey)s” has no active version: put one in force.")
        raise NotInForce(words % {"survey": survey})
    return version


def in_force(*, survey: Survey) -> SurveyVersion | None:
    """The version that whoever is invited now is asked."""
    return SurveyVersion.objects.active().filter(survey=survey).first()


def is_anonymous(*, survey: Survey) -> bool:
    """Whether it promises so, or a version did whose answers are counted with the others."""
    asked = survey.versions.exclude(status=SurveyVersion.Status.DRAFT)
    return asked.filter(is_anonymous=True).exists()


def shown(*, survey: Survey) -> SurveyVersion:
    """The version to name it by: the one in force, else the newest."""
    newest = survey.versions.select_related("survey").order_by("-number")
    return newest.active().first() or newest[0]
