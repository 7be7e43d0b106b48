"""What a maintenance says by itself when its time has come: no step of it is planned before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils.translation import get_language

from audiences.admin.moments import brief
from incidents.admin import forecast
from incidents.models import Incident, Status
from incidents.models.plans import Kind
from incidents.services import maintenance


@dataclass(frozen=True)
class Going:
    """One message, or a task."""

    name: str
    who: str
    audience: str
    reach: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class OwnStart:
    due: str
    going: Sequence[Going]


def own_start(incident: Incident, now: datetime, *, is_poll: bool) -> OwnStart | None:
    """None where nothing begins by the clock any more, or not before somebody has decided."""
    begins_at, clock = incident.scheduled_for, incident.story_time(now)
    is_scheduled = incident.kind == Kind.MAINTENANCE and incident.status == Status.SCHEDULED
    if not is_scheduled or incident.is_draft or not incident.runs_by_clock:
        return None
    if begins_at is None or begins_at <= clock:
        return None
    if maintenance.waits_for_a_decision(incident=incident, begins_at=begins_at):
        return None
    return OwnStart(brief(begins_at, clock), _counted(incident, begins_at, now, is_poll=is_poll))


def _counted(
    incident: Incident, begins_at: datetime, now: datetime, *, is_poll: bool
) -> Sequence[Going]:
    """Counted when somebody opens the page; a page left open does not count again and again."""
    key = f"own-start-{incident.pk}-{get_language()}"
    counted: Sequence[Going] | None = cache.get(key) if is_poll else None
    if counted is None:
        counted = _going(incident, incident.real_time(begins_at, now))
        cache.set(key, counted, timeout=60)
    return counted


def _going(incident: Incident, at: datetime) -> list[Going]:
    draft = maintenance.start(incident=incident, now=at)
    return [
        Going(
            name=row.step.name,
            who=row.who,
            audience=", ".join(segment.name for segment, _number in row.through),
            reach=row.reach,
        )
        for row in forecast.update(incident=incident, draft=draft, now=at)
    ]
