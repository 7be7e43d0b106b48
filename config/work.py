"""How the work is done: broker messages are wake-ups only, the rows are the queue (docs/adr/0001).

Celery reads it from Django's settings.
"""

import sys
from pathlib import Path
from typing import Any

from celery.schedules import crontab

WORKERS: dict[str, Any] = {
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP": True,
    "CELERY_BROKER_CONNECTION_MAX_RETRIES": None,
    # Two queues, each with workers of its own: a promise never waits behind a mass mailing.
    "CELERY_TASK_DEFAULT_QUEUE": "timeline",
    # The freeze takes short turns there: behind senders at work, a message would wait for its rows.
    # What asks a provider waits for its answers, so it has no place there.
    "CELERY_TASK_ROUTES": {
        name: {"queue": "sending"}
        for name in ("messaging.tasks.send", "messaging.tasks.look_for_evidence")
    },
    # Heartbeats, graceful stop.
    "CELERY_IMPORTS": ["config.worker"],
    # Never: config.worker keeps connections as long as they are good.
    "CELERY_DB_REUSE_MAX": sys.maxsize,
    "CELERY_TASK_IGNORE_RESULT": True,
    "CELERY_TASK_ACKS_LATE": True,
    "CELERY_TASK_REJECT_ON_WORKER_LOST": True,
    "CELERY_TASK_SERIALIZER": "json",
    "CELERY_WORKER_PREFETCH_MULTIPLIER": 1,
    "CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT": 30,
    "CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE": True,
    # A message cut off in the middle is an `unknown` one; that two senders meet does no harm.
    "CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS": False,
}
# What a loaded machine may take for one round of beat's messages; and the clocks of two machines
# may differ, without one of them dropping all that the other says.
ROUND_SECONDS = 30
_REDIS = {
    # A wake-up that was never acknowledged comes again after this long; nobody waits for it.
    "visibility_timeout": 300,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_keepalive": True,
    # Whoever publishes is a person waiting for a page: a broker that is away costs them at
    # most these seconds, and no second try. Workers reconnect by themselves, for ever.
    "socket_timeout": 3,
    "socket_connect_timeout": 2,
    "max_retries": 0,
}


def broker(*, embedded: bool, folder: Path) -> dict[str, Any]:
    """How it is spoken to; embedded, it lies in this folder."""
    return {
        "CELERY_BROKER_TRANSPORT": "embedded.broker:Transport" if embedded else None,
        "CELERY_BROKER_TRANSPORT_OPTIONS": _in_files(folder) if embedded else _REDIS,
        "CELERY_BEAT_SCHEDULE_FILENAME": str(folder / "beat-schedule"),
    }


def _in_files(folder: Path) -> dict[str, Any]:
    for name in ("broker", "broker-control"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "data_folder_in": str(folder / "broker"),
        "data_folder_out": str(folder / "broker"),
        "control_folder": str(folder / "broker-control"),
        "polling_interval": 0.1,
    }


def _daily(hour: int, minute: int) -> crontab:
    return crontab(hour=hour, minute=minute)


def schedule(*, tick_seconds: int) -> dict[str, dict[str, Any]]:
    """What beat starts, and how often; what nobody began in time is dropped unread.

    The next one does the same work. So a worker that has fallen behind soon reads fresh ones.
    """
    return {
        name: beat | {"options": {"expires": _worth_seconds(beat["schedule"])}}
        for name, beat in _beats(tick_seconds).items()
    }


def _worth_seconds(every: int | crontab) -> int:
    """Until its successor comes, and never less than one round takes."""
    return max(every, ROUND_SECONDS) if isinstance(every, int) else 24 * 60 * 60


def _beats(tick_seconds: int) -> dict[str, dict[str, Any]]:
    return {
        "tick": {"task": "incidents.tasks.tick", "schedule": tick_seconds},
        "promises": {"task": "incidents.tasks.judge_promises", "schedule": tick_seconds},
        "reviews": {"task": "incidents.tasks.open_reviews", "schedule": 60 * 60},
        "maintenance": {"task": "incidents.tasks.run_maintenance", "schedule": tick_seconds},
        "series": {"task": "incidents.tasks.draft_maintenance", "schedule": 60 * 60},
        "ladder": {"task": "incidents.tasks.climb", "schedule": tick_seconds},
        "ladder in days": {"task": "incidents.tasks.climb_in_days", "schedule": 60},
        "duty replies": {"task": "incidents.tasks.read_replies", "schedule": tick_seconds},
        "approvals": {"task": "incidents.tasks.settle_approvals", "schedule": tick_seconds},
        "sweep": {"task": "messaging.tasks.sweep", "schedule": tick_seconds},
        "sign-ups": {"task": "messaging.tasks.answer_sign_ups", "schedule": tick_seconds},
        "unconfirmed": {"task": "messaging.tasks.forget_unconfirmed", "schedule": 60 * 60},
        "imports": {"task": "audiences.tasks.sweep_imports", "schedule": 10},
        "bulk changes": {"task": "audiences.tasks.sweep_changes", "schedule": 10},
        "erasures": {"task": "audiences.tasks.sweep_erasures", "schedule": 60},
        "evidence": {"task": "messaging.tasks.look_for_evidence", "schedule": 60},
        "forget people": {"task": "audiences.tasks.forget", "schedule": _daily(3, 17)},
        "following": {"task": "incidents.tasks.end_following", "schedule": _daily(4, 7)},
        "forget messages": {"task": "messaging.tasks.forget", "schedule": _daily(3, 47)},
        "survey rounds": {"task": "feedback.tasks.run_rounds", "schedule": tick_seconds},
        "forget answers": {"task": "feedback.tasks.forget", "schedule": _daily(4, 27)},
    }
