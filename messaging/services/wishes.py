"""What people asked for, as conditions: from which severity on, not during a pause, not at night.

A pause holds for everything, the critical included: whoever wants to be disturbed by the worst
alone says so with a threshold. Quiet hours hold back what makes a noise; an e-mail waits silently.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Self

from django.db.models import Case, DateTimeField, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.db.models.lookups import Exact
from django.utils import timezone

from audiences.models import LOUD, Contact, Severity, locales
from audiences.quiet import QuietHours
from messaging.models import Broadcast

# Of sleepers(), what makes QuietHours.
QUIET = ("zone_heard", "quiet_from", "quiet_until")
# So many different quiet hours are told apart in one statement; where people of a window have more,
# the window is cut.
DIFFERENT = 100

# When each quiet hours end.
Ends = Mapping[QuietHours, datetime]
_NOBODY = Q(pk__in=())


@dataclass(frozen=True)
class Wishes:
    """What people's wishes mean for one message at one moment."""

    severity: int
    now: datetime
    # A question whether somebody wants to hear from us comes before all wishes, and so does duty.
    are_heard: bool = True
    # Whether it comes at night to who allowed that.
    is_waking: bool = False

    @classmethod
    def about(cls, *, purpose: str, severity: int, now: datetime) -> Self:
        is_notice = purpose in (Broadcast.Purpose.NOTICE, Broadcast.Purpose.CORRECTION)
        return cls(
            severity=severity,
            now=now,
            are_heard=purpose not in Broadcast.PERSONAL,
            is_waking=is_notice and severity >= Severity.CRITICAL,
        )

    def is_too_small(self, channel: str) -> Q:
        """The condition on contacts to use a channel for worse things only."""
        return Q(**{f"{channel}_from__gt": self.severity}) if self.are_heard else _NOBODY

    def is_paused(self) -> Q:
        """The condition on contacts to want to hear nothing at the moment."""
        return Q(paused_until__gt=self.now) if self.are_heard else _NOBODY

    def leave(self, people: QuerySet[Contact], channel: str) -> QuerySet[Contact]:
        """Those who want to hear it on this channel."""
        if not self.are_heard:
            return people
        not_paused = Q(paused_until=None) | Q(paused_until__lte=self.now)
        return people.filter(not_paused, **{f"{channel}_from__lte": self.severity})

    def window(self, ids: range, channel: str) -> tuple[range, Ends]:
        """The quiet hours of some contacts that hold now, each with its end.

        Of the contacts as many, from the first on, as one statement can tell apart.
        """
        if channel not in LOUD or not self.are_heard:
            return ids, {}
        there = self.sleepers().filter(pk__gte=ids.start, pk__lt=ids.stop)
        kinds = there.values_list(*QUIET).annotate(first=Min("pk"))
        found = list(kinds.order_by("first")[: DIFFERENT + 1])
        if len(found) > DIFFERENT:
            ids = range(ids.start, found.pop()[-1])
        known = [QuietHours(*kind) for *kind, _first in found]
        return ids, {one: end for one in known if (end := one.ends_at(self.now))}

    def is_held(self, quiet: Collection[QuietHours]) -> Q:
        """The condition on contacts to be left in peace for now, having these quiet hours."""
        if not quiet:
            return _NOBODY
        held = reduce(or_, (_has(one) for one in quiet))
        return held & Q(is_woken_by_critical=False) if self.is_waking else held

    def due(self, ends: Ends) -> Case | Now:
        """When each contact's message may go out: now, or when it is no longer quiet."""
        if not ends:
            return Now()
        # Most people have none: they are not compared with all that there are.
        is_awake = Q(quiet_from=None)
        if self.is_waking:
            is_awake |= Q(is_woken_by_critical=True)
        cases = [When(_has(one), then=Value(end)) for one, end in ends.items()]
        return Case(When(is_awake, then=Now()), *cases, default=Now(), output_field=DateTimeField())

    def sleepers(self) -> QuerySet[Contact]:
        """Those who have quiet hours in which this must not disturb them, by their `zone_heard`."""
        sleepers = Contact.objects.filter(quiet_from__isnull=False).exclude(
            quiet_from=F("quiet_until")
        )
        sleepers = sleepers.annotate(zone_heard=locales.heard("time_zone"))
        return sleepers.filter(is_woken_by_critical=False) if self.is_waking else sleepers


def asleep(*, broadcast: Broadcast, channel: str, people: Collection[int]) -> dict[int, datetime]:
    """Those of some contacts whom a message would disturb now, and when it no longer would.

    By the database's clock, like all that is due: by another it could be due and early for ever.
    """
    now = timezone.now()
    wishes = Wishes.about(purpose=broadcast.purpose, severity=broadcast.severity, now=now)
    if channel not in LOUD or not wishes.are_heard:
        return {}
    rows = wishes.sleepers().filter(pk__in=people)
    found = rows.values_list("pk", Now(), *QUIET)
    return {pk: end for pk, at, *kind in found if (end := QuietHours(*kind).ends_at(at))}


def _has(quiet: QuietHours) -> Q:
    at_that_time = Q(quiet_from=quiet.since, quiet_until=quiet.until)
    return at_that_time & Q(Exact(locales.heard("time_zone"), quiet.time_zone))
