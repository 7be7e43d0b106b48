"""One message or task to come, as previews show it: to whom, when, in which words, the price."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from audiences.admin.moments import brief
from audiences.models import Channel, Segment
from incidents.models import PlanStep, Status, TimelineEntry
from incidents.services import plan_words, telling
from messaging.admin import letters
from messaging.admin.fates import left_out
from messaging.admin.letters import Letter
from messaging.admin.prices import spoken_price, why_dear
from messaging.channels import sms_units
from messaging.models import BroadcastContent
from messaging.services import templates
from messaging.services.forecast import Forecast, reaches_anybody

_UNLESS: Mapping[str, Any] = {
    TimelineEntry.Reason.PROMISE_DUE: _("only if nobody has written until then"),
    TimelineEntry.Reason.NOT_BEGUN: _("only if it has not begun by then"),
    TimelineEntry.Reason.ENDS: _("only if it is not over by then"),
}


@dataclass(frozen=True)
class Row:
    """`entry` is not stored; `at` is the real time at which it is looked at, `due_at` the one when
    it comes, where that is known. `again` are the times of its repetitions."""

    entry: TimelineEntry
    segments: Sequence[Segment]
    foreseen: Forecast
    contents: Sequence[BroadcastContent]
    seen_at: datetime
    at: datetime
    due_at: datetime | None = None
    again: Sequence[datetime] = ()
    # Those through which nobody hears it, because their people do through another one.
    told_already: Sequence[Segment] = ()

    @property
    def step(self) -> PlanStep:
        return self.entry.step

    @property
    def due(self) -> str:
        return brief(self.due_at, self.seen_at)

    @property
    def unless(self) -> str:
        """What keeps it from coming, where that is to be hoped for."""
        return str(_UNLESS.get(self.entry.reason, "")) if self.due_at else ""

    @property
    def later(self) -> list[tuple[str, str]]:
        """When it comes again, and where one sees who hears it then."""
        return [(brief(at, self.seen_at), self._address(at=at)) for at in self.again]

    @property
    def occasion(self) -> str:
        """What it waits for, where that has no time yet."""
        trigger = self.step.get_trigger_display()
        return f"{trigger}: {Status(self.step.status).label}" if self.step.status else trigger

    @property
    def who(self) -> str:
        """Who does it, where it does not go out by itself."""
        is_automatic = self.step.who == PlanStep.Who.AUTOMATIC
        return "" if is_automatic else plan_words.doing(self.step)

    @property
    def stale(self) -> str:
        """A warning where the translations of its template lag behind."""
        older = templates.stale(self.step.template) if self.step.template else []
        if not older:
            return ""
        words = _(
            "“%(name)s” was edited after its translations (%(codes)s): they may be wrong now."
        )
        return words % {"name": self.step.template, "codes": templates.spoken_codes(older)}

    @property
    def asks(self) -> bool:
        """Whether it goes to those who heard the story, whoever that will be."""
        return self.step.asks

    @property
    def asked(self) -> str:
        return plan_words.asked(self.step)

    @property
    def alone(self) -> "list[Row]":
        return [self]

    @property
    def counts(self) -> Mapping[str, int]:
        return self.foreseen.by_channel

    @property
    def reach(self) -> list[tuple[str, int]]:
        return spoken_counts(self.counts)

    @property
    def reached(self) -> list[tuple[str, int, str]]:
        """Channel, people, and where they are listed."""
        if self.asks and not any(self.counts.values()):
            return []  # Nobody has heard it yet.
        return [
            (str(Channel(name).label), number, self._address(channel=name))
            for name, number in self.counts.items()
        ]

    @property
    def through(self) -> list[tuple[Segment, int]]:
        """Each segment, and how many hear the message through it."""
        if self.step.who == PlanStep.Who.TASK:
            return []
        counts = self.foreseen.by_segment
        return [(segment, counts.get(segment.pk, 0)) for segment in self.segments]

    @property
    def left_out(self) -> list[tuple[str, int]]:
        return left_out(self.foreseen)

    @property
    def until_awake(self) -> int:
        return sum(held.until_awake for held in self.foreseen.held.values())

    @property
    def too_long(self) -> int:
        return sum(held.too_long for held in self.foreseen.held.values())

    @property
    def languages(self) -> list[tuple[str, int]]:
        """Messages by the name of the language they are in, the most common first."""
        names = dict(settings.LANGUAGES)
        counts = sorted(self.foreseen.by_language.items(), key=lambda one: (-one[1], one[0]))
        return [(str(names.get(code, code)), number) for code, number in counts]

    @cached_property
    def letters(self) -> list[Letter]:
        return letters.of_contents(self.contents, self.step.channels, self.foreseen, self.segments)

    @property
    def texts(self) -> int:
        return self.counts.get(Channel.SMS, 0)

    @property
    def sms_parts(self) -> int:
        """As how many text messages its texts are charged; 0 while nobody has written them."""
        return self.foreseen.sms_segments

    @property
    def lacks_sms(self) -> bool:
        """Whether some hear nothing, because nobody wrote a text for them."""
        texts = (share for share in self.foreseen.shares if share.channel == Channel.SMS)
        return bool(self.contents) and any(not share.sms_segments for share in texts)

    @property
    def price(self) -> str:
        """What the texts cost, where there are any."""
        return spoken_price(self.foreseen.cost)

    @property
    def why_dear(self) -> str:
        texts = [one.sms_text for one in self.contents] if self.texts else []
        return why_dear("".join(texts))

    @property
    def least_price(self) -> str:
        """What texts cost that are not written yet: one part for each at least."""
        return "" if self.contents or self.asks else spoken_price(sms_units.cost(self.texts))

    def _address(self, *, channel: str = "", at: datetime | None = None) -> str:
        """Where everybody is listed who hears it, or is left out."""
        incident, update = self.entry.incident, self.entry.update
        asked = {
            "channel": channel,
            "audience": update.audience if update else "",
            "impact": incident.impact,
            "at": (at or self.at).isoformat(),
        }
        page = reverse("admin:incidents_incident_readers", args=[incident.pk, self.step.pk])
        return f"{page}?{urlencode({name: value for name, value in asked.items() if value})}"


def row(
    entry: TimelineEntry,
    *,
    now: datetime,
    has_time: bool = True,
    contents: Sequence[BroadcastContent] | None = None,
    again: Sequence[datetime] = (),
) -> Row:
    """A row of an entry that is not stored; no `contents` where nobody has written them yet.

    What comes later is looked at as it will be then: pauses and nights are over, or begin.
    """
    step, incident = entry.step, entry.incident
    if contents is None:
        is_told = step.template is not None and step.who != PlanStep.Who.TASK
        contents = telling.message(entry).contents if is_told else ()
    due_at = incident.real_time(entry.due_at, now) if has_time else None
    at = max(now, due_at or now)
    segments = telling.readers(step, incident, entry.update)
    foreseen = telling.foresee(
        step=step, incident=incident, now=at, update=entry.update, contents=contents
    )
    return Row(
        entry=entry,
        segments=segments,
        foreseen=foreseen,
        contents=contents,
        told_already=_told_already(
            entry, [one for one in segments if not foreseen.by_segment.get(one.pk)], at
        ),
        seen_at=now,
        at=at,
        due_at=due_at,
        again=[incident.real_time(one, now) for one in again],
    )


def _told_already(entry: TimelineEntry, unheard: Sequence[Segment], at: datetime) -> list[Segment]:
    step = entry.step
    if step.who == PlanStep.Who.TASK or not unheard:
        return []
    whom = telling.whom_of(step, entry.incident, entry.update, at)
    return [
        segment
        for segment in unheard
        if reaches_anybody(whom=replace(whom, segments=[segment]), channels=step.channels, now=at)
    ]


def is_at_once(row: Row) -> bool:
    return row.due_at is not None and row.due_at - row.seen_at < timedelta(minutes=1)


def spoken_counts(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(str(Channel(name).label), number) for name, number in counts.items()]


def total(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """People by channel over several messages; somebody in two of them counts twice."""
    sums: dict[str, int] = {}
    for one in rows:
        for name, number in one.counts.items():
            sums[name] = sums.get(name, 0) + number
    return spoken_counts(sums)


def price(rows: Iterable[Row]) -> str:
    """What the texts of several messages cost."""
    return spoken_price(sum((one.foreseen.cost for one in rows), Decimal(0)))
