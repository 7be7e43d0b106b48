"""Plays the story on the running services: the lead writes, everything else is the plan's work."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from embedded.demo import story
from embedded.demo.narration import Narrator
from embedded.demo.story import Beat
from incidents.models import Incident, TimelineEntry
from incidents.services import incidents, promises, release, updates
from incidents.services.promises import needs_promise
from incidents.services.updates import UpdateDraft
from messaging.models import Broadcast, Template

LOOK_SECONDS = 0.25
PATIENCE = timedelta(seconds=120)


class TooSlow(Exception):
    """The story did not come to its end in time."""


def play(*, narrator: Narrator) -> Incident:
    """Open the incident and live through it; returns when the feedback request has been sent.

    :raises TooSlow: it has not, two minutes after it should.
    """
    now = timezone.now()
    incident = incidents.open(incident=story.draft(now=now), by=story.lead(), now=now)
    narrator.opened(incident)
    actions = _actions(incident, narrator)
    upcoming = next(actions, None)
    while not _is_told(incident):
        now = timezone.now()
        if upcoming and incident.story_time(now) >= upcoming:
            upcoming = next(actions, None)
        narrator.look(incident)
        if now > (incident.clock_anchor_at or now) + story.PLAYED_IN + PATIENCE:
            raise TooSlow
        time.sleep(LOOK_SECONDS)
    narrator.look(incident)
    incident.refresh_from_db()
    return incident


def _actions(incident: Incident, narrator: Narrator) -> Iterator[datetime]:
    """Says when the next thing is to be done by a person; asked again, does it."""
    opened_at = incident.opened_at or timezone.now()
    yield opened_at + story.CALLS_DONE_AFTER
    _report_the_calls(incident, narrator)
    for beat in story.BEATS:
        yield opened_at + beat.after
        # On a slow machine the plan is late, too; the story goes on when it has spoken.
        while not _has_spoken(incident):
            yield opened_at + beat.after
        _write(incident, beat)
        narrator.wrote(incident, beat)


def _report_the_calls(incident: Incident, narrator: Narrator) -> None:
    waiting = incident.timeline.filter(state=TimelineEntry.State.WAITING)
    task = waiting.filter(step__segments__slug="key-accounts").first()
    if task:
        manager = story.account_manager()
        release.complete(entry=task, by=manager, outcome=story.CALLS_OUTCOME, now=timezone.now())
        narrator.called(incident, task, manager)


def _write(incident: Incident, beat: Beat) -> None:
    now = timezone.now()
    promise = None
    if needs_promise(kind=incident.kind, status=beat.status) and incident.plan:
        at = incident.story_time(now)
        promise = at + promises.interval(incident=incident, at=at)
    affected = incident.affected.values_list("component_id", flat=True)
    statuses = dict.fromkeys(affected, beat.component_status) if beat.component_status else {}
    draft = UpdateDraft(
        status=beat.status,
        public_text=beat.public_text,
        technical_text=beat.technical_text,
        next_update_due_at=promise,
        component_statuses={pk: str(status) for pk, status in statuses.items()},
    )
    updates.publish(incident=incident, draft=draft, by=story.lead(), now=now)


def _has_spoken(incident: Incident) -> bool:
    """Whether the plan has told customers in the place of somebody who did not."""
    holding = incident.timeline.filter(step__template__stage=Template.Stage.HOLDING)
    return holding.filter(broadcast__isnull=False).exists()


def _is_told(incident: Incident) -> bool:
    """The last chapter, the feedback request, is out, and nothing is still on its way."""
    broadcasts = Broadcast.objects.filter(thread=incident.key)
    asked = broadcasts.filter(purpose=Broadcast.Purpose.FEEDBACK)
    unfinished = broadcasts.exclude(state=Broadcast.State.FINISHED)
    return asked.exists() and not unfinished.exists()
