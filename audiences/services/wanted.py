"""What somebody wants to hear, how and when, as a page says it; and what of it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.utils.translation import gettext as _

from audiences import languages, quiet
from audiences.models import Contact, Severity

# A pause without an end would be an unsubscription nobody remembers.
LONGEST_PAUSE = timedelta(days=366)
# What several people hear is not held back for longer: that would be day, too.
LONGEST_NIGHT = timedelta(hours=12)
# In which they hear; where nobody has chosen, their account's or ours.
LOCALE = ("language", "time_zone")
OWN_FIELDS = (
    *("email_from", "sms_from", "quiet_from", "quiet_until"),
    *("is_woken_by_critical", "paused_until", "is_shared"),
)

# A list, by its number, on a channel.
Place = tuple[int, str]


class Outdated(Exception):
    """Nothing was stored: something has changed since the page was opened, and not to the same."""


@dataclass(frozen=True, kw_only=True)
class Preferences:
    """Everything a person decides about what comes to them."""

    places: frozenset[Place]
    language: str
    time_zone: str = ""
    email_from: int = Severity.ANY
    sms_from: int = Severity.ANY
    quiet_from: time | None = None
    quiet_until: time | None = None
    is_woken_by_critical: bool = True
    paused_until: datetime | None = None
    is_shared: bool = False
    wants_feedback: bool = False


def changed(*, current: Preferences, shown: Preferences, wanted: Preferences) -> Preferences:
    """What is so by now, with what somebody has changed on a page that may be old.

    :raises Outdated: the same was changed elsewhere, too.
    """
    left, joined = shown.places - wanted.places, wanted.places - shown.places
    values: dict[str, Any] = {"places": current.places - left | joined}
    for name in (*LOCALE, *OWN_FIELDS, "wants_feedback"):
        was, wish, now = (getattr(one, name) for one in (shown, wanted, current))
        if wish != was and _typed(now) not in (was, wish):
            raise Outdated
        values[name] = wish if wish != was else now
    return Preferences(**values)


def _typed(value: Any) -> Any:
    """On the page there are no seconds."""
    is_moment = isinstance(value, datetime | time)
    return value.replace(second=0, microsecond=0) if is_moment else value


def faults(*, contact: Contact, wanted: Preferences, now: datetime) -> Mapping[str, str]:
    """What does not fit, by the name of the field."""
    messages = {**_silencing_others(contact, wanted), **_unknown(wanted), **_quiet_fault(wanted)}
    if wanted.paused_until != contact.paused_until:
        messages |= _pause_fault(wanted.paused_until, now)
    return messages


def _unknown(wanted: Preferences) -> dict[str, str]:
    messages = {}
    if wanted.language not in languages.codes():
        messages["language"] = _("Please choose one of the languages.")
    if wanted.time_zone and wanted.time_zone not in available_timezones():
        messages["time_zone"] = _("Please choose one of the time zones.")
    for name in ("email_from", "sms_from"):
        if getattr(wanted, name) not in Severity.values:
            messages[name] = _("Please choose one of the answers.")
    return messages


def _quiet_fault(wanted: Preferences) -> dict[str, str]:
    if (wanted.quiet_from is None) != (wanted.quiet_until is None):
        missing = "quiet_from" if wanted.quiet_from is None else "quiet_until"
        why = _("Quiet hours need a beginning and an end. Leave both empty for none.")
        return {missing: why}
    if wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until:
        return {"quiet_until": _("Quiet hours must not begin and end at the same time.")}
    return {}


def _silencing_others(contact: Contact, wanted: Preferences) -> dict[str, str]:
    """The others hear of it when one unsubscribes an address they share, but not of these."""
    if not contact.is_shared:
        return {}
    silent = {
        "email_from": contact.email and wanted.email_from > contact.email_from,
        "sms_from": contact.phone and wanted.sms_from > contact.sms_from,
        "quiet_until": (_is_long(wanted) and _quiet(wanted) != _quiet(contact))
        or (contact.is_woken_by_critical and not wanted.is_woken_by_critical),
        "paused_until": wanted.paused_until not in (None, contact.paused_until),
    }
    why = _(
        "Several people read this address: unsubscribe from the lists instead, so that the"
        " others hear of it."
    )
    return {name: why for name, is_silent in silent.items() if is_silent}


def _is_long(wanted: Preferences) -> bool:
    return quiet.length(*_quiet(wanted)) > LONGEST_NIGHT


def _quiet(one: Preferences | Contact) -> tuple[time | None, time | None]:
    return one.quiet_from, one.quiet_until


def _pause_fault(until: datetime | None, now: datetime) -> dict[str, str]:
    if until is None:
        return {}
    if until <= now:
        return {"paused_until": _("Please choose a time in the future, or leave it empty.")}
    if until > now + LONGEST_PAUSE:
        return {"paused_until": _("A pause ends after a year at the latest.")}
    return {}
