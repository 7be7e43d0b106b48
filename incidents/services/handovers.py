"""Who answers for an incident, since when and because of what: exactly one person at a time."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from audiences.colleagues import called
from incidents.models import Handover, Incident, Responder
from incidents.services import duty_letters
from incidents.services.responders import Roster
from messaging.models import Template

Because = Handover.Because


def record(
    *,
    incident: Incident,
    to: User,
    because: Handover.Because,
    by: User | None,
    at: datetime,
    note: str = "",
) -> Handover:
    """Make somebody responsible from a moment of the story on; the caller holds the row."""
    incident.lead = to
    incident.save(update_fields=["lead"])
    return Handover.objects.create(
        incident=incident, user=to, since_at=at, because=because, by=by, note=note[:500]
    )


@transaction.atomic
def hand_over(*, incident: Incident, to: User, by: User, now: datetime) -> Handover:
    """Let another person lead, as those two have agreed, and tell them so; taking it oneself is
    taking over."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    because = Because.TOOK_OVER if to == by else Because.HANDED_OVER
    at = incident.story_time(now)
    handover = record(incident=incident, to=to, because=because, by=by, at=at)
    if to != by:
        _tell(handover, by, now)
    return handover


def _tell(handover: Handover, by: User, now: datetime) -> None:
    def known(_responder: Responder) -> dict[str, str]:
        name = called(by)
        return {
            "what": duty_letters.title_of(handover.incident),
            "title": "",
            "why": _("%(name)s has handed it over to you.") % {"name": name},
        }

    duty_letters.tell(
        user=handover.user,
        stage=Template.Stage.DUTY_HANDOVER,
        incident=handover.incident,
        known=known,
        roster=Roster.read(),
        now=now,
    )


def current(incident: Incident) -> Handover | None:
    """Since when and why its lead leads; None where nobody has noted it."""
    latest = so_far(incident).first()
    return latest if latest and latest.user_id == incident.lead_id else None


def so_far(incident: Incident) -> QuerySet[Handover]:
    """Who has answered for it, the latest first."""
    return incident.handovers.select_related("user", "by").order_by("-pk")
