"""A tick goes through what is due one by one: one that fails never stops those behind it."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError

logger = logging.getLogger(__name__)


def _nothing(_error: Exception) -> int:
    return 0


def attempt(
    act: Callable[[], int],
    *,
    complaint: str,
    about: object,
    if_it_fails: Callable[[Exception], int] = _nothing,
) -> int:
    """Do one of many, and log where it fails; returns what it came to.

    A database that is away stops all of them: the next tick finds everything as it was.
    """
    try:
        return act()
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        logger.exception("%s: %s", complaint, about)
        return if_it_fails(error)
