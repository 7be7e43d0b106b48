"""Ticks and people at the same moment: each way around, the story is told in one piece."""

from datetime import timedelta

import pytest

from incidents.models import Incident, MaintenanceSeries
from incidents.services import maintenance, release, schedules, series
from tests.factories import NOON
from tests.incidents.team import at_once

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)
START = NOON + timedelta(days=1)
REASON = {"en": "A part is missing."}


def move(incident: Incident) -> None:
    schedules.move(
        incident=incident,
        new_for=START + 24 * HOUR,
        new_until=START + 26 * HOUR,
        reason=REASON,
        by=None,
        now=START - HOUR,
    )


def test_moved_while_its_reminder_is_being_released(announced):
    due_at = START - HOUR

    at_once(lambda: release.release_due(now=due_at), lambda: move(announced))
    release.release_due(now=due_at)

    first, second = announced.timeline.filter(step__trigger="starts").order_by("due_at")
    assert first.state in ("done", "cancelled")
    assert bool(first.broadcast) == (first.state == "done")
    assert (second.state, second.due_at) == ("planned", START + 23 * HOUR)
    assert announced.timeline.filter(reason="moved", state="done").count() == 1


def test_moved_while_it_begins_it_does_one_of_them(announced):
    def try_to_move() -> bool:
        try:
            schedules.move(
                incident=announced,
                new_for=START + 24 * HOUR,
                new_until=START + 26 * HOUR,
                reason=REASON,
                by=None,
                now=START,
            )
        except schedules.HasBegun:
            return False
        return True

    begun, moved = at_once(lambda: maintenance.start_due(now=START), try_to_move)

    announced.refresh_from_db()
    assert [begun, moved] in ([1, False], [0, True])
    assert announced.status == ("in_progress" if begun else "scheduled")


def test_two_tasks_at_once_draft_an_occurrence_once(login, lead):
    weekly = MaintenanceSeries.objects.create(
        title={"en": "Weekly restart"},
        rule="FREQ=WEEKLY",
        first_at=NOON + HOUR,
        duration=HOUR,
        lead=lead,
    )
    weekly.components.add(login)

    at_once(*[lambda: series.draft_due(now=NOON)] * 3)

    assert Incident.objects.count() == weekly.times.count() == 3
