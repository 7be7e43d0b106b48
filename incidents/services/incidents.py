from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction

from incidents.models import Component, Incident, IncidentComponent, Status
from incidents.models.components import BY_SEVERITY
from incidents.services import drills, leading, plans, timeline
from messaging.services import wake


class AlreadyOpen(Exception):
    """The incident was opened before; nothing was changed."""


@transaction.atomic
def open(*, incident: Incident, by: User | None, now: datetime) -> Incident:
    """Make a draft real: compute its impact, choose its plan, plan its timeline.

    The first notice goes out with the next tick, which is woken at once.

    :raises AlreadyOpen: it is no draft.
    :raises NoPlan: no active plan fits, and none was chosen.
    """
    incident = Incident.objects.select_for_update().get(pk=incident.pk)
    if incident.opened_at:
        raise AlreadyOpen(str(incident))
    if incident.mode == Incident.Mode.DRILL:
        drills.begin(incident=incident, now=now)
    incident.roll_up_impact()
    incident.plan = incident.plan or plans.choose(incident=incident)
    at = incident.story_time(now)
    if incident.kind == "maintenance" and incident.status == Status.INVESTIGATING:
        incident.status = Status.SCHEDULED
    incident.opened_at = at
    if incident.kind == "incident":
        # Whoever opens it has noticed it; how long telling customers took is counted from then.
        incident.detected_at = min(incident.detected_at or at, at)
    incident.save(update_fields=["plan", "status", "opened_at", "detected_at"])
    leading.begin(incident=incident, by=by, at=at, now=now)
    show_on_components(incident)
    timeline.replan(incident=incident, now=incident.opened_at)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))
    return incident


def show_on_components(incident: Incident) -> None:
    """Let each component show the worst that active incidents do to it; rehearsals do nothing."""
    if incident.mode != Incident.Mode.REAL:
        return
    active = Incident.objects.public().active().exclude(status=Status.SCHEDULED)
    for component in incident.components.all():
        statuses = IncidentComponent.objects.filter(
            component=component, incident__in=active
        ).values_list("status", flat=True)
        worst = max(statuses, key=BY_SEVERITY.index, default=Component.Status.OPERATIONAL)
        Component.objects.filter(pk=component.pk).update(status=worst)
