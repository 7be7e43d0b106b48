"""How the example company is reached: a hotline, one for key accounts, and help pages."""

from collections.abc import Mapping
from datetime import date, time

from audiences.models import ClosedDay, Segment, SupportHours, SupportWay

_WORKDAYS, _EVERY_DAY = range(5), range(7)
# (name, kind, address, weekdays, opens, closes, segment)
_WAYS = (
    (
        {"de": "Hotline", "en": "Hotline"},
        SupportWay.Kind.PHONE,
        # Numbers of the range that is kept free for stories.
        "+49 30 23125 100",
        (_WORKDAYS, time(8), time(18)),
        None,
    ),
    (
        {"de": "Ihre direkte Leitung", "en": "Your direct line"},
        SupportWay.Kind.PHONE,
        "+49 30 23125 200",
        (_EVERY_DAY, time(6), time(22)),
        "key-accounts",
    ),
    (
        {"de": "Hilfeseiten", "en": "Help pages"},
        SupportWay.Kind.PORTAL,
        "https://hilfe.sendelot.example/",
        None,
        None,
    ),
)


def load(*, segments: Mapping[str, Segment]) -> None:
    """Create the ways to reach the company, with a day on which nobody is there."""
    for position, (name, kind, address, hours, segment) in enumerate(_WAYS):
        way = SupportWay.objects.create(
            name=name, kind=kind, address=address, position=position, holidays="DE-SN"
        )
        if segment:
            way.segments.add(segments[segment])
        if hours:
            days, opens, closes = hours
            SupportHours.objects.bulk_create(
                SupportHours(way=way, weekday=day, opens_at=opens, closes_at=closes) for day in days
            )
    ClosedDay.objects.create(
        closed_on=date(2026, 12, 24), reason={"de": "Heiligabend", "en": "Christmas Eve"}
    )
