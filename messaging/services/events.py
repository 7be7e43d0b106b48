"""What providers say about a message later: kept raw, once, and never moving a state backwards."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from messaging.models import Delivery, DeliveryEvent
from messaging.services import tallies
from messaging.states import State


@transaction.atomic
def record(
    *,
    delivery: Delivery,
    source: str,
    key: str,
    state: State,
    raw: Mapping[str, str],
    now: datetime,
) -> bool:
    """Keep an event and move the delivery on; False when it was known already."""
    _event, is_new = DeliveryEvent.objects.get_or_create(
        source=source,
        event_key=key[:200],
        defaults={
            "delivery": delivery,
            "kind": state,
            "raw": dict(raw),
            "received_at": now,
        },
    )
    if is_new:
        _move(delivery, state, raw, now)
    return is_new


def _move(delivery: Delivery, state: State, raw: Mapping[str, str], now: datetime) -> None:
    changes: dict[str, object] = {}
    if state == State.ACCEPTED:
        changes["accepted_at"] = now
    else:
        changes["final_at"] = now
    if sid := raw.get("MessageSid"):
        changes["provider_id"] = sid
    if code := raw.get("ErrorCode"):
        changes["error_code"] = code
    moved = Delivery.objects.filter(pk=delivery.pk).move(state, **changes)
    if moved and state != State.ACCEPTED:  # the sender has counted those
        code = str(changes.get("error_code", ""))
        tallies.add(channel=delivery.channel, counts={(str(state), code): moved})
