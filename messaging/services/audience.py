"""Who hears a broadcast on a channel: the one question that the freeze and the forecast ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)

from audiences.models import (
    Channel,
    Contact,
    Detail,
    Segment,
    Severity,
    Suppression,
    address_field,
)
from messaging.models import Broadcast
from messaging.services.asking import Asking
from messaging.services.wishes import Wishes

# Several people may share a phone; an e-mail address is one person's (contact_email_once).
SHARED = {Channel.SMS}
_NOBODY = Q(pk__in=())


@dataclass(frozen=True)
class Whom:
    """Whom a message is for, as far as that is known before anybody is looked at."""

    segments: Iterable[Segment] = ()
    purpose: str = Broadcast.Purpose.NOTICE
    severity: int = Severity.CRITICAL
    # Of a feedback request; where one must have heard the story, whatever segments are named.
    asking: Asking | None = None

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        asks = broadcast.purpose == Broadcast.Purpose.FEEDBACK
        return cls(
            segments=broadcast.segments.all(),
            purpose=broadcast.purpose,
            severity=broadcast.severity,
            asking=Asking.of(broadcast) if asks else None,
        )


@dataclass(frozen=True)
class Audience:
    """The segments that are told, most detailed first; or what is to be asked of whom; and what
    people wish.

    Each question can be narrowed to the contacts of some `ids`: the database then reads what
    concerns them alone, which is how a million are looked at in pieces.
    """

    wishes: Wishes
    segments: Sequence[Segment] = ()
    asking: Asking | None = None

    @classmethod
    def of(cls, broadcast: Broadcast, *, now: datetime) -> Self:
        return cls.meant(Whom.of(broadcast), now=now)

    @classmethod
    def meant(cls, whom: Whom, *, now: datetime) -> Self:
        wishes = Wishes.about(purpose=whom.purpose, severity=whom.severity, now=now)
        if whom.asking is not None and whom.asking.heard is not None:
            return cls(wishes, asking=whom.asking)
        order = sorted(whom.segments, key=lambda one: (one.detail == Detail.PUBLIC, one.pk))
        return cls(wishes, order, whom.asking)

    def people(self, channel: str, ids: range | None = None) -> QuerySet[Contact]:
        """Everyone who can be written to and wants it, see `named()`.

        Of those who share an address only the first is written to, see `is_repeated()`.
        """
        named = self.named(channel, ids).exclude(**{address_field(channel): ""})
        return self._willing(named.exclude(is_suppressed(channel)), channel)

    def named(self, channel: str, ids: range | None = None) -> QuerySet[Contact]:
        """Everyone who is meant, with `told_address`, `told_through` (the segment they hear it
        through) and `told_detail`."""
        people = Contact.objects.filter(self.is_named(channel, ids))
        if ids is not None:
            people = people.filter(pk__gte=ids.start, pk__lt=ids.stop)
        return people.annotate(
            told_address=F(address_field(channel)),
            told_through=self._through(channel, ids),
            told_detail=self._detail(channel, ids),
        )

    def is_named(self, channel: str, ids: range | None = None) -> Q:
        """The condition on contacts to be meant, whether or not they can be written to."""
        if self.asking is None or self.asking.heard is None:
            return _any_names(self.segments, channel, ids)
        return self.asking.heard_it(channel, ids)

    def has_left(self, channel: str, ids: range | None = None) -> Q:
        """The condition on contacts to have unsubscribed, and to be meant no longer by that."""
        left = (Q(segment.has_lost(channel, ids)) for segment in self.segments)
        return reduce(or_, left, _NOBODY) & ~self.is_named(channel, ids)

    def is_repeated(self, channel: str) -> Q:
        """The condition on contacts to share their address with somebody who is told before."""
        if channel not in SHARED:
            return _NOBODY
        before = _sharers(channel).filter(self.is_named(channel), pk__lt=OuterRef("pk"))
        return Q(Exists(self._willing(before, channel)))

    def _willing(self, people: QuerySet[Contact], channel: str) -> QuerySet[Contact]:
        for objection in self.objections(channel).values():
            people = people.exclude(objection)
        return self.wishes.leave(people, channel)

    def objections(self, channel: str) -> Mapping[str, Q]:
        """The conditions on contacts not to be asked for feedback, each by its name."""
        if self.asking is None:
            return {}
        found = dict(self.asking.objections())
        for other in self.asking.before(channel):
            there = Exists(self.people(other).filter(pk=OuterRef("pk")))
            found["asked_elsewhere"] = found.get("asked_elsewhere", _NOBODY) | Q(there)
        return found

    def _through(self, channel: str, ids: range | None) -> Case | Value:
        if not self.segments:
            return Value(None, output_field=BigIntegerField())
        *firsts, last = self.segments
        cases = [When(segment.names(channel, ids), then=Value(segment.pk)) for segment in firsts]
        return Case(*cases, default=Value(last.pk), output_field=BigIntegerField())

    def _detail(self, channel: str, ids: range | None) -> Case | Value:
        """The most they are entitled to; on a shared address, what everybody there may read."""
        insiders = [one for one in self.segments if one.detail == Detail.TECHNICAL]
        public = Value(str(Detail.PUBLIC), output_field=CharField())
        if not insiders:
            return public
        entitled = _any_names(insiders, channel, ids)
        if channel in SHARED:
            outsiders = _sharers(channel).exclude(_any_names(insiders, channel))
            entitled &= ~Q(Exists(outsiders))
        technical = Value(str(Detail.TECHNICAL), output_field=CharField())
        return Case(When(entitled, then=technical), default=public)


def is_suppressed(channel: str) -> Exists:
    """The condition on contacts to have an address that must not be written to."""
    return Exists(
        Suppression.objects.active().filter(
            channel=channel, address=OuterRef(address_field(channel))
        )
    )


def _any_names(segments: Sequence[Segment], channel: str, ids: range | None = None) -> Q:
    return reduce(or_, (segment.names(channel, ids) for segment in segments), _NOBODY)


def _sharers(channel: str) -> QuerySet[Contact]:
    """Everybody else with the same address."""
    address = address_field(channel)
    # Said also of themselves, so that the index on those who have one can be used.
    there = Contact.objects.exclude(**{address: ""}).filter(**{address: OuterRef(address)})
    return there.exclude(pk=OuterRef("pk"))
