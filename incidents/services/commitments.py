"""What we promised our customers besides the next update: made, told, delivered."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from incidents.models import Commitment, CommitmentMove, Incident
from incidents.services import timeline
from messaging.services import wake


class NotPossible(ValueError):
    """Nothing was changed; the message says what to do first."""


class NotOpen(NotPossible):
    pass


class WordsMissing(NotPossible):
    pass


class AlreadyDelivered(NotPossible):
    pass


class SameDate(NotPossible):
    pass


class HasPassed(NotPossible):
    pass


@transaction.atomic
def make(
    *, incident: Incident, text: Mapping[str, str], owner: User, due_on: date, now: datetime
) -> Commitment:
    """Promise something to the customers of an incident; they do not read of it yet.

    :raises NotOpen: the incident is a draft, of which customers know nothing.
    :raises WordsMissing: it does not say what is promised.
    :raises HasPassed: it would be overdue from the beginning.
    """
    if incident.is_draft:
        raise NotOpen(_("Open the incident first: customers know nothing of it yet."))
    if not _says_something(text):
        raise WordsMissing(_("Say in at least one language what we promise."))
    check_day(incident=incident, due_on=due_on, now=now)
    return Commitment.objects.create(incident=incident, text=dict(text), owner=owner, due_on=due_on)


@transaction.atomic
def tell(*, commitment: Commitment, now: datetime) -> Commitment:
    """Let customers read on the incident page what we promised; telling twice changes nothing."""
    incident, commitment = _claim(commitment)
    if commitment.told_at is None:
        commitment.told_at = incident.story_time(now)
        commitment.save(update_fields=["told_at"])
    return commitment


@transaction.atomic
def move(*, commitment: Commitment, due_on: date, reason: str, by: User, now: datetime) -> None:
    """Give it another date; the old one is remembered with the reason.

    :raises AlreadyDelivered: it has no date any more.
    :raises WordsMissing: no reason is given.
    :raises SameDate: it is due on that day already.
    :raises HasPassed: it would be overdue at once.
    """
    incident, commitment = _claim(commitment)
    _check_owed(commitment)
    if not reason.strip():
        raise WordsMissing(_("Say why the date moves."))
    if due_on == commitment.due_on:
        raise SameDate(_("It is due on this day already: choose another one."))
    check_day(incident=incident, due_on=due_on, now=now)
    CommitmentMove.objects.create(
        commitment=commitment,
        old_on=commitment.due_on,
        new_on=due_on,
        reason=reason.strip()[:500],
        moved_at=incident.story_time(now),
        moved_by=by,
    )
    commitment.due_on = due_on
    commitment.save(update_fields=["due_on"])


def check_day(*, incident: Incident, due_on: date, now: datetime) -> None:
    """:raises HasPassed: on this day of the story it is too late to promise anything."""
    if due_on < timezone.localdate(incident.story_time(now)):
        raise HasPassed(_("This day has passed: choose today or a later one."))


@transaction.atomic
def deliver(
    *, commitment: Commitment, outcome: Mapping[str, str], by: User | None, now: datetime
) -> Commitment:
    """Say that we kept it, and what customers got; the plan's steps tell them with the next tick.

    :raises AlreadyDelivered: it was; nobody is told twice.
    :raises WordsMissing: it does not say what was delivered.
    """
    incident, commitment = _claim(commitment)
    _check_owed(commitment)
    if not _says_something(outcome):
        raise WordsMissing(_("Say in at least one language what customers got."))
    story = incident.story_time(now)
    commitment.outcome, commitment.delivered_by = dict(outcome), by
    commitment.delivered_at, commitment.told_at = story, commitment.told_at or story
    commitment.save(update_fields=["outcome", "delivered_by", "delivered_at", "told_at"])
    timeline.replan(incident=incident, now=story)
    transaction.on_commit(partial(wake.publish, "incidents.tasks.tick"))
    return commitment


def _claim(commitment: Commitment) -> tuple[Incident, Commitment]:
    incident = Incident.objects.select_for_update().get(pk=commitment.incident_id)
    return incident, Commitment.objects.get(pk=commitment.pk)


def _check_owed(commitment: Commitment) -> None:
    if commitment.delivered_at:
        raise AlreadyDelivered(_("It was delivered already, and customers were told."))


def _says_something(texts: Mapping[str, str]) -> bool:
    return any(text.strip() for text in texts.values())
