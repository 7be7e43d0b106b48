"""How the admin writes how long something took, and of how many."""

from datetime import timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from incidents.services.score import Count

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def span(time: timedelta | None) -> str:
    """In the one or two units that matter; "–" where it is not known."""
    if time is None:
        return "–"
    seconds = round(abs(time).total_seconds())
    if seconds < _MINUTE:
        return _("%(seconds)s s") % {"seconds": seconds}
    if seconds < 2 * _HOUR:
        return _("%(minutes)s min") % {"minutes": round(seconds / _MINUTE)}
    if seconds < 2 * _DAY:
        minutes = seconds % _HOUR // _MINUTE
        hours = _("%(hours)s h") % {"hours": seconds // _HOUR}
        return f"{hours} {_('%(minutes)s min') % {'minutes': minutes}}" if minutes else hours
    left = seconds % _DAY // _HOUR
    days = _("%(days)s d") % {"days": formats.number_format(seconds // _DAY)}
    return f"{days} {_('%(hours)s h') % {'hours': left}}" if left else days


def share(count: Count) -> str:
    """As a percentage, or "–" where there was nothing to count."""
    return "–" if count.percent is None else percent(count.percent)


def percent(value: float) -> str:
    decimals = None if value >= 10 or value == 0 else 1
    return _("%(number)s %%") % {"number": formats.number_format(round(value, decimals))}


def of_all(count: Count) -> str:
    """For a note beside a percentage."""
    return _("%(good)s of %(total)s") % {
        "good": formats.number_format(count.good, force_grouping=True),
        "total": formats.number_format(count.total, force_grouping=True),
    }
