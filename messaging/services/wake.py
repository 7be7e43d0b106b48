"""Wake-ups through the broker. They may be lost or doubled: the rows are the queue (ADR 0001)."""

import logging
from collections.abc import Iterable

from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def freezer(*, broadcast_id: int) -> None:
    publish("messaging.tasks.freeze", broadcast_id=broadcast_id)


def senders(*, channels: Iterable[str]) -> None:
    for channel in channels:
        for _number in range(settings.SENDERS):
            if not publish("messaging.tasks.send", channel=channel):
                return


def answerer() -> None:
    publish("messaging.tasks.answer_sign_ups")


def sweeper() -> None:
    publish("messaging.tasks.sweep")


def publish(task: str, **kwargs: object) -> bool:
    """Put one wake-up on the broker; without a broker only a warning remains, and False."""
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False)
    except (OperationalError, OSError):
        logger.warning("No broker for a wake-up; the sweep will find the work: %s", task)
        return False
    return True
