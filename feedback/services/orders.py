"""What a round of a survey is to ask of whom: looked at before anything of it is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from audiences import languages
from audiences.models import Segment, Severity
from feedback.models import Survey, SurveyRound, SurveyVersion
from feedback.services import first_question, surveys
from messaging.models import Broadcast, BroadcastContent, Template
from messaging.services import broadcasts
from messaging.services.asking import Asking
from messaging.services.audience import Whom
from messaging.services.broadcasts import Announcement


@dataclass(frozen=True)
class Order:
    """What is to be asked of whom, and when. Without a `reminder` nobody is reminded."""

    survey: Survey
    segments: Sequence[Segment]
    channels: Sequence[str]
    template: Template
    asks_at: datetime
    reminder: Template | None = None
    reminds_at: datetime | None = None


def whom(*, order: Order, now: datetime) -> Whom:
    """Whom it would ask if it began at a moment."""
    asking = Asking.members(channels=order.channels, now=now, spares=still_open(order.survey, now))
    return Whom(order.segments, Broadcast.Purpose.FEEDBACK, Severity.ANY, asking)


def contents(*, order: Order) -> list[BroadcastContent]:
    """What it would say, rendered and not stored; the reminder's words are tried as well.

    :raises CannotSay: it cannot be said.
    """
    version = surveys.to_be_asked(survey=order.survey)
    if order.reminder:
        broadcasts.contents(announcement=announcement(order, order.reminder, version))
    return broadcasts.contents(announcement=announcement(order, order.template, version))


def announcement(
    order: Order,
    template: Template,
    version: SurveyVersion,
    thread: str = "",
    *,
    reminds: Broadcast | None = None,
    spares: Sequence[int] = (),
) -> Announcement:
    """What `reminds` of an earlier request goes to who got that, whatever segments they left."""
    return Announcement(
        title=languages.pick(version.title, settings.LANGUAGE_CODE),
        template=template,
        facts=_facts(version),
        thread=thread,
        channels=order.channels,
        segments=order.segments,
        purpose=Broadcast.Purpose.FEEDBACK,
        priority=Broadcast.Priority.BULK,
        severity=Severity.ANY,
        reminds=reminds,
        spares=spares,
    )


def _facts(version: SurveyVersion) -> Mapping[str, Mapping[str, str]]:
    asked = first_question.words(version=version)
    return {
        code: {
            "title": languages.pick(version.title, code),
            "intro": languages.pick(version.intro, code),
            "organisation": settings.ORGANISATION_NAME,
            "question": asked.get(code, ""),
        }
        for code in languages.codes()
    }


def still_open(survey: Survey, now: datetime) -> list[int]:
    """Requests of earlier rounds that can still be answered: whoever got one was asked that."""
    asked = SurveyRound.objects.filter(survey=survey, broadcast__invitation__closes_at__gt=now)
    return list(asked.order_by("pk").values_list("broadcast", flat=True))
