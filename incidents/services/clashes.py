"""What a maintenance would run into: times that are to be quiet, and what else goes on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Q
from django.db.models.functions import Greatest

from incidents.models import Blackout, Component, Incident
from incidents.models.plans import Kind
from incidents.models.status import FINAL


@dataclass(frozen=True)
class Clash:
    """Another maintenance, or an incident, on the same components at the same time."""

    incident: Incident
    components: Sequence[Component]


def blackouts(*, incident: Incident, starts_at: datetime, ends_at: datetime) -> list[Blackout]:
    """The blackout periods that these times touch, for its components or for any."""
    touched = Q(components=None) | Q(components__in=incident.components.all())
    meant = Blackout.objects.filter(touched, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return list(meant.distinct().order_by("starts_at", "pk"))


def overlaps(
    *, incident: Incident, starts_at: datetime, ends_at: datetime, now: datetime
) -> list[Clash]:
    """What else is planned or going on then, drafts of maintenance included.

    Nobody knows when an incident will be over: one that is open is in the way. A maintenance
    that takes longer than planned lasts at least until now. `now` is story time.
    """
    others = Incident.objects.filter(
        mode=incident.mode, components__in=incident.components.all()
    ).exclude(Q(pk=incident.pk) | Q(status__in=FINAL))
    open_ = Q(kind=Kind.INCIDENT, opened_at__isnull=False)
    late = Greatest(F("scheduled_until"), now)
    others = others.annotate(lasts_until=late)
    at_once = Q(kind=Kind.MAINTENANCE, scheduled_for__lt=ends_at) & (
        Q(scheduled_until__gt=starts_at)
        | Q(status__in=("in_progress", "verifying"), lasts_until__gt=starts_at)
    )
    found = others.filter(open_ | at_once).distinct().order_by("started_at", "pk")
    mine = set(incident.components.values_list("pk", flat=True))
    return [
        Clash(other, [one for one in other.components.order_by("name") if one.pk in mine])
        for other in found
    ]
