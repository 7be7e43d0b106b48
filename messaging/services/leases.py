"""Who is at work. A lease is judged on the database's clock: no worker's clock decides."""

import uuid

from django.conf import settings

from messaging.models import Delivery, Lease
from messaging.services.clock import from_now
from messaging.states import State


def take(*, channel: str) -> uuid.UUID:
    """Begin work; returns the owner's name on everything it claims."""
    owner = uuid.uuid4()
    Lease.objects.create(owner=owner, channel=channel, until=from_now(settings.LEASE_SECONDS))
    return owner


def renew(*, owner: uuid.UUID) -> bool:
    """Keep what is held; False when the lease has lapsed and others may hold it by now."""
    mine = Lease.objects.live().filter(owner=owner)
    return bool(mine.update(until=from_now(settings.LEASE_SECONDS)))


def give_up(*, owner: uuid.UUID) -> None:
    """End work and give back what was claimed and not handed over."""
    Delivery.objects.filter(lease=owner, state=State.CLAIMED).move(State.PENDING)
    Lease.objects.filter(owner=owner).delete()
