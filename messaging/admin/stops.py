"""A stopped channel, as it is told wherever it matters."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from audiences.admin.moments import brief
from messaging.admin import reasons
from messaging.models import Circuit
from messaging.services.circuits import Cause, Trouble

_TROUBLES = {
    Trouble.REFUSED: _("The provider refuses us (%(why)s)."),
    Trouble.REJECTED: _("The provider refused too many messages, the latest: %(why)s."),
    Trouble.UNREACHABLE: _("The provider cannot be reached (%(why)s)."),
}


@dataclass(frozen=True)
class Stop:
    channel: str
    because: str
    since: str
    retry: str
    url: str


def because(circuit: Circuit) -> str:
    """Why it is stopped, in words for whoever has to do something about it."""
    cause = Cause.read(circuit.because)
    what = reasons.words("", cause.code)[0]
    why = ", ".join(filter(None, [what, reasons.providers(cause.code)]))
    return str(_TROUBLES[cause.trouble]) % {"why": why or gettext("no reason given")}


def stop(circuit: Circuit, now: datetime) -> Stop:
    return Stop(
        channel=circuit.get_channel_display(),
        because=because(circuit),
        since=brief(circuit.opened_at, now),
        retry=brief(circuit.retry_at, now),
        url=reverse("admin:messaging_circuit_try_now", args=[circuit.channel]),
    )
