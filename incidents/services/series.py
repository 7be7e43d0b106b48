"""A maintenance that comes again: its rule, its next times, and a draft for each ahead of time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from incidents import durations, recurrence
from incidents.models import (
    Component,
    Incident,
    IncidentComponent,
    MaintenanceOccurrence,
    MaintenanceSeries,
    Plan,
    Status,
)
from incidents.models.plans import Kind
from messaging.services import one_by_one

# Enough of its times to see the shortest way from one to the next.
_LOOKED_AT = 100
# So many drafts wait at a time: somebody has to look at each.
MOST_WAITING = 10
# A rule that brings nothing for so long brings nothing.
_HORIZON = timedelta(days=366 * 10)


class Overlapping(ValueError):
    """It would come again before it is over; nothing was changed."""


class AlreadyAnnounced(Exception):
    """Customers know of this occurrence: it is called off, not skipped."""


class NotSkipped(Exception):
    """This occurrence comes anyway, or its time has passed; nothing was changed."""


def next_times(*, series: MaintenanceSeries, after: datetime, limit: int = 5) -> list[datetime]:
    """When it comes next, by the clock on the wall of its own zone, also over a change of time.

    A time that a night in spring leaves out comes an hour later; of one that a night in autumn
    has twice, the first counts.

    :raises BadRule: its rule cannot be used.
    """
    later = (at for at in _times(series, until=after + _HORIZON) if at > after)
    zone = ZoneInfo(series.time_zone)
    return [at.astimezone(zone) for at in islice(later, limit)]


def check(*, series: MaintenanceSeries) -> None:
    """
    :raises BadRule: its rule cannot be used, or never comes.
    :raises Overlapping: it comes more often than its duration allows.
    """
    if next(_times(series, until=series.first_at + _HORIZON), None) is None:
        raise recurrence.BadRule(_("This rule never brings a maintenance: there is no such day."))
    shortest = _shortest(series)
    if shortest and series.duration > shortest:
        raise Overlapping(
            _("It comes again after %(span)s, before it is over: make it shorter, or rarer.")
            % {"span": durations.spoken(shortest)}
        )


def draft_due(*, now: datetime) -> int:
    """Draft what the active series bring soon, each occurrence once, of each series the next that
    nobody has decided about; returns how many.

    Nobody is notified. Any number of these may run at once, late or doubled. What should have
    been drafted while nothing ran, and has passed, is not.
    """
    active = MaintenanceSeries.objects.filter(is_active=True).order_by("pk")
    return sum(
        one_by_one.attempt(
            partial(_draft_of, pk, now), complaint="Nothing was drafted of the series", about=pk
        )
        for pk in active.values_list("pk", flat=True)
    )


@transaction.atomic
def skip(*, series: MaintenanceSeries, starts_at: datetime, by: User) -> None:
    """Leave one occurrence out; its draft, if there is one, goes away and does not come back.

    :raises AlreadyAnnounced: it was opened.
    """
    _locked(series.pk)
    time, _made = MaintenanceOccurrence.objects.select_related("incident").get_or_create(
        series=series, starts_at=starts_at
    )
    if time.incident and not time.incident.is_draft:
        raise AlreadyAnnounced(str(time.incident))
    draft, time.incident, time.skipped_by = time.incident, None, by
    time.save(update_fields=["incident", "skipped_by"])
    if draft:
        draft.delete()


def left_out(*, series: MaintenanceSeries, now: datetime) -> list[datetime]:
    """The times to come that were skipped, or whose drafts were deleted, on their own clock."""
    gone = MaintenanceOccurrence.objects.filter(
        series=series, starts_at__gt=now, incident__isnull=True
    )
    zone = ZoneInfo(series.time_zone)
    times = gone.order_by("starts_at").values_list("starts_at", flat=True)
    return [starts_at.astimezone(zone) for starts_at in times]


@transaction.atomic
def take_back(*, series: MaintenanceSeries, starts_at: datetime, now: datetime) -> None:
    """Let an occurrence come that was left out; its draft is made at once if it is soon.

    :raises NotSkipped: it was not left out, or has passed.
    """
    locked = _locked(series.pk)
    gone = locked.times.filter(starts_at=starts_at, starts_at__gt=now, incident__isnull=True)
    if not gone.delete()[0]:
        raise NotSkipped(str(series))
    if locked.is_active:
        _draft_of(locked.pk, now)


def left_behind(*, series: MaintenanceSeries, now: datetime) -> list[Incident]:
    """Drafts to come that the rule, changed since, would not bring any more."""
    drafted = MaintenanceOccurrence.objects.filter(
        series=series, starts_at__gt=now, incident__isnull=False, incident__opened_at=None
    )
    times = list(drafted.select_related("incident").order_by("starts_at"))
    if not times:
        return []
    wanted = set(_times(series, until=times[-1].starts_at))
    return [time.incident for time in times if time.incident and time.starts_at not in wanted]


@transaction.atomic
def _draft_of(pk: int, now: datetime) -> int:
    series = _locked(pk)
    waiting = _undecided(series, now)[:MOST_WAITING]
    known = series.times.filter(starts_at__in=waiting).values_list("starts_at", flat=True)
    missing = sorted({*waiting} - {*known})
    for starts_at in missing:
        draft = _draft(series, starts_at)
        MaintenanceOccurrence.objects.create(series=series, starts_at=starts_at, incident=draft)
    return len(missing)


def is_held_back(*, series: MaintenanceSeries, now: datetime) -> bool:
    """Whether more of it is soon than is drafted at a time."""
    return len(_undecided(series, now)) > MOST_WAITING


def _undecided(series: MaintenanceSeries, now: datetime) -> list[datetime]:
    """The times that are soon, without those that were opened or left out."""
    soon = [at for at in _times(series, until=now + series.ahead) if at > now]
    decided = series.times.filter(Q(incident=None) | Q(incident__opened_at__isnull=False))
    done = {*decided.filter(starts_at__gt=now).values_list("starts_at", flat=True)}
    return [at for at in soon if at not in done]


def _locked(pk: int) -> MaintenanceSeries:
    return MaintenanceSeries.objects.select_for_update().get(pk=pk)


def _draft(series: MaintenanceSeries, starts_at: datetime) -> Incident:
    draft = Incident.objects.create(
        series=series,
        title=series.title,
        kind=Kind.MAINTENANCE,
        status=Status.SCHEDULED,
        started_at=starts_at,
        scheduled_for=starts_at,
        # On the wall it would last an hour more or less in the nights when clocks change.
        scheduled_until=starts_at.astimezone(UTC) + series.duration,
        plan=_plan(series),
        lead=series.lead,
        effect=series.effect,
        work=series.work,
        risk=series.risk,
        rollback=series.rollback,
    )
    IncidentComponent.objects.bulk_create(
        IncidentComponent(
            incident=draft, component=component, status=Component.Status.UNDER_MAINTENANCE
        )
        for component in series.components.all()
    )
    return draft


def _plan(series: MaintenanceSeries) -> Plan | None:
    """The version of its plan that is active by now."""
    if series.plan is None:
        return None
    return Plan.objects.active().filter(slug=series.plan.slug).first()


def _shortest(series: MaintenanceSeries) -> timedelta | None:
    """From one start to the next, on clocks that never change; None where it comes once."""
    first = series.first_at.astimezone(ZoneInfo(series.time_zone)).replace(tzinfo=UTC)
    until = first + _HORIZON
    times = recurrence.times(rule=series.rule, first_at=first, zone=ZoneInfo("UTC"), until=until)
    ways = (later - earlier for earlier, later in pairwise(islice(times, _LOOKED_AT)))
    return min(ways, default=None)


def _times(series: MaintenanceSeries, *, until: datetime) -> Iterator[datetime]:
    """In UTC, to be compared with what is stored: a time on the wall that comes twice equals no
    time of another zone."""
    zone = ZoneInfo(series.time_zone)
    found = recurrence.times(rule=series.rule, first_at=series.first_at, zone=zone, until=until)
    return (at.astimezone(UTC) for at in found)
