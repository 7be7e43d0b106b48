"""How somebody can reach us at a moment, in words."""

from datetime import datetime

from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences import languages
from audiences.services.support import Reachable, Support
from audiences.zones import Spoken

_DAYS_NAMED_BY_WEEKDAY = 6


def sentence(support: Support, language: str) -> str:
    """One or two sentences; "" when there is no way to reach us."""
    with override(language):
        available = ", ".join(_way(one, support.now) for one in support.available)
        if support.next is None:
            return _("You can reach us: %(ways)s.") % {"ways": available} if available else ""
        said = _("You can reach us again %(when)s: %(way)s.") % {
            "when": opening(support.next, support.now),
            "way": named(support.next),
        }
        until_then = _("Until then: %(ways)s.") % {"ways": available}
        return f"{said} {until_then}" if available else said


def named(one: Reachable) -> str:
    return f"{languages.spoken(one.way.name)} {one.way.address}".strip()


def opening(one: Reachable, now: datetime) -> str:
    """From when on it is open, in its own zone, and why it is not: "from Monday 08:00 CET"."""
    moment = _moment(one.opens_at, one, now)
    if because := languages.spoken(one.because):
        words = _("from %(moment)s, closed today (%(because)s)")
        return words % {"moment": moment, "because": because}
    return _("from %(moment)s") % {"moment": moment}


def closing(one: Reachable, now: datetime) -> str:
    """Until when it is open; "" where that has no end."""
    if one.closes_at is None:
        return ""
    return _("open until %(moment)s") % {"moment": _moment(one.closes_at, one, now)}


def state(one: Reachable, now: datetime) -> str:
    """Whether it can be used at the moment, for ourselves."""
    if one.is_open:
        return closing(one, now) or _("open")
    return _("closed, %(when)s") % {"when": opening(one, now)} if one.opens_at else _("closed")


def _way(one: Reachable, now: datetime) -> str:
    until = closing(one, now)
    return f"{named(one)} ({until})" if until else named(one)


def _moment(at: datetime | None, one: Reachable, now: datetime) -> str:
    assert at, "only asked where there is one"
    zone = Spoken(one.way.zone.key)
    local, today = timezone.localtime(at, zone), timezone.localtime(now, zone).date()
    time = f"{format_date(local, 'H:i')} {local:%Z}"
    days = (local.date() - today).days
    # Midnight belongs to the day that it ends.
    if days == 0 or (days == 1 and not local.hour and not local.minute):
        return time
    if days <= _DAYS_NAMED_BY_WEEKDAY:
        return f"{format_date(local, 'l')} {time}"
    day_and_month = _("l, j F")
    return f"{format_date(local, day_and_month)} {time}"
