"""The public forms hand over here: kept, and a worker is woken to answer."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from audiences.services import sign_ups
from audiences.services.sign_ups import Choice, Visitor
from messaging.services import wake


@transaction.atomic
def take(*, choices: Iterable[Choice], visitor: Visitor, now: datetime) -> None:
    """Keep what is within the limits; the page is the same either way."""
    for choice in choices:
        sign_ups.note(choice=choice, visitor=visitor, now=now)
    transaction.on_commit(wake.answerer)
