"""How the admin speaks of a moment: in the current time zone, and saying which one that is."""

from datetime import datetime

from django.utils import formats, timezone

from audiences import zones


def moment(at: datetime | None) -> str:
    """With the day; "" for no moment."""
    if at is None:
        return ""
    return zones.written(timezone.localtime(at), formats.get_format("DATETIME_FORMAT"))


def brief(at: datetime | None, seen_at: datetime) -> str:
    """The time alone where it is the same day as on the clock one looks at."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localtime(seen_at).date()
    return zones.written(local, "H:i T") if is_today else moment(at)
