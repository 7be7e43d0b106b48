"""A Celery worker beside the test, in threads of this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from celery import signals
from celery.app.base import Celery
from celery.contrib.testing.worker import start_worker
from django.db import connections


@contextmanager
def running(app: Celery) -> Iterator[None]:
    """Start a worker with empty queues; end it without leaving a message behind."""
    app.amqp.queues.select(queues(app))
    app.control.purge()
    is_over = threading.Event()
    nudge = threading.Thread(target=_nudge, args=[app, is_over])
    signals.task_postrun.connect(_leave_no_connection)
    with start_worker(
        app, pool="threads", concurrency=4, perform_ping_check=False, shutdown_timeout=30
    ):
        yield
        nudge.start()
    is_over.set()
    nudge.join()
    signals.task_postrun.disconnect(_leave_no_connection)
    app.control.purge()


def queues(app: Celery) -> set[str]:
    routes = (app.conf.task_routes or {}).values()
    return {app.conf.task_default_queue, *(route["queue"] for route in routes)}


def _leave_no_connection(**kwargs: object) -> None:
    # A worker of our own keeps them; these threads end before its time.
    connections.close_all()


def _nudge(app: Celery, is_over: threading.Event) -> None:
    # A broker without an event loop is waited for two seconds, twice, before a worker ends.
    while not is_over.wait(0.1):
        app.control.heartbeat()
