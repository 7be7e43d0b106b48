"""What somebody who was called answers: to take over, to let it wait, or a decision."""

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from audiences.colleagues import called
from incidents.models import DutyCall, Handover, Promise
from incidents.services import owed, responsibility
from incidents.services.matters import Matter
from incidents.services.responsibility import CannotAnswer

About, Answer = DutyCall.About, DutyCall.Answer
# For how long a call can be put off, the shortest first; where only days count, for days.
SNOOZES = (timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
SLOW_SNOOZES = (timedelta(days=1), timedelta(days=2), timedelta(days=3))


def has_taken_over(call: DutyCall, matter: Matter) -> bool:
    """Whether whoever was called has taken over what is owed now."""
    if call.answer != Answer.TOOK_OVER or matter.responsible != call.user:
        return False
    return matter.is_of(call) or call.answered_at >= matter.thing.made_at


@transaction.atomic
def take_over(*, call: DutyCall, by: User, through: str, now: datetime) -> DutyCall:
    """Answer for it from now on; once more by the same person it has no effect.

    :raises CannotAnswer: there is nothing to take over any more.
    """
    call, matter = _open(call, now)
    if has_taken_over(call, matter):
        return call
    responsibility.give(matter=matter, to=by, because=Handover.Because.TOOK_OVER, by=by, now=now)
    return _note(call, Answer.TOOK_OVER, through, at=matter.clock(now))


@transaction.atomic
def snooze(
    *, call: DutyCall, by: User, duration: timedelta, reason: str, through: str, now: datetime
) -> DutyCall:
    """Let the next call come later, and to the same person. What the plan says in the team's place
    when something is due cannot be put off: a promise is snoozed until it is due at most.

    :raises CannotAnswer: it is settled, due, or another person answers for it.
    """
    call, matter = _open(call, now)
    reason, at = reason.strip(), matter.clock(now)
    _check_snooze(call, matter, by, reason)
    if call.answer == Answer.SNOOZED:
        return call
    until = at + duration
    if matter.about == About.PROMISE:
        until = min(until, _due_first(matter))
    if until <= at:
        raise CannotAnswer(_("It is due: it cannot be snoozed any more. Publish an update now."))
    if _latest(call).pk != call.pk:
        raise CannotAnswer(_("Somebody was called after this. Use the link in the newest message."))
    call.snoozed_until, call.reason = until, reason[:500]
    return _note(call, Answer.SNOOZED, through, at=at)


def _due_first(matter: Matter) -> datetime:
    """A call about one word is one about all that the incident owes by then."""
    owed_now = Promise.objects.filter(incident=matter.incident, settled_at=None)
    return min(owed_now.values_list("due_at", flat=True))


def _check_snooze(call: DutyCall, matter: Matter, by: User, reason: str) -> None:
    """:raises CannotAnswer: it is not theirs, or not for this reason."""
    if not reason:
        raise CannotAnswer(_("Say why it has to wait."))
    if matter.responsible and matter.responsible != by:
        name = called(matter.responsible)
        raise CannotAnswer(_("%(name)s answers for it now. Take it over first.") % {"name": name})
    if not matter.is_of(call):
        raise CannotAnswer(
            _("The plan has spoken in your place. The next word can be taken over, not snoozed.")
        )
    if call.answer == Answer.SNOOZED and call.reason != reason[:500]:
        raise CannotAnswer(_("It waits already, for the reason given before."))


@transaction.atomic
def note_decision(*, call: DutyCall, through: str, now: datetime) -> DutyCall:
    """What the call was about was decided by whoever was called."""
    at = call.incident.story_time(now) if call.incident else now
    return _note(call, Answer.DECIDED, through, at=at)


def shortest(call: DutyCall) -> timedelta:
    """For how long a call is put off where nothing else is said."""
    return (SLOW_SNOOZES if call.about in owed.IN_DAYS else SNOOZES)[0]


def _latest(call: DutyCall) -> DutyCall:
    same = DutyCall.objects.filter(about=call.about, object_id=call.object_id)
    return same.latest("rung")


def _open(call: DutyCall, now: datetime) -> tuple[DutyCall, Matter]:
    responsibility.hold(about=call.about, object_id=call.object_id, incident_id=call.incident_id)
    call = DutyCall.objects.select_related("incident", "user").get(pk=call.pk)
    matter = owed.find(call=call, now=now)
    if matter is None:
        raise CannotAnswer(_("There is nothing to do any more: it is done, or it is over."))
    return call, matter


def _note(call: DutyCall, answer: DutyCall.Answer, through: str, *, at: datetime) -> DutyCall:
    call.answer, call.through, call.answered_at = answer, through, at
    call.save(update_fields=["answer", "through", "answered_at", "snoozed_until", "reason"])
    return call
