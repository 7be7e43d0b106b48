"""What a correction sends, as the pages before it show it: to exactly whom, and at which price."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from audiences.models import Channel
from incidents.admin.forecast_rows import Row
from incidents.models import TimelineEntry, Update
from incidents.services import wrong_copies
from incidents.services.wrong_copies import Retold
from messaging.services import wrong_texts
from messaging.services.broadcasts import Announcement
from messaging.services.forecast import Forecast
from messaging.services.wrong_texts import Text

GOT, WAITED = _("whoever got the wrong text"), _("whoever was still to get it")


@dataclass(frozen=True)
class CorrectionRow(Row):
    """`whom` says whose they are, `listing` is where they stand with what they got."""

    what: Any = ""
    whom: Any = ""
    listing: str = ""

    @property
    def who(self) -> str:
        return str(self.what)

    @property
    def through(self) -> list[tuple[Any, int]]:
        return [(self.whom, sum(self.counts.values()))]

    @property
    def reached(self) -> list[tuple[str, int, str]]:
        return [
            (str(Channel(name).label), number, self.listing) for name, number in self.counts.items()
        ]


def rows(*, retold: list[Retold], correction: Update, now: datetime) -> list[CorrectionRow]:
    """Of each step, who is told that it was wrong, and who gets the right text at first."""
    found = []
    for one in retold:
        what, got = _("correction"), wrong_texts.reached(one.wrong).got
        found.append(_row(one, one.correction, got, what, GOT, correction, now))
        if one.notice:
            what = _("in its place")
            waiting = wrong_texts.reached(wrong_texts.notices(one.wrong)).waiting
            found.append(_row(one, one.notice, waiting, what, WAITED, correction, now))
    return found


def _row(
    retold: Retold,
    announcement: Announcement,
    people: Counter[Text],
    what: Any,
    whom: Any,
    correction: Update,
    now: datetime,
) -> CorrectionRow:
    contents = wrong_copies.said(announcement)
    told = TimelineEntry(incident=correction.incident, step=retold.step, update=correction)
    listing = reverse("admin:messaging_delivery_changelist")
    return CorrectionRow(
        entry=told,
        segments=(),
        foreseen=Forecast(wrong_texts.shares(people, contents), {}, {}),
        contents=contents,
        seen_at=now,
        at=now,
        due_at=now,
        what=what,
        whom=whom,
        listing=f"{listing}?broadcast__id__exact={retold.wrong[0].broadcast.pk}",
    )
