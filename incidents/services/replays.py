"""A recorded incident, played against a plan through the same engine as a real one.

`play` sends to whoever the plan names; where messages really leave, nobody may. `rehearse` does
all of it but the sending, and leaves nothing behind.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from incidents.models import Component, Incident, IncidentComponent, Plan, TimelineEntry
from incidents.models.plans import Kind
from incidents.recordings import Recording, Words
from incidents.services import (
    incidents,
    ladder,
    promises,
    release,
    replay_reports,
    update_checks,
    updates,
)
from incidents.services.replay_reports import Report
from incidents.services.updates import UpdateDraft
from messaging import states
from messaging.models import Broadcast, Delivery
from messaging.services import recipients

# A survey a week after the end still belongs to the story; a later entry does not.
AFTERMATH = timedelta(days=14)


class WouldReachCustomers(Exception):
    """Messages leave this installation: a recording can be rehearsed here, not played."""


class NotDelivered(Exception):
    """The messages did not all go out in time: is a worker running?"""


def play(
    *,
    recording: Recording,
    plan: Plan | None,
    speed: float | None,
    on_release: Callable[[TimelineEntry], None],
) -> Incident:
    """Live through a recording; its clock stands still between events and jumps with them.

    `speed` story seconds pass per real second; None does not wait at all.

    :raises NoPlan: no active plan fits, and none was given.
    :raises WouldReachCustomers: nothing here catches the messages.
    """
    if not settings.EMBEDDED:
        raise WouldReachCustomers(recording.name)
    return _live(recording, plan, speed, on_release, _PLAYED)


@transaction.atomic
def rehearse(*, recording: Recording, plan: Plan | None, counts_people: bool) -> Report:
    """What a replay would do, and whom the ladder would call: all of it done, then rolled back.

    Nobody is told, on any installation: what starts a sender is done at the commit that never
    comes. Of those who are called nobody reacts: what people did is what was recorded.
    `counts_people` also writes down who would get each message, which takes longer. While it lasts
    nobody else can write to an SQLite database.

    :raises NoPlan: no active plan fits, and none was given.
    """
    incident = _live(recording, plan, None, lambda entry: None, _REHEARSED)
    if counts_people:
        for broadcast in Broadcast.objects.filter(thread=incident.key):
            recipients.freeze(broadcast_id=broadcast.pk, now=timezone.now())
    found = replay_reports.with_calls(
        replay_reports.report(recording=recording, incident=incident), incident=incident
    )
    transaction.set_rollback(True)
    return found


@dataclass(frozen=True)
class _Beat:
    """What is done at each moment of a story, and when else there is something to do."""

    tick: Callable[[Incident, datetime], object]
    next_at: Callable[[Incident, datetime], datetime | None]


def _release(incident: Incident, now: datetime) -> None:
    release.release_due_of(incident=incident, now=now)


def _call_and_release(incident: Incident, now: datetime) -> None:
    ladder.climb_for(incident=incident, now=now)
    _release(incident, now)


def _next_call(incident: Incident, now: datetime) -> datetime | None:
    """Whoever could not be called when it was time is not waited for."""
    at = ladder.next_call_at(incident=incident, now=now)
    return at if at and at > incident.story_time(now) else None


_PLAYED = _Beat(_release, lambda incident, now: None)
_REHEARSED = _Beat(_call_and_release, _next_call)


def _live(
    recording: Recording,
    plan: Plan | None,
    speed: float | None,
    on_release: Callable[[TimelineEntry], None],
    beat: _Beat,
) -> Incident:
    said = list(recording.updates)
    incident = _open(recording, plan, said)
    shown: set[int] = set()
    while (at := _next_event(incident, said, beat)) is not None:
        _wait(speed, since=incident.clock_origin_at, until=at)
        _live_until(incident, at, said)
        beat.tick(incident, timezone.now())
        _show(incident, shown, on_release)
    return incident


@transaction.atomic
def _open(recording: Recording, plan: Plan | None, said: list[Words]) -> Incident:
    """Open the incident together with its first words: no tick may come between them."""
    incident = _draft(recording, plan)
    incident.set_clock(story=recording.started_at, now=timezone.now(), speed=0)
    incident = incidents.open(incident=incident, by=None, now=timezone.now())
    _live_until(incident, recording.started_at, said)
    return incident


@transaction.atomic
def _live_until(incident: Incident, at: datetime, said: list[Words]) -> None:
    incident.set_clock(story=at, now=timezone.now(), speed=0)
    while said and said[0].at <= at:
        _say(incident, said.pop(0))


def _draft(recording: Recording, plan: Plan | None) -> Incident:
    incident = Incident.objects.create(
        title={"en": recording.name},
        kind=recording.kind,
        mode=Incident.Mode.REPLAY,
        status="scheduled" if recording.kind == Kind.MAINTENANCE else "investigating",
        impact_override=recording.impact,
        plan=plan,
        started_at=recording.started_at,
    )
    known = Component.objects.filter(name__in=recording.components)
    IncidentComponent.objects.bulk_create(
        IncidentComponent(incident=incident, component=component) for component in known
    )
    return incident


def _next_event(incident: Incident, said: list[Words], beat: _Beat) -> datetime | None:
    # What falls due after today cannot be lived through yet.
    now = timezone.now()
    planned = incident.timeline.due(now).order_by("due_at").first()
    latest = incident.clock_origin_at or incident.started_at
    others = [planned.due_at if planned else None, beat.next_at(incident, now)]
    times = [words.at for words in said[:1]]
    times += [at for at in others if at and at <= now and (said or at <= latest + AFTERMATH)]
    return max(min(times), latest) if times else None


def _wait(speed: float | None, *, since: datetime | None, until: datetime) -> None:
    if speed and since:
        time.sleep(max((until - since).total_seconds(), 0) / speed)


def _say(incident: Incident, words: Words) -> None:
    incident.refresh_from_db()
    # Elsewhere work that has begun may be put off once more; here it goes on.
    possible = update_checks.statuses_for(incident)
    status = words.status if words.status in possible else incident.status
    promised = None
    if promises.needs_promise(kind=incident.kind, status=status) and incident.plan:
        promised = words.at + promises.interval(incident=incident, at=words.at)
    draft = UpdateDraft(
        status=status,
        public_text={"en": words.body.strip() or incident.title["en"]},
        next_update_due_at=promised,
    )
    updates.publish(incident=incident, draft=draft, by=None, now=timezone.now())


def _show(incident: Incident, shown: set[int], on_release: Callable[[TimelineEntry], None]) -> None:
    released = incident.timeline.filter(released_at__isnull=False).exclude(pk__in=shown)
    for entry in released.select_related("step", "update", "broadcast").order_by("released_at"):
        shown.add(entry.pk)
        on_release(entry)


def wait_until_delivered(*, played: list[Incident], seconds: float) -> None:
    """Wait until workers have sent everything.

    :raises NotDelivered: something is still open after that long.
    """
    threads = [incident.key for incident in played]
    broadcasts = Broadcast.objects.filter(thread__in=threads)
    until = time.monotonic() + seconds
    while True:
        unfrozen = broadcasts.filter(frozen_at=None).count()
        open_ = Delivery.objects.filter(broadcast__in=broadcasts, state__in=states.OPEN).count()
        if not unfrozen and not open_:
            return
        if time.monotonic() > until:
            raise NotDelivered(f"{unfrozen} broadcasts not started, {open_} deliveries still open")
        time.sleep(0.3)
