"""Who answers for an incident, since when and because of what: exactly one person at a time."""

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from incidents.models import Handover, Incident

Because = Handover.Because


def record(
    *, incident: Incident, to: User, because: Handover.Because, by: User | None, at: datetime
) -> Handover:
    """Make somebody responsible from a moment of the story on; the caller holds the row."""
    incident.lead = to
    incident.save(update_fields=["lead"])
    return Handover.objects.create(incident=incident, user=to, since_at=at, because=because, by=by)


@transaction.atomic
def hand_over(*, incident: Incident, to: User, by: User, now: datetime) -> Handover:
    """Let another person lead, as those two have agreed; taking it oneself is taking over."""
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    because = Because.TOOK_OVER if to == by else Because.HANDED_OVER
    at = incident.story_time(now)
    return record(incident=incident, to=to, because=because, by=by, at=at)


def current(incident: Incident) -> Handover | None:
    """Since when and why its lead leads; None where nobody has noted it."""
    latest = incident.handovers.select_related("user", "by").order_by("pk").last()
    return latest if latest and latest.user_id == incident.lead_id else None
