"""Wake-ups through the broker. They may be lost or doubled: the rows are the queue (ADR 0001)."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

# What nobody has read by then is dropped unread: a sweep has said the same again.
EXPIRES_SECONDS = 60

logger = logging.getLogger(__name__)


def publish(task: str, **kwargs: object) -> bool:
    """Put one wake-up on the broker; without a broker only a warning remains, and False."""
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False, expires=EXPIRES_SECONDS)
    except (OperationalError, OSError):
        logger.warning("No broker for a wake-up; the sweep will find the work: %s", task)
        return False
    return True
