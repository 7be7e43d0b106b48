"""Our own people, as tests call them, and what they do at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from django.contrib.auth.models import User
from django.db import connection

from incidents.models import Incident, Responder, Update
from incidents.services import ladder, release, updates
from incidents.services.updates import UpdateDraft
from tests.factories import NOON, ContactFactory, ResponderFactory

MINUTE = timedelta(minutes=1)


def responder(user: User, number: int, **contact: str) -> Responder:
    given = {"name": user.username.title(), "email": f"{user.username}@example.org"}
    given |= {"phone": f"+44770090001{number}", "language": "en"} | contact
    return ResponderFactory(user=user, contact=ContactFactory(**given))


def said(
    incident: Incident, *, promise: int = 30, minutes: int = 0, by: User | None = None
) -> Update:
    """Something was published, with a promise."""
    now = NOON + minutes * MINUTE
    draft = UpdateDraft(
        status="investigating",
        public_text={"en": "Some words"},
        next_update_due_at=now + promise * MINUTE,
    )
    return updates.publish(incident=incident, draft=draft, by=by, now=now)


def run(start: int, end: int, *, releases: bool = True) -> None:
    """A tick every minute."""
    for minutes in range(start, end + 1):
        now = NOON + minutes * MINUTE
        ladder.climb(now=now)
        if releases:
            release.release_due(now=now)


def at_once(*calls: Callable[[], object]) -> list[object]:
    together = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            together.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))
