from collections.abc import Mapping

from django.conf import settings
from django.db.models.functions import Now

from messaging.models import Heartbeat
from messaging.services import clock


def expected() -> list[str]:
    """The tasks that beat fires with every tick."""
    schedule = settings.CELERY_BEAT_SCHEDULE.values()
    return [str(entry["task"]) for entry in schedule if entry["schedule"] == settings.TICK_SECONDS]


def note(*, task: str) -> None:
    """A task that beat fires came to its end; others leave no trace."""
    if task in expected():
        Heartbeat.objects.bulk_create(
            [Heartbeat(task=task, at=Now())],
            update_conflicts=True,
            unique_fields=["task"],
            update_fields=["at"],
        )


def ages() -> Mapping[str, float | None]:
    """Seconds since each task of the beat last ended; None when it never did."""
    rows = Heartbeat.objects.values_list("task", clock.since("at"))
    found = {task: age.total_seconds() for task, age in rows}
    return {task: found.get(task) for task in expected()}
