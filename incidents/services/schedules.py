"""The times of a maintenance: moved before it begins, extended after, rolled back or called off."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from incidents.models import Incident, ScheduleChange, Status, Update
from incidents.models.plans import Kind
from incidents.services import proposals, timeline, updates
from incidents.services.updates import UpdateDraft
from messaging.services import wake

Change = ScheduleChange.Kind
_RUNNING = (Status.IN_PROGRESS, Status.VERIFYING)


class CannotReschedule(ValueError):
    """It was refused and nothing was changed; the message says what to do instead."""


class NotAnnounced(CannotReschedule):
    pass


class HasBegun(CannotReschedule):
    pass


class NotBegun(CannotReschedule):
    pass


class IsOver(CannotReschedule):
    pass


class WrongTimes(CannotReschedule):
    pass


class RolledBackBefore(CannotReschedule):
    pass


@transaction.atomic
def move(
    *,
    incident: Incident,
    new_for: datetime,
    new_until: datetime,
    reason: Mapping[str, str],
    by: User | None,
    now: datetime,
) -> ScheduleChange:
    """Give an announced maintenance other times before it begins; its reminders move with it.

    The plan's step for “moved” tells the old and the new times with the next tick.

    :raises CannotReschedule: one of its subclasses says why.
    """
    incident = _locked(incident)
    times = (new_for, new_until)
    check(kind=Change.MOVED, incident=incident, times=times, now=now)
    return _change(incident, Change.MOVED, times, reason, by, now)


@transaction.atomic
def extend(
    *,
    incident: Incident,
    new_until: datetime,
    reason: Mapping[str, str],
    by: User | None,
    now: datetime,
) -> ScheduleChange:
    """Give a maintenance that runs a later end, before or after the planned one.

    The plan's step for “extended” tells both with the next tick.

    :raises CannotReschedule: one of its subclasses says why.
    """
    incident = _locked(incident)
    times = (incident.scheduled_for or incident.started_at, new_until)
    check(kind=Change.EXTENDED, incident=incident, times=times, now=now)
    return _change(incident, Change.EXTENDED, times, reason, by, now)


@transaction.atomic
def roll_back(*, incident: Incident, draft: UpdateDraft, by: User | None, now: datetime) -> Update:
    """Say that the work was undone; the plan's step for “rolled back” tells these words.

    It runs on until a person completes it.

    :raises CannotReschedule, CannotPublish: one of their subclasses says why.
    """
    note_rollback(incident=incident, now=now)
    return updates.publish(incident=incident, draft=draft, by=by, now=now)


@transaction.atomic
def note_rollback(*, incident: Incident, now: datetime) -> None:
    """Note that the work was undone at a moment; what is published at it, tells so.

    :raises CannotReschedule: one of its subclasses says why.
    """
    incident = _locked(incident)
    check_rollback(incident=incident)
    incident.rolled_back_at = incident.story_time(now)
    incident.save(update_fields=["rolled_back_at"])


@transaction.atomic
def cancel(
    *, incident: Incident, reason: Mapping[str, str], by: User | None, now: datetime
) -> Update:
    """Call an announced maintenance off before it begins; the reason is what customers read.

    :raises CannotReschedule, CannotPublish: one of their subclasses says why.
    """
    incident = _locked(incident)
    check_cancel(incident=incident)
    draft = UpdateDraft(status=Status.CANCELLED, public_text=reason)
    return updates.publish(incident=incident, draft=draft, by=by, now=now)


def check(
    *,
    kind: ScheduleChange.Kind,
    incident: Incident,
    times: tuple[datetime, datetime],
    now: datetime,
) -> None:
    """:raises CannotReschedule: one of its subclasses says why it cannot get these times."""
    check_is(kind, incident=incident)
    if kind == Change.MOVED:
        _check_move(incident, times, incident.story_time(now))
    else:
        _check_extension(incident, times[1], incident.story_time(now))


def check_is(kind: ScheduleChange.Kind, *, incident: Incident) -> None:
    """:raises CannotReschedule: it can be moved or extended to no time at all."""
    _check_announced(incident)
    is_running = incident.status in _RUNNING
    if kind == Change.MOVED and is_running:
        raise HasBegun(_("The maintenance has begun: extend it, or roll it back."))
    if kind == Change.EXTENDED and not is_running:
        raise NotBegun(_("The maintenance has not begun: move it, its start may stay."))


def _check_move(incident: Incident, times: tuple[datetime, datetime], story: datetime) -> None:
    new_for, new_until = times
    if new_until <= new_for:
        raise WrongTimes(_("The maintenance must end after it starts: choose a later end."))
    if new_for <= story:
        raise WrongTimes(_("The new start has passed. To begin at once, start it now."))
    _check_reach(new_until, story)
    if times == (incident.scheduled_for, incident.scheduled_until):
        raise WrongTimes(_("These are the times it has already: choose others."))


def _check_extension(incident: Incident, new_until: datetime, story: datetime) -> None:
    if new_until <= story:
        raise WrongTimes(_("The new end has passed. If the work is done, complete it."))
    _check_reach(new_until, story)
    if incident.scheduled_until and new_until <= incident.scheduled_until:
        raise WrongTimes(
            _("It is planned to last that long already. If it ends sooner, complete it then.")
        )


def _check_reach(new_until: datetime, story: datetime) -> None:
    years = 10
    if new_until.year > story.year + years:
        words = _("This is more than %(years)d years ahead: check the date.")
        raise WrongTimes(words % {"years": years})


def check_rollback(*, incident: Incident) -> None:
    """:raises CannotReschedule: one of its subclasses says why it cannot be rolled back."""
    _check_announced(incident)
    if incident.status not in _RUNNING:
        raise NotBegun(_("The maintenance has not begun: cancel it, or move it."))
    if incident.rolled_back_at:
        raise RolledBackBefore(_("It was rolled back before: publish an update, or complete it."))


def check_cancel(*, incident: Incident) -> None:
    """:raises CannotReschedule: one of its subclasses says why it cannot be called off."""
    _check_announced(incident)
    if incident.status in _RUNNING:
        raise HasBegun(_("The work has begun: roll it back or complete it, and say so."))


def _locked(incident: Incident) -> Incident:
    return Incident.objects.select_for_update().get(pk=incident.pk)


def _check_announced(incident: Incident) -> None:
    if incident.kind != Kind.MAINTENANCE:
        raise NotAnnounced(_("Only a maintenance has times. Say what is new in an update."))
    if incident.is_draft:
        raise NotAnnounced(_("It is a draft, and nobody was told: change it in its form."))
    if incident.is_over:
        raise IsOver(_("The maintenance is over. Plan a new one."))


def _change(
    incident: Incident,
    kind: ScheduleChange.Kind,
    times: tuple[datetime, datetime],
    reason: Mapping[str, str],
    by: User | None,
    now: datetime,
) -> ScheduleChange:
    change = proposal(incident=incident, kind=kind, times=times, reason=reason, now=now)
    change.changed_by = by
    change.save()
    incident.scheduled_for, incident.scheduled_until = times
    incident.save(update_fields=["scheduled_for", "scheduled_until"])
    if kind == Change.MOVED:  # what waits would begin it at the time that it no longer has
        moved, at = _("The maintenance was moved."), change.changed_at
        beginning = incident.updates.proposed().filter(status=Status.IN_PROGRESS)
        proposals.drop_all(updates=beginning, because=moved, at=at)
    timeline.replan(incident=incident, now=change.changed_at)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))
    return change


def proposal(
    *,
    incident: Incident,
    kind: ScheduleChange.Kind,
    times: tuple[datetime, datetime],
    reason: Mapping[str, str],
    now: datetime,
) -> ScheduleChange:
    """A change of the schedule that is not stored yet."""
    old_for = incident.scheduled_for or incident.started_at
    return ScheduleChange(
        incident=incident,
        kind=kind,
        old_for=old_for,
        old_until=incident.scheduled_until or old_for,
        new_for=times[0],
        new_until=times[1],
        reason=dict(reason),
        changed_at=incident.story_time(now),
    )
