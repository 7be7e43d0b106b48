"""How somebody can reach us at a moment, in words."""

from datetime import datetime

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages, zones
from audiences.services.support import Reachable, Support

_DAYS_NAMED_BY_WEEKDAY = 6


def sentence(support: Support, language: str, *, zone: str = "") -> str:
    """One or two sentences; "" when there is no way to reach us. Without a zone each way has its
    own."""
    with override(language):
        available = ", ".join(_way(one, support.now, zone) for one in support.available)
        if support.next is None:
            return _("You can reach us: %(ways)s.") % {"ways": available} if available else ""
        said = _("You can reach us again %(when)s: %(way)s.") % {
            "when": opening(support.next, support.now, zone),
            "way": named(support.next),
        }
        until_then = _("Until then: %(ways)s.") % {"ways": available}
        return f"{said} {until_then}" if available else said


def named(one: Reachable) -> str:
    return f"{languages.spoken(one.way.name)} {one.way.address}".strip()


def opening(one: Reachable, now: datetime, zone: str = "") -> str:
    """From when on it is open, and why it is not: "from Monday 08:00 CET"."""
    moment = _moment(one.opens_at, now, zone or one.way.zone.key)
    if because := languages.spoken(one.because):
        words = _("from %(moment)s, closed today (%(because)s)")
        return words % {"moment": moment, "because": because}
    return _("from %(moment)s") % {"moment": moment}


def closing(one: Reachable, now: datetime, zone: str = "") -> str:
    """Until when it is open; "" where that has no end."""
    if one.closes_at is None:
        return ""
    moment = _moment(one.closes_at, now, zone or one.way.zone.key)
    return _("open until %(moment)s") % {"moment": moment}


def state(one: Reachable, now: datetime) -> str:
    """Whether it can be used at the moment, for ourselves."""
    if one.is_open:
        return closing(one, now) or _("open")
    return _("closed, %(when)s") % {"when": opening(one, now)} if one.opens_at else _("closed")


def _way(one: Reachable, now: datetime, zone: str) -> str:
    until = closing(one, now, zone)
    return f"{named(one)} ({until})" if until else named(one)


def _moment(at: datetime | None, now: datetime, zone: str) -> str:
    assert at, "only asked where there is one"
    local, today = zones.local(at, zone=zone), zones.local(now, zone=zone).date()
    time = f"{format_date(local, 'H:i')} {local:%Z}"
    days = (local.date() - today).days
    # Midnight belongs to the day that it ends.
    if days == 0 or (days == 1 and not local.hour and not local.minute):
        return time
    if days <= _DAYS_NAMED_BY_WEEKDAY:
        return f"{format_date(local, 'l')} {time}"
    day_and_month = _("l, j F")
    return f"{format_date(local, day_and_month)} {time}"
