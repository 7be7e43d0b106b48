"""What Celery's processes do besides tasks; imported when a worker or beat starts."""

from typing import Any

from celery import Task, signals

from messaging.services import heartbeats, patience


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery sets up logging by itself unless somebody answers this; ours stands already."""


@signals.worker_shutting_down.connect
def stop_senders(**kwargs: Any) -> None:
    """Senders end between two messages and give back the rest, instead of being waited for."""
    patience.stop()


@signals.task_success.connect
def note_heartbeat(sender: "Task[Any, Any]", **kwargs: Any) -> None:
    heartbeats.note(task=str(sender.name))
