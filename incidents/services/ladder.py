"""Silence moves on to the next: on each tick, whoever is due is called."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from incidents.models import DutyCall, Incident
from incidents.planning import ladder
from incidents.planning.ladder import Rung, Team
from incidents.services import duty_calls, owed, responders
from incidents.services.matters import Matter
from incidents.services.responders import Roster
from messaging.services import one_by_one


def climb(*, now: datetime, about: Collection[str] = DutyCall.About.values) -> int:
    """Call everybody whose turn it is, about these kinds of things; returns how many were called
    or passed over.

    Any number of these may run at once, late or doubled: each rung is climbed under its incident's
    row. What there is to look at is read in a fixed number of queries.
    """
    matters = owed.everything(now=now, about=about)
    calls, taken = duty_calls.so_far(matters), owed.taken(matters)
    return sum(
        _attempt(_climb_if_due, matter, calls[matter.key], taken.get(matter.key), now)
        for matter in matters
    )


def climb_for(*, incident: Incident, now: datetime) -> int:
    """The same about what one incident has promised; for a rehearsal also about a replay."""
    return sum(_attempt(_climb, matter, now) for matter in _promised(incident, now))


def next_call_at(*, incident: Incident, now: datetime) -> datetime | None:
    """When the next person is called about what an incident has promised, in its story."""
    rungs = [next_rung(matter=matter, now=now) for matter in _promised(incident, now)]
    return min((rung.at for rung in rungs if rung), default=None)


def _promised(incident: Incident, now: datetime) -> list[Matter]:
    ids = incident.promises.filter(settled_at=None).values_list("pk", flat=True)
    return [
        matter for pk in ids for matter in owed.of(DutyCall.About.PROMISE, now=now, object_id=pk)
    ]


def _attempt(climb: Callable[..., int], matter: Matter, *known: Any) -> int:
    act = partial(climb, matter, *known)
    return one_by_one.attempt(act, complaint="Nobody could be called about", about=matter.key)


def _climb_if_due(
    matter: Matter, calls: Sequence[DutyCall], taken: datetime | None, now: datetime
) -> int:
    # Who can be reached is asked of those whose turn it is: it moves no call.
    rung = _rung(matter, calls, taken, now)
    return _climb(matter, now) if rung and rung.at <= matter.clock(now) else 0


def next_rung(*, matter: Matter, now: datetime) -> Rung | None:
    """Who is called next if nobody reacts, when and why, or why they are passed over."""
    calls, taken = duty_calls.so_far([matter]), owed.taken([matter])
    roster = Roster.read()
    unreachable = _unreachable(matter, roster)
    return _rung(matter, calls[matter.key], taken.get(matter.key), now, roster, unreachable)


def _rung(
    matter: Matter,
    calls: Sequence[DutyCall],
    taken: datetime | None,
    now: datetime,
    roster: Roster | None = None,
    unreachable: Mapping[int, str] | None = None,
) -> Rung | None:
    roster = roster or Roster({})
    took = [one.answered_at for one in calls if one.answer == DutyCall.Answer.TOOK_OVER]
    since = max((at for at in (*took, taken, matter.given_at) if at), default=None)
    return ladder.next_rung(
        matter.owed,
        Team(
            matter.responsible.pk if matter.responsible else None,
            matter.duties(),
            matter.last,
            unreachable or {},
            is_round=not matter.also,
        ),
        duty_calls.as_planned(matter, calls),
        roster.absent if matter.is_slow else roster.away,
        now=matter.clock(now),
        since=since,
    )


def _unreachable(matter: Matter, roster: Roster) -> dict[int, str]:
    first = [matter.responsible.pk] if matter.responsible else []
    ids = {*first, *matter.duties(), matter.last}
    # Who is asked again and again has to find somebody who may.
    finds_others = matter.last if matter.owed.again else None
    reasons = {
        user.pk: responders.unreachable(
            user,
            roster=roster,
            incident=matter.incident,
            is_urgent=not matter.is_slow,
            publishes=matter.is_leads and user.pk != finds_others,
        )
        for user in User.objects.filter(pk__in=ids)
    }
    return {pk: reason for pk, reason in reasons.items() if reason}


def _climb(matter: Matter, now: datetime) -> int:
    try:
        return _climb_all(matter, now)
    except IntegrityError:
        return 0  # Another tick has just climbed this rung.


@transaction.atomic
def _climb_all(seen: Matter, now: datetime) -> int:
    """Whoever cannot be called is passed over, and the next one called in the same moment."""
    about, object_id = seen.key
    duty_calls.hold(about=about, object_id=object_id, incident_id=seen.incident_id)
    made = 0
    while True:
        matter = next(iter(owed.of(about, now=now, object_id=object_id)), None)
        rung = next_rung(matter=matter, now=now) if matter else None
        if matter is None or rung is None or rung.at > matter.clock(now):
            return made
        user = User.objects.get(pk=rung.user)
        duty_calls.make(matter=matter, rung=rung, user=user, roster=Roster.read(), now=now)
        made += 1
