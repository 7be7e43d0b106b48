"""A sender waits for a database that restarts, until its process is to stop."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connection

logger = logging.getLogger(__name__)
T = TypeVar("T")
_is_stopping = threading.Event()


def stop() -> None:
    """Let every sender of this process finish what is handed over, give back the rest, and end."""
    _is_stopping.set()


def has_to_stop() -> bool:
    return _is_stopping.is_set()


def patiently(work: Callable[[], T]) -> T:
    """A database that restarts is waited for: what was accepted is not forgotten meanwhile.

    Only a process that is to stop gives up, after as long as its lease may last.
    """
    began = time.monotonic()
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, InternalError):
            waited = time.monotonic() - began
            gives_up = has_to_stop() and waited > settings.LEASE_SECONDS
            if connection.in_atomic_block or gives_up:
                raise
            logger.warning("The database does not answer; trying again")
            connection.close()
            time.sleep(0.5)
