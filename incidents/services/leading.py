"""Who leads an incident that is opened: the first on duty who can be reached."""

from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from incidents.models import Incident, Responder
from incidents.services import duty_letters, handovers, responders
from incidents.services.handovers import Because
from incidents.services.responders import Choice, Roster
from messaging.models import Template


def begin(*, incident: Incident, by: User | None, at: datetime, now: datetime) -> None:
    """Give it to a person, unless it was given to one before, and note who was passed over; the
    caller holds the row.

    Where nobody on duty can be reached, the plan's owner leads, and is told so at once; or else
    whoever opens it, who is there.
    """
    assert incident.plan, "it was chosen"
    roster, duties = Roster.read(), incident.plan.duties.select_related("user")
    team, owner = [duty.user for duty in duties.order_by("position")], incident.plan.owner
    first = partial(responders.first_reachable, roster=roster, incident=incident, at=at)
    choice, note, told = first(team, publishes=True), "", None
    lead = incident.lead or choice.user
    if choice.passed_over and not incident.lead:
        note = _("cannot be reached: %(people)s") % {"people": choice}
    if lead is None:
        told = first([owner], publishes=False).user
        lead = told or by or next(iter(team), None)
        note = _("nobody on duty can be reached: %(people)s") % {"people": choice}
    if lead:
        because = Because.OPENED
        handovers.record(incident=incident, to=lead, because=because, by=by, at=at, note=note)
    if told:
        _alarm(incident, told, choice, roster, now)


def _alarm(incident: Incident, owner: User, choice: Choice, roster: Roster, now: datetime) -> None:
    def known(_responder: Responder) -> dict[str, str]:
        words = _("Nobody on duty can be reached: %(people)s. You answer for it now.")
        return {
            "what": duty_letters.title_of(incident),
            "title": "",
            "why": words % {"people": choice},
        }

    duty_letters.tell(
        user=owner,
        stage=Template.Stage.DUTY_HANDOVER,
        incident=incident,
        known=known,
        roster=roster,
        now=now,
    )
