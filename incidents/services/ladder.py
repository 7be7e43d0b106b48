"""Silence moves on to the next: on each tick, whoever is due is called."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from incidents.models import DutyCall, Incident
from incidents.planning import ladder
from incidents.planning.ladder import Rung
from incidents.services import duty_calls, owed, reach, responsibility, unreached
from incidents.services.matters import Matter
from incidents.services.reach import Reach
from messaging.services import one_by_one


def climb(*, now: datetime, about: Collection[str] = DutyCall.About.values) -> int:
    """Call everybody whose turn it is, about these kinds of things; returns how many were called
    or passed over.

    Any number of these may run at once, late or doubled: each rung is climbed under its incident's
    row. What there is to look at is read in a fixed number of queries.
    """
    matters = owed.everything(now=now, about=about)
    calls, taken = duty_calls.so_far(matters), owed.taken(matters)
    # Who can be reached moves no call, but where everybody was passed over.
    is_asked = any(calls[one.key] and calls[one.key][-1].problem for one in matters)
    known = Reach.read(matters) if is_asked else None
    return sum(
        _attempt(_climb_if_due, matter, calls[matter.key], taken.get(matter.key), known, now)
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
    matter: Matter,
    calls: Sequence[DutyCall],
    taken: datetime | None,
    known: Reach | None,
    now: datetime,
) -> int:
    rung = _rung(matter, calls, taken, now, known)
    return _climb(matter, now) if rung and rung.at <= matter.clock(now) else 0


def next_rung(*, matter: Matter, now: datetime, known: Reach | None = None) -> Rung | None:
    """Who is called next if nobody reacts, when and why, or why they are passed over."""
    calls, taken = duty_calls.so_far([matter]), owed.taken([matter])
    known = known or Reach.read([matter])
    return _rung(matter, calls[matter.key], taken.get(matter.key), now, known)


def _rung(
    matter: Matter,
    calls: Sequence[DutyCall],
    taken: datetime | None,
    now: datetime,
    known: Reach | None,
) -> Rung | None:
    took = [one.answered_at for one in calls if one.answer == DutyCall.Answer.TOOK_OVER]
    since = max((at for at in (*took, taken, matter.given_at) if at), default=None)
    return ladder.next_rung(
        matter.owed,
        known.team(matter) if known else reach.team(matter, {}),
        duty_calls.as_planned(matter, calls),
        known.away(matter) if known else _there,
        now=matter.clock(now),
        since=since,
    )


def _there(_user: int, _at: datetime) -> str:
    return ""


def _climb(matter: Matter, now: datetime) -> int:
    try:
        made = _climb_all(matter, now)
    except IntegrityError:
        return 0  # Another tick has just climbed this rung.
    if made:
        unreached.log(matter=matter, made=made)
    return made


@transaction.atomic
def _climb_all(seen: Matter, now: datetime) -> int:
    """Whoever cannot be called is passed over, and the next one called in the same moment."""
    about, object_id = seen.key
    responsibility.hold(about=about, object_id=object_id, incident_id=seen.incident_id)
    known: Reach | None = None
    made = 0
    while True:
        matter = next(iter(owed.of(about, now=now, object_id=object_id)), None)
        if matter is None:
            return made
        known = known or Reach.read([matter])
        rung = next_rung(matter=matter, now=now, known=known)
        if rung is None or rung.at > matter.clock(now):
            return made
        user = known.users[rung.user]
        duty_calls.make(matter=matter, rung=rung, user=user, roster=known.roster, now=now)
        made += 1
