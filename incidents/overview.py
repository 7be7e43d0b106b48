"""What the public pages tell: read in a fixed number of queries, without the technical text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from audiences.services import support
from audiences.services.support import Support
from incidents import rollup
from incidents.models import (
    Commitment,
    Component,
    ComponentGroup,
    Impact,
    Improvement,
    Incident,
    IncidentComponent,
    ScheduleChange,
    Status,
    Update,
)
from incidents.models.incidents import worst_rows
from incidents.models.plans import Kind
from incidents.models.status import FINAL
from incidents.services import improvements

HISTORY = timedelta(days=14)
# What begins by the clock begins a tick after it.
UNNOTICED = timedelta(minutes=1)
# A page has an end, also after the worst fortnight.
HISTORY_LIMIT = 100


@dataclass(frozen=True)
class Story:
    """An incident with what was said about it, newest first, on its own clock."""

    incident: Incident
    clock: datetime
    updates: Sequence[Update]
    affected: Sequence[IncidentComponent]
    changes: Sequence[ScheduleChange] = ()
    # What we promised besides the next update, as far as customers know of it.
    commitments: Sequence[Commitment] = ()
    # What customers said of it has changed.
    improvements: Sequence[Improvement] = ()
    # What is told within it, of a storm's head.
    tells: Sequence[Incident] = ()

    @property
    def moved(self) -> ScheduleChange | None:
        """The latest change of a maintenance's times: the old ones are in somebody's calendar."""
        return self.changes[0] if self.changes and not self.incident.is_over else None

    @property
    def is_overdue(self) -> bool:
        """A maintenance that runs longer than planned."""
        incident = self.incident
        is_running = incident.status in (Status.IN_PROGRESS, Status.VERIFYING)
        return is_running and bool(
            incident.scheduled_until and incident.scheduled_until < self.clock
        )

    @property
    def is_unbegun(self) -> bool:
        """A maintenance that should have begun, and has not."""
        begins_at = self.incident.scheduled_for
        is_scheduled = self.incident.status == Status.SCHEDULED
        return is_scheduled and begins_at is not None and begins_at < self.clock - UNNOTICED

    @property
    def latest(self) -> Update | None:
        return self.updates[0] if self.updates else None

    @property
    def promise(self) -> datetime | None:
        """When we said we would speak again, while that is still owed."""
        is_told_elsewhere = self.incident.merged_into_id is not None
        owed = self.latest and not (self.incident.is_over or is_told_elsewhere)
        return self.latest.promised_at if self.latest and owed else None

    @property
    def state(self) -> str:
        """How bad it is at the moment: what is over, is so no more."""
        return Impact.NONE if self.incident.is_over else self.incident.impact

    @property
    def hints(self) -> list[Component]:
        """Components about which there is something that customers can do alone."""
        if self.incident.is_over:
            return []
        return [row.component for row in self.affected if any(row.component.hint.values())]

    @property
    def is_late(self) -> bool:
        return self.promise is not None and self.promise < self.clock


@dataclass(frozen=True)
class Group:
    group: ComponentGroup | None
    components: list[Component]


@dataclass(frozen=True)
class Day:
    day: date
    stories: list[Story]


@dataclass(frozen=True)
class StatusPage:
    now: datetime
    overall: rollup.Overall
    groups: list[Group]
    incidents: list[Story]
    maintenance: list[Story]
    upcoming: list[Story]
    history: list[Day]
    # What customers said of no incident, and has changed.
    improvements: Sequence[Improvement]
    support: Support


def status_page(*, now: datetime) -> StatusPage:
    components = list(_components())
    going_on = Incident.objects.public().active().told_by_themselves()
    active = _stories(going_on.order_by("-started_at", "-pk"), now)
    upcoming = [story for story in active if story.incident.status == Status.SCHEDULED]
    running = [story for story in active if story.incident.status != Status.SCHEDULED]
    return StatusPage(
        now=now,
        overall=rollup.overall(
            statuses=[component.status for component in components],
            impacts={story.incident.impact for story in running},
        ),
        groups=[Group(group, list(rows)) for group, rows in groupby(components, _group)],
        incidents=[story for story in running if story.incident.kind == Kind.INCIDENT],
        maintenance=[story for story in running if story.incident.kind == Kind.MAINTENANCE],
        upcoming=sorted(upcoming, key=lambda story: story.incident.scheduled_for or now),
        history=_history(now),
        improvements=list(improvements.elsewhere(now=now)),
        support=reach(now=now),
    )


def reach(*, now: datetime) -> Support:
    """How everybody can reach us at this moment."""
    return support.at(ways=support.read(), now=now)


def story(*, key: str, now: datetime) -> Story:
    """The whole thread of one public incident.

    :raises Incident.DoesNotExist: there is none, or the public must not know of it.
    """
    thread = _updates().prefetch_related("component_changes__component")
    incidents = Incident.objects.public().select_related("postmortem", "merged_into")
    parts = (Prefetch("updates", thread), *_affected(), _changes())
    incident = incidents.prefetch_related(*parts).get(key=key)
    told = incident.commitments.filter(told_at__isnull=False).order_by("due_on", "pk")
    changed = improvements.published(incident=incident)
    return replace(_story(incident, now), commitments=list(told), improvements=list(changed))


def _history(now: datetime) -> list[Day]:
    ended = (
        Incident.objects.public()
        .told_by_themselves()
        .filter(status__in=FINAL)
        .annotate(ended_at=Coalesce("resolved_at", "opened_at"))
        .filter(ended_at__gte=now - HISTORY)
        .order_by("-ended_at", "-pk")[:HISTORY_LIMIT]
    )
    by_day = groupby(_stories(ended, now), lambda story: _local_day(story.incident))
    return [Day(day, list(stories)) for day, stories in by_day]


def _local_day(incident: Incident) -> date:
    return timezone.localtime(incident.resolved_at or incident.opened_at).date()


def _components() -> QuerySet[Component]:
    groups_first = F("group__position").asc(nulls_last=True)
    return Component.objects.select_related("group").order_by(
        groups_first, "group__name", "group_id", "position", "name"
    )


def _group(component: Component) -> ComponentGroup | None:
    return component.group


def _stories(incidents: QuerySet[Incident], now: datetime) -> list[Story]:
    """Each with its latest update only."""
    said = Update.objects.public().filter(incident=OuterRef("incident"))
    newest = said.order_by("-published_at", "-pk")
    latest = _updates().filter(pk=Subquery(newest.values("pk")[:1]))
    told = incidents.prefetch_related(Prefetch("updates", latest), *_affected(), _changes())
    return [_story(incident, now) for incident in told]


def _story(incident: Incident, now: datetime) -> Story:
    tells = list(incident.merged.all())
    rows = [row for one in (incident, *tells) for row in one.affected.all()]
    return Story(
        incident,
        incident.story_time(now),
        list(incident.updates.all()),
        sorted(worst_rows(rows), key=_place),
        list(incident.schedule_changes.all()),
        tells=tells,
    )


def _place(row: IncidentComponent) -> tuple[bool, int, int, str]:
    """As on the status page: by group, those without one last."""
    component = row.component
    group = component.group
    return group is None, group.position if group else 0, component.position, component.name


def _updates() -> QuerySet[Update]:
    shown = Update.objects.public().defer("technical_text")
    corrections = Update.objects.filter(state=Update.State.PUBLISHED).defer("technical_text")
    with_changes = corrections.prefetch_related("component_changes__component")
    shown = shown.prefetch_related(Prefetch("corrections", with_changes))
    return shown.order_by("-published_at", "-pk")


def _changes() -> "Prefetch[str]":
    return Prefetch("schedule_changes", ScheduleChange.objects.order_by("-changed_at", "-pk"))


def _affected() -> list["Prefetch[str]"]:
    """The components of it, and of what is told within it."""
    rows = IncidentComponent.objects.select_related("component__group")
    within = Incident.objects.order_by("merged_at", "pk")
    return [
        Prefetch("affected", rows),
        Prefetch("merged", within.prefetch_related(Prefetch("affected", rows))),
    ]
