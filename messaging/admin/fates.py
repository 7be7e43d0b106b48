"""Why somebody who is meant is not told, by the fields of a forecast."""

from django.utils.translation import gettext_lazy as _

from messaging.services.forecast import Forecast

LEFT_OUT = {
    "unsubscribed": _("unsubscribed"),
    "without_address": _("without an address"),
    "suppressed": _("must not be written to"),
    "no_consent": _("have not agreed to be asked"),
    "answered": _("have answered"),
    "asked_lately": _("were asked shortly before"),
    "asked_elsewhere": _("are asked by another channel"),
    "unwanted": _("want to hear of worse things only"),
    "paused": _("have paused their messages"),
    "duplicates": _("share an address"),
}


def left_out(foreseen: Forecast) -> list[tuple[str, int]]:
    """Who is meant and not told, by reason."""
    sums = {
        reason: sum(getattr(dropped, reason) for dropped in foreseen.dropped.values())
        for reason in LEFT_OUT
    }
    return [(str(LEFT_OUT[reason]), number) for reason, number in sums.items() if number]
