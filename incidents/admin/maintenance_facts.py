"""What the room of a maintenance shows beside what every room shows."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from audiences.admin.moments import brief, moment
from audiences.languages import spoken
from incidents.admin.wording import as_read
from incidents.models import Incident, ScheduleChange, Status
from incidents.models.plans import Kind

_RUNNING = (Status.IN_PROGRESS, Status.VERIFYING)


@dataclass(frozen=True)
class Changed:
    """One change of its times."""

    change: ScheduleChange
    seen_at: datetime

    @property
    def at(self) -> str:
        return brief(self.change.changed_at, self.seen_at)

    @property
    def old(self) -> str:
        return f"{moment(self.change.old_for)} – {moment(self.change.old_until)}"

    @property
    def reason(self) -> str:
        return spoken(self.change.reason)


@dataclass(frozen=True)
class MaintenanceFacts:
    incident: Incident
    clock: datetime
    changes: list[Changed]

    @property
    def planned(self) -> str:
        times = (self.incident.scheduled_for, self.incident.scheduled_until)
        return " – ".join(filter(None, map(moment, times)))

    @property
    def is_scheduled(self) -> bool:
        return self.incident.status == Status.SCHEDULED

    @property
    def is_in_progress(self) -> bool:
        return self.incident.status == Status.IN_PROGRESS

    @property
    def is_running(self) -> bool:
        return self.incident.status in _RUNNING

    @property
    def is_overdue(self) -> bool:
        """It runs, and its planned end has passed."""
        until = self.incident.scheduled_until
        return self.is_running and until is not None and until < self.clock

    @property
    def is_unbegun(self) -> bool:
        """Its time has come, and it waits for a person."""
        begins_at = self.incident.scheduled_for
        return self.is_scheduled and begins_at is not None and begins_at < self.clock

    @property
    def rolled_back(self) -> str:
        return brief(self.incident.rolled_back_at, self.clock)

    @property
    def work(self) -> SafeString:
        return as_read(spoken(self.incident.work))

    @property
    def risk(self) -> SafeString:
        return as_read(spoken(self.incident.risk))

    @property
    def rollback(self) -> SafeString:
        return as_read(spoken(self.incident.rollback))


def maintenance_facts(incident: Incident, clock: datetime) -> MaintenanceFacts | None:
    """None for an incident."""
    if incident.kind != Kind.MAINTENANCE:
        return None
    changes = incident.schedule_changes.order_by("-changed_at", "-pk")
    return MaintenanceFacts(incident, clock, [Changed(change, clock) for change in changes])
