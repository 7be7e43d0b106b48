"""Reminding those who were asked and have not answered: once, and never in an anonymous survey, for
who was reminded would tell for good who had not answered.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from feedback.models import Invitation, Response, Survey
from messaging.services import asking

# Sooner after the request nobody is reminded, also where both were late.
SOONEST = timedelta(days=1)


def request(*, survey: Survey, thread: str) -> Invitation | None:
    """The latest request to answer a survey about a story; a reminder reminds of it."""
    asked = Invitation.objects.filter(version__survey=survey, broadcast__thread=thread)
    return asked.select_related("version", "broadcast").order_by("-pk").first()


def refusal(*, survey: Survey, thread: str, now: datetime) -> str:
    """Why nobody is reminded, in words; "" where there is nothing against it."""
    asked = request(survey=survey, thread=thread)
    if asked is None:
        return _("Nobody was asked, so nobody is reminded.")
    if asked.version.is_anonymous:
        return _("The survey is anonymous: nobody may know who has not answered.")
    if asked.closes_at <= now:
        return _("The survey is closed.")
    if hasattr(asked.broadcast, "reminder"):
        return _("Whoever has not answered was reminded before; nobody is reminded twice.")
    return ""


def _answered(broadcast: int) -> QuerySet[Any, Any]:
    given = Response.objects.filter(delivery__broadcast=broadcast, delivery__contact__isnull=False)
    return given.values("delivery__contact")


asking.register(_answered)
