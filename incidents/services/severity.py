"""How bad an incident is, for whoever wants to hear only of what is bad enough."""

from audiences.models import Severity
from incidents.models import Impact, Incident
from messaging.models import Broadcast

_OF_IMPACT = {
    Impact.NONE: Severity.ANY,
    Impact.MINOR: Severity.MINOR,
    Impact.MAJOR: Severity.MAJOR,
    Impact.CRITICAL: Severity.CRITICAL,
    # Something is away for a while, as was agreed.
    Impact.MAINTENANCE: Severity.MINOR,
}


def of(*, incident: Incident) -> Severity:
    """The worst that was said so far of it and of what is told within it, or that it is now.

    It never falls: whoever heard of it was promised the next word, and hears the end.
    """
    now = of_impact(incident.impact)
    if now == Severity.CRITICAL:
        return now
    told = Broadcast.objects.filter(
        thread__in=[one.key for one in incident.together()],
        purpose=Broadcast.Purpose.NOTICE,
        started_at__isnull=False,
    )
    worst = told.order_by("-severity").values_list("severity", flat=True)[:1]
    return Severity(max(*worst, Severity.ANY, now))


def of_impact(impact: str) -> Severity:
    return _OF_IMPACT[Impact(impact)]
