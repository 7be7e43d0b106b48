"""Whoever wrote what was refused hears of it at once: customers wait, and only words help them."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.colleagues import called
from incidents.models import Approval, Responder
from incidents.services import duty_letters
from incidents.services.responders import Roster
from messaging.models import Template


def tell_author(*, request: Approval, by: User, now: datetime) -> None:
    """Of the plan's own words, the one who opened the incident, or else the lead, hears it."""
    author, incident = request.requested_by or request.incident.lead, request.incident
    if author is None or author == by:
        return

    def known(_responder: Responder) -> dict[str, str]:
        words = _(
            "%(name)s has refused it: “%(reason)s”. Publish an update in better words; until then"
            " customers do not hear it."
        )
        names = {"name": called(by), "reason": request.reason}
        return {"what": _what(request), "why": words % names}

    duty_letters.tell(
        user=author,
        stage=Template.Stage.DUTY_REFUSED,
        incident=incident,
        known=known,
        roster=Roster.read(),
        now=now,
    )


def _what(request: Approval) -> str:
    return request.entry.step.name if request.entry else _("Your update")
