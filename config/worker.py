"""What Celery's processes do besides tasks; imported when a worker or beat starts."""

import time
from typing import Any

from celery import Task, signals
from django.db import close_old_connections

from messaging.services import heartbeats, patience

# Nobody asks for a heartbeat's age to the second, and each is a transaction.
HEARTBEAT_SECONDS = 5.0
_noted_at: dict[str, float] = {}


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery sets up logging by itself unless somebody answers this; ours stands already."""


@signals.worker_shutting_down.connect
def stop_senders(**kwargs: Any) -> None:
    """Senders end between two messages and give back the rest, instead of being waited for."""
    patience.stop()


@signals.task_prerun.connect
@signals.task_postrun.connect
def keep_connection(**kwargs: Any) -> None:
    """Between tasks a connection is treated as between requests: kept while it is good."""
    close_old_connections()


@signals.task_success.connect
def note_heartbeat(sender: "Task[Any, Any]", **kwargs: Any) -> None:
    task, now = str(sender.name), time.monotonic()
    if now - _noted_at.get(task, -HEARTBEAT_SECONDS) >= HEARTBEAT_SECONDS:
        heartbeats.note(task=task)
        _noted_at[task] = now
