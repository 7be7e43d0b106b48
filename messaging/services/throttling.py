"""Rate limits: token buckets in the database, drawn from before anything is claimed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F

from messaging.models import RateLimit
from messaging.services import clock


@dataclass(frozen=True)
class Limits:
    """Messages per second: on the whole channel, and to single domains."""

    overall: float | None = None
    by_domain: Mapping[str, float] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.overall or self.by_domain)


@transaction.atomic
def draw(*, channel: str, wanted: int, domain: str = "") -> int:
    """Take up to `wanted` tokens of a limit; returns how many. Without a limit, all of them."""
    limit = RateLimit.objects.select_for_update().filter(channel=channel, domain=domain).first()
    if limit is None:
        return wanted
    now = clock.read(RateLimit.objects.all())
    since = max((now - limit.filled_at).total_seconds(), 0)
    # A bucket holds a second's worth, and at least one whole message.
    available = min(limit.tokens + since * limit.per_second, max(limit.per_second, 1))
    taken = min(int(available), wanted)
    limit.tokens, limit.filled_at = available - taken, now
    limit.save(update_fields=["tokens", "filled_at"])
    return taken


def give_back(*, channel: str, number: int) -> None:
    """Return tokens of the channel's limit that were drawn for what does not go out now."""
    RateLimit.objects.filter(channel=channel, domain="").update(tokens=F("tokens") + number)


def limits(*, channel: str) -> Limits:
    """The limits of a channel, as they are now."""
    # In one order, so that two senders never wait for each other in a circle.
    rows = RateLimit.objects.filter(channel=channel).order_by("domain")
    found = dict(rows.values_list("domain", "per_second"))
    return Limits(found.pop("", None), found)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]
