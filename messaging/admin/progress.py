"""How far a broadcast is, on its page: drawn by the server, refreshed by a script."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from audiences import zones
from audiences.admin.moments import moment
from audiences.models import Channel
from messaging import states
from messaging.admin import reasons
from messaging.admin.stops import stop
from messaging.models import Broadcast, RateLimit
from messaging.services import progress
from messaging.services.progress import Progress
from messaging.states import State

# Who should have been told and was not, or did not want it.
PROBLEMS = (*states.NOT_REACHED, State.COMPLAINED)
# The bar's parts, from what has arrived to what waits, each with a pattern of its own in the CSS.
_PARTS: Sequence[tuple[str, Any, Iterable[str]]] = (
    ("delivered", _("delivered"), (State.DELIVERED,)),
    ("accepted", _("accepted by the provider"), (State.ACCEPTED,)),
    ("problem", _("problems"), PROBLEMS),
    ("left", _("left out"), states.LEFT_OUT),
    ("waiting", _("waiting"), states.OPEN),
)


@dataclass(frozen=True)
class Part:
    name: str
    label: str
    number: int


@dataclass(frozen=True)
class Row:
    """One state of the table, with its number on each channel."""

    part: str
    label: str
    numbers: Sequence[int]
    total: int


@dataclass(frozen=True)
class Why:
    state: str
    code: str
    number: int
    what: str
    fix: str
    url: str

    @property
    def providers_code(self) -> str:
        return reasons.providers(self.code)


def panel(request: HttpRequest, broadcast: Broadcast, now: datetime) -> dict[str, Any]:
    """What the templates of the progress panel need."""
    seen = progress.latest(broadcast=broadcast, now=now)
    whys = [_why(broadcast, reason) for reason in seen.reasons]
    return {
        "broadcast": broadcast,
        "progress": seen,
        "is_over": broadcast.state in Broadcast.OVER,
        "headline": headline(seen),
        "percent": formats.number_format(int(100 * seen.share)),
        "rate": rate(seen),
        "remaining": remaining(broadcast, seen),
        "as_of": as_of(seen.as_of, now),
        "parts": _parts(seen),
        "channels": [Channel(name).label for name in seen.by_channel],
        "rows": _rows(seen),
        "problems": [why for why in whys if why.state in PROBLEMS],
        "left_out": [why for why in whys if why.state in states.LEFT_OUT],
        "stops": [stop(circuit, now) for circuit in seen.stopped],
        "limits": _limits(broadcast) if seen.among(states.OPEN) else [],
        "may_direct": request.user.has_perm("messaging.change_circuit"),
    }


def _limits(broadcast: Broadcast) -> list[str]:
    """What keeps it from going faster, in words."""
    limits = RateLimit.objects.filter(channel__in=broadcast.channels).order_by("channel", "domain")
    everybody = gettext("%(channel)s: no more than %(rate)s a second go out, by a limit you set.")
    one_domain = gettext(
        "%(channel)s: no more than %(rate)s a second go to %(domain)s, by a limit you set."
    )
    return [
        (one_domain if limit.domain else everybody)
        % {
            "channel": limit.get_channel_display(),
            "rate": intcomma(f"{limit.per_second:g}"),
            "domain": limit.domain,
        }
        for limit in limits
    ]


def as_json(request: HttpRequest, broadcast: Broadcast, now: datetime) -> dict[str, Any]:
    """What the script puts in place: each part drawn anew, and whether there is more to come."""
    context = panel(request, broadcast, now)
    names = ("notices", "numbers", "reasons")
    return {
        "state": broadcast.state,
        "is_over": context["is_over"] and not context["progress"].among(states.OPEN),
        "parts": {
            name: render_to_string(f"admin/messaging/progress_{name}.html", context)
            for name in names
        },
    }


def headline(seen: Progress) -> str:
    """What was sent, and what of the rest will not be."""
    numbers = {"sent": intcomma(seen.sent), "total": intcomma(seen.total)}
    if not seen.is_frozen:
        return gettext("%(sent)s of %(total)s sent so far") % numbers
    sent = gettext("%(sent)s of %(total)s sent") % numbers
    return " · ".join([sent, *_unsent(seen)])


def _unsent(seen: Progress) -> list[str]:
    words = [
        (seen.among(states.LEFT_OUT), gettext("%(number)s left out")),
        (seen.among(states.NOT_SENT), gettext("%(number)s failed or unclear")),
    ]
    return [said % {"number": intcomma(number)} for number, said in words if number]


def rate(seen: Progress) -> str:
    if seen.per_second is None:
        return ""
    if 0 < seen.per_second < 1:
        return gettext("%(number)s a minute") % {"number": intcomma(round(60 * seen.per_second))}
    return gettext("%(number)s a second") % {"number": intcomma(round(seen.per_second))}


def remaining(broadcast: Broadcast, seen: Progress) -> str:
    """How long it will take at the rate of the last half minute, in words."""
    if broadcast.state == Broadcast.State.PAUSED:
        return gettext("paused")
    if not seen.is_frozen:
        return gettext("not known yet: recipients are still being written")
    if seen.stopped:
        return gettext("not known: a channel is stopped")
    if seen.remaining_seconds is None:
        return gettext("not known yet")
    return span(seen.remaining_seconds)


def span(seconds: float) -> str:
    if seconds < 60:
        number = max(round(seconds), 1)
        return ngettext("about %(number)d second", "about %(number)d seconds", number) % {
            "number": number
        }
    now = timezone.now()
    rounded = timedelta(seconds=seconds + 30)
    return gettext("about %(span)s") % {"span": timesince(now, now + rounded, depth=2)}


def as_of(at: datetime | None, now: datetime) -> str:
    if at is None:
        return gettext("not counted yet")
    local = timezone.localtime(at)
    if local.date() == timezone.localtime(now).date():
        return zones.written(local, "H:i:s T")
    return moment(local)


def _parts(seen: Progress) -> list[Part]:
    parts = [Part(name, str(label), seen.among(those)) for name, label, those in _PARTS]
    return [part for part in parts if part.number]


def _rows(seen: Progress) -> list[Row]:
    by_state = seen.by_state
    return [
        Row(
            part=name,
            label=str(State(state).label),
            numbers=[on_channel.get(state, 0) for on_channel in seen.by_channel.values()],
            total=by_state[state],
        )
        for name, _label, those in _PARTS
        for state in State
        if state in those and by_state.get(state)
    ]


def _why(broadcast: Broadcast, reason: progress.Reason) -> Why:
    what, fix = reasons.words(reason.state, reason.code)
    query = {
        "broadcast__id__exact": broadcast.pk,
        "state__exact": reason.state,
        "error_code__exact": reason.code,
    }
    return Why(
        state=reason.state,
        code=reason.code,
        number=reason.number,
        what=what or str(State(reason.state).label),
        fix=fix,
        url=f"{reverse('admin:messaging_delivery_changelist')}?{urlencode(query)}",
    )
