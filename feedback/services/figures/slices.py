"""Which of a survey's answers are looked at."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from feedback.models import Answer, Response, Survey
from messaging.models import Broadcast, Delivery

# With a segment: a notice of the story, or the request itself where it went to segments.
HEARD = frozenset({Broadcast.Purpose.NOTICE, Broadcast.Purpose.FEEDBACK})


@dataclass(frozen=True)
class Slice:
    """A survey's answers, or those that all of this is true of.

    `requests` are the broadcasts that asked, `thread` is their story; `since` and `until` bound
    when they did. Channel and language are those of the request, `segment` is one through which the
    person heard the story. What is anonymous has no channel and no segment.
    """

    survey: Survey
    thread: str = ""
    requests: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None
    channel: str = ""
    language: str = ""
    segment: int | None = None

    @property
    def is_whole(self) -> bool:
        return not any(True for _wider in self.wider())

    def wider(self) -> Iterator[Self]:
        """The same with one condition less, for each of them."""
        for one in fields(self):
            nothing: Any = one.default
            if one.name != "survey" and getattr(self, one.name) != nothing:
                yield replace(self, **{one.name: nothing})

    def asking(self) -> QuerySet[Broadcast]:
        """The messages that asked."""
        return self._of_requests(Broadcast.objects.all(), "")

    def deliveries(self) -> QuerySet[Delivery]:
        """The requests themselves: one for each person who was asked."""
        return self._messages("broadcast__")

    def reminders(self) -> QuerySet[Delivery]:
        """Those of the requests, one for each person who was reminded."""
        return self._messages("broadcast__reminds__")

    def responses(self) -> QuerySet[Response]:
        given = self._of_requests(Response.objects.all(), "invitation__broadcast__")
        if self.channel:
            given = given.filter(delivery__channel=self.channel)
        if self.language:
            given = given.filter(
                Q(delivery__language=self.language) | Q(delivery=None, language=self.language)
            )
        return self._heard_through(given, "delivery__") if self.segment else given

    def answers(self) -> QuerySet[Answer]:
        if self.is_whole:
            return Answer.objects.filter(question__version__survey=self.survey)
        return Answer.objects.filter(response__in=self.responses())

    def _messages(self, broadcast: str) -> QuerySet[Delivery]:
        sent = self._of_requests(Delivery.objects.all(), broadcast)
        if self.channel:
            sent = sent.filter(channel=self.channel)
        if self.language:
            sent = sent.filter(language=self.language)
        return self._heard_through(sent, "") if self.segment else sent

    def _of_requests(self, rows: QuerySet[Any], broadcast: str) -> QuerySet[Any]:
        rows = rows.filter(**{f"{broadcast}invitation__version__survey": self.survey})
        wanted = {
            "thread": self.thread or None,
            "pk__in": self.requests,
            "started_at__gte": self.since,
            "started_at__lt": self.until,
        }
        conditions = {name: value for name, value in wanted.items() if value is not None}
        return rows.filter(**{f"{broadcast}{name}": value for name, value in conditions.items()})

    def _heard_through(self, rows: QuerySet[Any], delivery: str) -> QuerySet[Any]:
        told = Delivery.objects.filter(
            contact=OuterRef(f"{delivery}contact"),
            segment=self.segment,
            broadcast__thread=OuterRef(f"{delivery}broadcast__thread"),
            broadcast__purpose__in=HEARD,
        )
        return rows.filter(Exists(told))
