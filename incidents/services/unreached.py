"""What is due while nobody can be called about it: everybody who answers for it was passed over.

Customers are about to wait in vain, and none of our people knows: whoever watches the machine has
to. It is over as soon as somebody can be called, has taken the lead by hand, or it is settled.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from incidents.models import DutyCall, Handover, Incident, Promise, TimelineEntry, Update
from incidents.models.status import FINAL
from incidents.services import duty_calls, owed
from incidents.services.matters import Matter, with_plan
from incidents.services.reach import Reach

logger = logging.getLogger(__name__)
Mode = Incident.Mode
_NOT_BY_HAND = (Handover.Because.OPENED, Handover.Because.CALLED)


@dataclass(frozen=True)
class Unreached:
    """What an incident owes first, a word to customers before all else, and why nobody of those who
    answer for it can be called."""

    matter: Matter
    problems: Mapping[User, str]


def everywhere(*, now: datetime) -> list[Unreached]:
    """The real incidents of which that is so, the most urgent on top; a fixed number of queries."""
    if not _was_missed(Incident.objects.filter(mode=Mode.REAL)):
        return []
    real = [one for one in _due(now) if one.incident and one.incident.mode == Mode.REAL]
    return _found(real, now)


def of(*, incident: Incident, now: datetime) -> Unreached | None:
    """The same of one incident, a drill included."""
    if not _was_missed(Incident.objects.filter(pk=incident.pk)):
        return None
    own = [one for one in _due(now) if one.incident_id == incident.pk]
    return next(iter(_found(own, now)), None)


def log(*, matter: Matter, made: int) -> None:
    """Say it once, right after a ladder was gone through in vain by so many calls."""
    if matter.incident is None or matter.incident.mode != Mode.REAL or matter.is_slow:
        return
    calls = _since_somebody_led([matter])[matter.key]
    if len(calls) == made and all(call.problem for call in calls):
        logger.error(
            "Nobody can be called about %s %s of incident %s: everybody was passed over",
            *(*matter.key, matter.incident_id),
        )


def _found(matters: Sequence[Matter], now: datetime) -> list[Unreached]:
    calls = _since_somebody_led(matters)
    in_vain = [
        one for one in matters if calls[one.key] and all(call.problem for call in calls[one.key])
    ]
    if not in_vain:
        return []
    known = Reach.read(in_vain)
    first: dict[int | None, Unreached] = {}
    for matter in sorted(in_vain, key=lambda one: (not one.is_leads, one.owed.due_at)):
        problems = known.problems(matter, now)
        if all(problems.values()):
            first.setdefault(matter.incident_id, Unreached(matter, problems))
    return list(first.values())


def _was_missed(incidents: QuerySet[Incident]) -> bool:
    """Whether somebody was passed over in one of which something may be owed; one query, for
    mostly nobody was."""
    entries = TimelineEntry.objects.filter(incident=OuterRef("pk"))
    updates = Update.objects.filter(incident=OuterRef("pk"), state=Update.State.PROPOSED)
    waiting = Exists(entries.filter(state=TimelineEntry.State.WAITING)) | Exists(updates)
    may_owe = incidents.filter(~Q(status__in=FINAL) | waiting)
    return DutyCall.objects.exclude(problem="").filter(incident__in=may_owe).exists()


def _due(now: datetime) -> list[Matter]:
    """What people are called about in minutes; also a promise that the plan has kept in the team's
    place, while what it then promised is owed: nobody has come to it since."""
    owed_now = Promise.objects.filter(settled_at=None).exclude(incident__mode=Mode.REPLAY)
    kept = Promise.objects.filter(
        settled_by__in=owed_now.values("update"),
        settled_by__origin=Update.Origin.PLAN,
        incident__plan__isnull=False,
    )
    said = [owed.of_promise(one) for one in with_plan(kept).order_by("due_at", "pk")]
    return [*owed.everything(now=now, about=owed.IN_MINUTES), *said]


def _since_somebody_led(
    matters: Sequence[Matter],
) -> Mapping[tuple[str, int], list[DutyCall]]:
    """The calls about each since somebody has answered for its incident; two queries."""
    by_hand = Handover.objects.exclude(because__in=_NOT_BY_HAND)
    led = by_hand.filter(incident__in={one.incident_id for one in matters})
    since = dict(led.values_list("incident").annotate(Max("since_at")))
    calls = duty_calls.so_far(matters)
    return {
        one.key: [
            call
            for call in calls[one.key]
            if one.incident_id not in since or call.called_at > since[one.incident_id]
        ]
        for one in matters
    }
