"""The public forms hand over here: kept, and a worker is woken to answer."""

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from audiences.services import sign_ups
from audiences.services.sign_ups import Choice, Visitor
from messaging.services import wake

logger = logging.getLogger(__name__)


class Crowded(Exception):
    """Too many have asked from this network lately; nothing was kept."""


@transaction.atomic
def take(*, choices: Sequence[Choice], visitor: Visitor, now: datetime) -> None:
    """Keep what a form of ours asks for; over an address's limits the page is the same.

    :raises Crowded: the visitor's network is over its limit, whoever they ask for.
    """
    if sign_ups.is_crowded(choices=choices, visitor=visitor, now=now):
        logger.warning("Sign-ups from one network are over the limit: is TRUSTED_PROXIES right?")
        raise Crowded
    keep(choices=choices, visitor=visitor, now=now)


@transaction.atomic
def keep(*, choices: Sequence[Choice], visitor: Visitor, now: datetime) -> None:
    """The same for the holder of a personal link, who asks for their own addresses alone."""
    for choice in choices:
        sign_ups.note(choice=choice, visitor=visitor, now=now)
    transaction.on_commit(wake.answerer)
