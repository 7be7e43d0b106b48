"""Whoever speaks where the lead was called and did not react answers for the incident."""

from datetime import datetime

from django.contrib.auth.models import User

from incidents.models import DutyCall, Incident
from incidents.services import handovers
from incidents.services.handovers import Because


def note(*, incident: Incident, by: User | None, at: datetime) -> None:
    """Hand an incident to whoever writes about it, unless its lead is there; the caller holds its
    row. Where the lead was not called, or has reacted, nothing changes."""
    if by and incident.lead_id != by.pk and _is_silent(incident):
        handovers.record(incident=incident, to=by, because=Because.PUBLISHED, by=by, at=at)


def _is_silent(incident: Incident) -> bool:
    """Whether its lead was called for a word to customers, and has neither answered, nor taken it
    since, nor written."""
    to_lead = incident.duty_calls.filter(user=incident.lead_id, about__in=DutyCall.LEADS)
    call = to_lead.filter(is_information=False).order_by("pk").last()
    if call is None or call.answer:
        return False
    since = call.called_at
    taken = incident.handovers.exclude(because=Because.CALLED).filter(since_at__gte=since)
    written = incident.updates.filter(published_by=incident.lead_id, published_at__gte=since)
    return not (taken.filter(user=incident.lead_id).exists() or written.exists())
