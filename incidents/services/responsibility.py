"""Who answers for what is owed: one person at any moment."""

from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from incidents.models import DutyCall, Handover, Incident, PlanReview
from incidents.services import handovers
from incidents.services.matters import Matter

About = DutyCall.About


class CannotAnswer(Exception):
    """Nothing was changed; the message says why, and what can be done instead."""


def hold(*, about: str, object_id: int, incident_id: int | None) -> None:
    """Let nobody else call or answer about the same until the transaction ends."""
    if incident_id is not None:
        Incident.objects.select_for_update().get(pk=incident_id)
    elif about == About.REVIEW:
        PlanReview.objects.select_for_update().get(pk=object_id)


def give(
    *, matter: Matter, to: User, because: Handover.Because, by: User | None, now: datetime
) -> None:
    """Let somebody answer for it from now on; the caller holds the row.

    :raises CannotAnswer: nobody reviews their own words.
    """
    thing = matter.thing
    match matter.about:
        case About.PROMISE | About.SILENCE:
            assert matter.incident
            handovers.record(
                incident=matter.incident, to=to, because=because, by=by, at=matter.clock(now)
            )
            return
        case About.ENTRY | About.TASK:
            field = "assignee"
        case About.POSTMORTEM:
            if thing.is_with_reviewer and thing.author == to:
                raise CannotAnswer(
                    _("You wrote it: send it back, and choose somebody else to review it.")
                )
            thing.give_to(to)
            return
        case About.COMMITMENT | About.FOLLOW_UP:
            field = "owner"
        case About.REVIEW:
            field = "reviewer"
        case _:
            return  # Whoever approves is no author: nothing changes hands.
    setattr(thing, field, to)
    thing.save(update_fields=[field])
