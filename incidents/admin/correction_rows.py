"""What a correction sends, as the pages before it show it: to exactly whom, and at which price."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
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
from messaging.services.wrong_texts import Text, Wrong

GOT, WAITED = _("whoever got the wrong text"), _("whoever was still to get it")


@dataclass(frozen=True)
class CorrectionRow(Row):
    """`whom` says whose they are, `wrong` is what they got or were to get, `listing` is where they
    stand with it."""

    wrong: Sequence[Wrong] = ()
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
    return [
        row
        for one in retold
        for row in of_step(
            one,
            TimelineEntry(incident=correction.incident, step=one.step, update=correction),
            now,
        )
    ]


def people(rows: Sequence[Row]) -> int:
    """How many have got a wrong text, by whichever ways and steps."""
    return wrong_texts.people(
        [wrong for row in rows if isinstance(row, CorrectionRow) for wrong in row.wrong]
    )


def of_step(retold: Retold, entry: TimelineEntry, now: datetime) -> Iterator[CorrectionRow]:
    row = partial(_row, entry, retold.wrong, now)
    reached = wrong_texts.reached(retold.wrong)
    yield row(retold.correction, reached.got, what=_("correction"), whom=GOT)
    if retold.notice:
        notices = wrong_texts.notices(retold.wrong)
        if notices != retold.wrong:
            reached = wrong_texts.reached(notices)
        yield row(retold.notice, reached.waiting, what=_("in its place"), whom=WAITED)


def _row(
    entry: TimelineEntry,
    wrong: Sequence[Wrong],
    now: datetime,
    announcement: Announcement,
    people: Counter[Text],
    *,
    what: Any,
    whom: Any,
) -> CorrectionRow:
    contents = wrong_copies.said(announcement)
    listing = reverse("admin:messaging_delivery_changelist")
    return CorrectionRow(
        entry=entry,
        segments=announcement.segments,
        foreseen=Forecast(wrong_texts.shares(people, contents), {}, {}),
        contents=contents,
        seen_at=now,
        at=now,
        due_at=now,
        wrong=wrong,
        listing=f"{listing}?broadcast__id__exact={wrong[0].broadcast.pk}",
        what=what,
        whom=whom,
    )
