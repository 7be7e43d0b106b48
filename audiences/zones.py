"""Time zones: which one a name means, and what it is called at a moment in the language spoken."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

# Elsewhere people use the abbreviation that the zone itself brings along.
_NAMES = {
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
}


class Spoken(ZoneInfo):
    """A zone that says its name in the current language, wherever a moment is written out."""

    def tzname(self, dt: datetime | None, /) -> str | None:
        abbreviation = super().tzname(dt)
        if abbreviation in _NAMES:
            return str(_NAMES[abbreviation])
        # Many zones have no letters of their own: "+03" alone is nothing that people say.
        return f"UTC{abbreviation}" if (abbreviation or "")[:1] in ("+", "-") else abbreviation

    def fromutc(self, dt: datetime, /) -> datetime:
        """On the calendar's last day its clock may be past the end; it stays at UTC's then, since
        one row that says so is not to take a whole page away."""
        try:
            return super().fromutc(dt)
        except OverflowError:
            return dt


@lru_cache(maxsize=1024)
def named(name: str) -> ZoneInfo:
    """The zone of that name; ours where none is known, or what is stored is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(settings.TIME_ZONE)


def validate(value: str) -> None:
    """:raises ValidationError: it is no zone's name."""
    if value not in available_timezones():
        raise ValidationError(
            _("“%(value)s” is no time zone. For example: Europe/Berlin."), params={"value": value}
        )


def local(at: datetime, *, zone: str = "") -> datetime:
    """At that moment in a zone, or in ours."""
    return timezone.localtime(at, Spoken(named(zone or settings.TIME_ZONE).key))


def written(at: datetime, pattern: str) -> str:
    """A local time in one of Django's patterns, which by themselves leave out the zone in the hour
    that an autumn night has twice: just where it alone tells one from the other."""
    letters = "".join(f"\\{letter}" for letter in f"{at:%Z}")
    return format_date(at, pattern.replace("T", letters))


def moment(at: datetime | None, seen_at: datetime, *, zone: str = "") -> str:
    """A time as a reader wants it: with its zone, and with the date when that is another day.

    In the current language; "" for no moment.
    """
    if at is None:
        return ""
    named_zone, language = zone or settings.TIME_ZONE, get_language()
    return _moment(at.astimezone(UTC), seen_at.astimezone(UTC), named_zone, language)


# One message says the same few moments in all its parts, and many messages say the same one.
@lru_cache(maxsize=1024)
def _moment(at: datetime, seen_at: datetime, zone: str, _language: str | None) -> str:
    there, today = local(at, zone=zone), local(seen_at, zone=zone).date()
    parts = {
        "time": format_date(there, "H:i"),
        "zone": f"{there:%Z}",
        "date": format_date(there, gettext("j F Y")),
    }
    if there.date() == today:
        return gettext("%(time)s %(zone)s") % parts
    return gettext("%(date)s, %(time)s %(zone)s") % parts


def middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Every page speaks of its moments in that way, Django's own lists and forms included."""

    def respond(request: HttpRequest) -> HttpResponse:
        with timezone.override(Spoken(settings.TIME_ZONE)):
            return get_response(request)

    return respond
