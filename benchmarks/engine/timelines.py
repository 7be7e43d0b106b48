"""What planning and ticking cost; the last line says it as JSON.

python -m benchmarks.engine.timelines INCIDENTS ROUNDS
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from statistics import median

import psutil
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

import benchmarks.engine  # noqa: F401
from audiences.models import Segment
from incidents import planning
from incidents.models import Incident, Plan, Promise, TimelineEntry, Update
from incidents.services import incidents, promises, release, timeline
from messaging.models import Template
from messaging.services import library

STEPS, DUE = 60, 50
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PLANNING_MS, TICK_MS = 50, 1_000


def main(number: int, rounds: int) -> None:
    call_command("migrate", verbosity=0)
    plan = _plan()
    first = _open_first(plan)
    _copy(first, number - 1)
    print(json.dumps(dict(_measured(first, rounds))))


def _measured(first: Incident, rounds: int) -> Iterator[tuple[str, dict[str, float]]]:
    story, steps = timeline.story_of(first), timeline.steps_of(first)
    yield (
        "planning 60 steps, the planner alone",
        _cost(lambda: planning.plan_timeline(story, steps, NOON), rounds, PLANNING_MS),
    )
    yield (
        "planning 60 steps for the first time, rows written",
        _cost(lambda: _plan_anew(first), rounds, PLANNING_MS),
    )
    yield (
        "planning 60 steps again, nothing changed",
        _cost(lambda: timeline.replan(incident=first, now=NOON), rounds, PLANNING_MS),
    )
    yield "a tick, nothing due", _cost(lambda: _tick(0), rounds, TICK_MS)
    ready = iter(Incident.objects.values_list("pk", flat=True))
    yield (
        f"a tick, {DUE} holding statements due",
        _cost(lambda: _tick(DUE), rounds, TICK_MS, prepare=lambda: _let_be_due(ready)),
    )


def _cost(
    call: Callable[[], object],
    rounds: int,
    most: float,
    *,
    prepare: Callable[[], object] = lambda: None,
) -> dict[str, float]:
    """Medians; `cpu` is what Python and the database worked for it."""
    waited, worked = [], []
    for _round in range(rounds + 1):
        prepare()
        before = time.process_time() + _database_worked()
        began = time.perf_counter()
        call()
        waited.append((time.perf_counter() - began) * 1_000)
        worked.append((time.process_time() + _database_worked() - before) * 1_000)
    # The first reads templates, and from disk what the database has not at hand.
    return {"ms": median(waited[1:]), "cpu": median(worked[1:]), "most": most}


def _database_worked() -> float:
    """Seconds that the server's process behind our connection has been at work."""
    if connection.vendor != "postgresql":
        return 0
    connection.ensure_connection()
    times = psutil.Process(connection.connection.info.backend_pid).cpu_times()
    return float(times.user + times.system)


def _plan_anew(incident: Incident) -> None:
    incident.timeline.planned().delete()
    timeline.replan(incident=incident, now=NOON)


def _tick(due: int) -> None:
    """Both of the beat's looks at every open incident."""
    released = release.release_due(now=NOON + 31 * MINUTE)
    assert released == due, f"{released} released, {due} due"
    promises.judge(now=NOON + 31 * MINUTE)


def _let_be_due(ready: Iterator[int]) -> None:
    ids = [next(ready) for _incident in range(DUE)]
    holding = TimelineEntry.objects.filter(incident__in=ids, reason="promise_due")
    holding.planned().update(due_at=NOON + 30 * MINUTE)
    Promise.objects.filter(incident__in=ids).update(due_at=NOON + 30 * MINUTE)


def _plan() -> Plan:
    """The words of the example company, and as many steps as no plan should have."""

    library.load()
    owner = User.objects.create(username="owner")
    plan = Plan.objects.create(slug="plan", name="Plan", owner=owner, review_on=NOON.date())
    segment = Segment.objects.create(slug="customers", name="Customers")
    words = {"en": "We are at it.", "de": "Wir sind dabei."}
    for slug, trigger in (
        ("acknowledge", "opened"),
        ("update", "update_published"),
        ("holding", "promise_due"),
    ):
        template = Template.objects.get(slug=slug)
        step = plan.steps.create(
            name=slug, trigger=trigger, template=template, channels=["email"], statement=words
        )
        step.segments.add(segment)
    for number in range(STEPS - 3):
        offset = (60 + number) * MINUTE
        plan.steps.create(name=f"Task {number}", trigger="opened", offset=offset, who="task")
    plan.status = Plan.Status.ACTIVE
    plan.save(update_fields=["status"])
    return plan


def _draft(plan: Plan | None) -> Incident:
    return Incident.objects.create(title={"en": "Slow logins"}, plan=plan, started_at=NOON)


def _open_first(plan: Plan) -> Incident:
    incident = incidents.open(incident=_draft(plan), by=None, now=NOON)
    release.release_due(now=NOON)
    # What is promised to everybody else is not due while the clock is looked at.
    Promise.objects.update(due_at=NOON + 120 * MINUTE)
    Update.objects.update(next_update_due_at=NOON + 120 * MINUTE)
    timeline.replan(incident=incident, now=NOON)
    return incident


def _copy(first: Incident, number: int) -> None:
    said = first.updates.get()
    entries = list(first.timeline.all())
    for _copy in range(number):
        incident = _draft(first.plan)
        incident.opened_at = NOON
        incident.save(update_fields=["opened_at"])
        update = Update.objects.create(
            incident=incident,
            status=said.status,
            origin=said.origin,
            public_text=said.public_text,
            published_at=NOON,
            next_update_due_at=said.next_update_due_at,
        )
        promises.record(update=update, promised={"": NOON + 120 * MINUTE})
        TimelineEntry.objects.bulk_create(
            TimelineEntry(
                incident=incident,
                step_id=entry.step_id,
                slot=entry.slot.replace(f":promise:{said.pk}", f":promise:{update.pk}"),
                due_at=entry.due_at,
                reason=entry.reason,
                state=entry.state,
                released_at=entry.released_at,
            )
            for entry in entries
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
