"""Whom a request for feedback may bother: who heard the story, or is in a segment that is asked,
agreed to be asked, and was not asked of late; and whom a reminder may: who got the request and has
not answered.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from messaging import states
from messaging.models import Broadcast, Delivery

# Whoever keeps the answers tells who has given some to a request, as the numbers of contacts.
Answered = Callable[[int], QuerySet[Any, Any]]
_ANSWERED: list[Answered] = []


def register(answered: Answered) -> None:
    """Take part in deciding who is not to be reminded; called once, at import."""
    _ANSWERED.append(answered)


@dataclass(frozen=True)
class Asking:
    """What was told of a story before it is asked about, and who was asked lately.

    `heard` are the broadcasts of which one must have got one; None where segments are asked that
    need have heard nothing. `channels` are in the order in which they are tried: nobody is asked by
    two.
    """

    heard: Sequence[int] | None
    channels: Sequence[str] = ()
    lately: Sequence[int] = ()
    reminds: int | None = None

    @classmethod
    def about(
        cls,
        *,
        thread: str,
        channels: Sequence[str] = (),
        now: datetime,
        reminds: int | None = None,
        is_played: bool = False,
    ) -> Self:
        """A request that is not started yet: about a story, or a reminder of an earlier one."""
        draft = Broadcast(
            thread=thread,
            channels=list(channels),
            reminds_id=reminds,
            is_played=is_played,
            started_at=now,
        )
        return cls.of(draft)

    @classmethod
    def members(
        cls, *, channels: Sequence[str] = (), now: datetime, spares: Sequence[int] = ()
    ) -> Self:
        """A request to segments that is not started yet."""
        draft = Broadcast(spares=list(spares), started_at=now)
        return cls(None, channels, lately(draft))

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        if broadcast.reminds_id:
            heard: Sequence[int] | None = [broadcast.reminds_id]
        elif broadcast.pk and broadcast.segments.exists():
            heard = None
        else:
            heard = _told(broadcast.thread)
        return cls(heard, broadcast.channels, lately(broadcast), broadcast.reminds_id)

    def heard_it(self, channel: str, ids: range | None) -> Q:
        """The condition on contacts to have got one of the messages, or perhaps to have."""
        assert self.heard is not None, "segments say whom this asks"
        told = Delivery.objects.filter(
            state__in=states.REACHED | {states.State.UNKNOWN},
            broadcast__in=self.heard,
            contact=OuterRef("pk"),
            channel=channel,
        )
        if ids is not None:
            told = told.filter(contact__gte=ids.start, contact__lt=ids.stop)
        return Q(Exists(told))

    def objections(self) -> Mapping[str, Q]:
        """The conditions on contacts not to be asked, each by its name."""
        found = {"no_consent": Q(feedback_consent_at=None)}
        if self.reminds:
            found["answered"] = has_answered(self.reminds, "pk")
        if self.lately:
            found["asked_lately"] = Q(was_asked(self.lately, "pk"))
        return found

    def before(self, channel: str) -> Sequence[str]:
        """The channels that are tried first."""
        return self.channels[: self.channels.index(channel)] if channel in self.channels else ()


def lately(broadcast: Broadcast) -> list[int]:
    """The requests before this one that leave no room for it with whoever got them.

    Of two that start at the same time the second gives way. What is only played bothers nobody.
    """
    if broadcast.is_played or broadcast.started_at is None:
        return []
    too_soon = Q(pk__in=broadcast.spares)
    if settings.FEEDBACK_REST_DAYS:
        rest = timedelta(days=settings.FEEDBACK_REST_DAYS)
        too_soon |= Q(started_at__gt=broadcast.started_at - rest)
    asked = Broadcast.objects.filter(too_soon, purpose=Broadcast.Purpose.FEEDBACK, is_played=False)
    if broadcast.reminds_id:
        asked = asked.exclude(pk=broadcast.reminds_id)
    if broadcast.pk:
        asked = asked.filter(pk__lt=broadcast.pk)
    return list(asked.values_list("pk", flat=True))


def was_asked(lately: Sequence[int], contact: str) -> Exists:
    """Whether one of these requests has gone out to somebody, or still may."""
    asked = Delivery.objects.filter(contact=OuterRef(contact), broadcast__in=lately)
    return Exists(asked.exclude(state__in=states.UNHEARD))


def has_answered(request: int, contact: str) -> Q:
    """The condition on rows to be of somebody who has answered a request."""
    found = Q(pk__in=())
    for answered in _ANSWERED:
        found |= Q(**{f"{contact}__in": answered(request)})
    return found


def _told(thread: str) -> list[int]:
    story = Broadcast.objects.filter(thread=thread, purpose=Broadcast.Purpose.NOTICE)
    return list(story.values_list("pk", flat=True))
