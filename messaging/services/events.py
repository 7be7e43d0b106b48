"""What providers say about a message later: kept raw, once, and never moving a state backwards."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce

from audiences.models import Channel, Suppression
from audiences.services import suppressions
from audiences.services.erased import is_erased, is_mark
from messaging import states
from messaging.channels import storable
from messaging.models import Delivery, DeliveryEvent
from messaging.services import complaints, tallies
from messaging.states import State

# What of a provider's words is kept: nobody needs more to understand what happened.
MAX_LETTERS, MAX_ITEMS, MAX_DEPTH = 2_000, 100, 6
# They prove that the message got out, whichever attempt they are about.
_GOOD_NEWS = {State.ACCEPTED, State.DELIVERED}


@dataclass(frozen=True, kw_only=True)
class Report:
    """One event in our vocabulary, with the provider's own words beside it."""

    source: str
    # The provider's name for this event: what comes under it again is not news.
    key: str
    kind: str
    raw: Mapping[str, Any]
    # Where the delivery goes; None when the event does not say.
    state: State | None = None
    provider_id: str = ""
    code: str = ""
    text: str = ""
    # Why the address must not be written to any more; `channel` and `address` where they are known
    # without a delivery.
    suppress: Suppression.Reason | None = None
    channel: Channel | None = None
    address: str = ""


def record(*, delivery: Delivery | None, report: Report, now: datetime) -> bool:
    """Keep an event and do what follows from it; False, and nothing changes, when it is no news."""
    try:
        with transaction.atomic():
            _keep(delivery, report, now)
            _follow(delivery, report, now)
    except IntegrityError:
        if not DeliveryEvent.objects.filter(**_name(report)).exists():
            raise
        return False
    return True


def _keep(delivery: Delivery | None, report: Report, now: datetime) -> None:
    DeliveryEvent.objects.create(
        **_name(report),
        delivery=delivery,
        kind=report.kind[:40],
        raw={} if _is_about_nobody(delivery, report) else _plain(dict(report.raw)),
        received_at=now,
    )


def _is_about_nobody(delivery: Delivery | None, report: Report) -> bool:
    """Providers go on naming people who were erased: that it happened is kept, not to whom."""
    if delivery:
        return is_mark(delivery.address)
    return bool(
        report.channel
        and report.address
        and is_erased(channel=report.channel, address=report.address)
    )


def _name(report: Report) -> dict[str, str]:
    return {"source": report.source[:20], "event_key": storable(report.key)[:200]}


def _follow(delivery: Delivery | None, report: Report, now: datetime) -> None:
    if delivery and report.state:
        _move(delivery, report.state, report, now)
    channel = delivery.channel if delivery else report.channel
    address = delivery.address if delivery else report.address
    if report.suppress and channel and address:
        _stop(channel, address, delivery, report, now)


def _stop(
    channel: str, address: str, delivery: Delivery | None, report: Report, now: datetime
) -> None:
    is_one_readers = report.suppress == Suppression.Reason.COMPLAINT and complaints.left_by_one(
        channel=channel, address=address, delivery=delivery, source=report.source, now=now
    )
    if report.suppress and not is_one_readers:
        suppressions.suppress(
            channel=channel,
            address=address,
            reason=report.suppress,
            note=" ".join(filter(None, (report.source, report.code, storable(report.text)))),
            now=now,
        )


def _move(delivery: Delivery, state: State, report: Report, now: datetime) -> None:
    mine = Delivery.objects.filter(pk=delivery.pk)
    changes: dict[str, object] = {
        # Whoever is sending it finds it taken out of their hands, and does not count the try.
        "attempts": F("attempts") + Case(When(state__in=states.IN_WORK, then=1), default=0),
        "error_code": storable(report.code)[:40],
        "error_text": "" if is_mark(delivery.address) else storable(report.text)[:500],
    }
    if state in _GOOD_NEWS:
        changes["accepted_at"] = Coalesce("accepted_at", Value(now))
    elif report.provider_id and delivery.channel == Channel.SMS:
        # What befell an earlier attempt says nothing about this one. Of an e-mail it does, and
        # its provider may name it differently at different times.
        mine = mine.filter(Q(provider_id="") | Q(provider_id=report.provider_id[:200]))
    changes["final_at"] = None if state == State.ACCEPTED else now
    if report.provider_id:
        name = Value(storable(report.provider_id)[:200])
        changes["provider_id"] = Case(When(provider_id="", then=name), default="provider_id")
    moved = mine.move(state, **changes)
    if moved and state != State.ACCEPTED:  # the sender has counted those
        tallies.add(
            channel=delivery.channel, counts={(str(state), storable(report.code)[:40]): moved}
        )


def _plain(value: Any, depth: int = 0) -> Any:
    """What a JSON column takes on every database, and no more of it than is useful."""
    match value:
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case dict() if depth < MAX_DEPTH:
            some = list(value.items())[:MAX_ITEMS]
            return {storable(str(key)): _plain(one, depth + 1) for key, one in some}
        case list() | tuple() if depth < MAX_DEPTH:
            return [_plain(one, depth + 1) for one in value[:MAX_ITEMS]]
        case dict() | list() | tuple():
            return "…"
    return storable(str(value))[:MAX_LETTERS]
