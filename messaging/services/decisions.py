"""What a person decides about messages nobody can be sure of: send them again, or let them be."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce, Now

from messaging.models import Broadcast, Delivery
from messaging.services import wake
from messaging.states import State


@dataclass(frozen=True)
class Decided:
    """Of the deliveries asked about: those it was done to, and why it was not done to others."""

    ids: list[int]
    # Their broadcast is cancelled or no longer news.
    too_late: int = 0
    # Their outcome has become known meanwhile.
    settled: int = 0


@transaction.atomic
def resend(*, ids: Collection[int], now: datetime) -> Decided:
    """Queue unknown deliveries again, under the same Message-ID; barred ones are still not sent."""
    unknown = _lock_unknown(ids)
    # One that is finished, too: it was, although the outcome of these was unknown.
    news = Broadcast.objects.filter(
        pk__in={broadcast for _pk, broadcast in unknown},
        state__in=Broadcast.STARTED,
        expires_at__gt=now,
    )
    channels = {one.pk: one.channels for one in news.select_for_update()}
    going = [pk for pk, broadcast in unknown if broadcast in channels]
    Delivery.objects.filter(pk__in=going).move(
        State.PENDING,
        not_before=Now(),
        lapses=0,
        sending_at=None,
        final_at=None,
        looked_up_at=None,
        error_code="",
        error_text="",
    )
    Broadcast.objects.filter(pk__in=channels, state=Broadcast.State.FINISHED).update(
        state=Broadcast.State.SENDING, finished_at=None
    )
    if going:
        every = {channel for some in channels.values() for channel in some}
        transaction.on_commit(partial(wake.senders, channels=sorted(every)))
    return Decided(going, len(unknown) - len(going), len(ids) - len(unknown))


@transaction.atomic
def treat_as_sent(*, ids: Collection[int], now: datetime) -> Decided:
    """Take unknown deliveries for accepted; what a provider says later still counts."""
    unknown = [pk for pk, _broadcast in _lock_unknown(ids)]
    Delivery.objects.filter(pk__in=unknown).move(
        State.ACCEPTED,
        accepted_at=Coalesce("sending_at", Value(now)),
        final_at=None,
        error_code="",
        error_text="",
    )
    return Decided(unknown, settled=len(ids) - len(unknown))


def _lock_unknown(ids: Collection[int]) -> list[tuple[int, int]]:
    unknown = Delivery.objects.filter(pk__in=ids, state=State.UNKNOWN).order_by("pk")
    return list(unknown.select_for_update().values_list("pk", "broadcast_id"))
