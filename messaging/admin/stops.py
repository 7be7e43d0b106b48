"""A stopped channel, as it is told wherever it matters."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from audiences.admin.moments import brief
from messaging.models import Circuit


@dataclass(frozen=True)
class Stop:
    channel: str
    because: str
    since: str
    retry: str
    url: str


def stop(circuit: Circuit, now: datetime) -> Stop:
    return Stop(
        channel=circuit.get_channel_display(),
        because=circuit.because,
        since=brief(circuit.opened_at, now),
        retry=brief(circuit.retry_at, now),
        url=reverse("admin:messaging_circuit_try_now", args=[circuit.channel]),
    )
