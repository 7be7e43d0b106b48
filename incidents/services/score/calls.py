"""Whether those who were called reacted before the next person was."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from incidents.models import Approval, DutyCall, Incident, TimelineEntry, Update

About = DutyCall.About
# Where minutes count: what is due in days is asked for every day.
_URGENT = (About.PROMISE, About.ENTRY, About.APPROVAL)


def answered(
    incident: Incident, entries: Sequence[TimelineEntry], clock: datetime
) -> Iterator[bool]:
    """Of everybody who was asked for something, and whose time is up: they answered, or it was
    done. What the plan said in their place is no reaction."""
    if incident.plan is None:
        return
    done = _done_by_people(incident, entries)
    for call in incident.duty_calls.all():
        if call.problem or call.is_information or call.about not in _URGENT:
            continue
        until = call.called_at + incident.plan.next_person_after + incident.grace
        reactions = (call.answered_at, done.get((call.about, call.object_id)))
        if any(at and at <= min(until, clock) for at in reactions):
            yield True
        elif until < clock:
            yield False


def _done_by_people(
    incident: Incident, entries: Sequence[TimelineEntry]
) -> Mapping[tuple[str, int], datetime | None]:
    """When a person did what others were called about."""
    done: dict[tuple[str, int], datetime | None] = {
        (About.PROMISE, promise.pk): promise.settled_at
        for promise in incident.promises.all()
        # Its head's, where the incident was told within another one.
        if promise.settled_by and promise.settled_by.origin == Update.Origin.PERSON
    }
    done |= {(About.ENTRY, entry.pk): entry.released_at for entry in entries if entry.decided_by_id}
    done |= {
        (About.APPROVAL, approval.pk): approval.decided_at
        for approval in approvals_of(incident, entries)
        if approval.decided_by_id
    }
    return done


def approvals_of(incident: Incident, entries: Sequence[TimelineEntry]) -> Iterator[Approval]:
    for thing in (*incident.updates.all(), *entries):
        yield from thing.approvals.all()
