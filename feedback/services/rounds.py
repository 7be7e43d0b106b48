"""Asking segments a survey because somebody wants to know: at once, or at a later time."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet

from audiences.models import Segment
from feedback.models import Survey, SurveyRound
from feedback.services import orders, reminders, surveys
from feedback.services.orders import Order
from messaging.models import Broadcast
from messaging.services import broadcasts, one_by_one
from messaging.services.placeholders import CannotSay

State = SurveyRound.State


class AlreadyGoingOn(Exception):
    """Some of these segments are asked the same already; nothing was planned. See `rounds`."""

    def __init__(self, rounds: Sequence[SurveyRound]) -> None:
        super().__init__(", ".join(map(str, rounds)))
        self.rounds = rounds


class IsOver(Exception):
    """The round asks nobody any more; nothing was changed."""


@transaction.atomic
def start(*, order: Order, by: User, now: datetime) -> SurveyRound:
    """Ask at once, or once it is time.

    :raises AlreadyGoingOn: a round of the survey asks one of the segments, or will.
    :raises CannotSay: the survey is not in force, or its words cannot be made.
    """
    # Held: of two who ask the same in the same moment the second is told so.
    Survey.objects.select_for_update().get(pk=order.survey.pk)
    if others := list(in_the_way(survey=order.survey, segments=order.segments, now=now)):
        raise AlreadyGoingOn(others)
    orders.contents(order=order)
    made = SurveyRound.objects.create(
        survey=order.survey,
        channels=list(order.channels),
        template=order.template,
        asks_at=order.asks_at,
        reminder=order.reminder,
        reminds_at=order.reminds_at if order.reminder else None,
        created_by=by,
        created_at=now,
    )
    made.segments.set(order.segments)
    if made.asks_at <= now:
        _ask(made, now)
    return made


def in_the_way(
    *, survey: Survey, segments: Collection[Segment], now: datetime
) -> QuerySet[SurveyRound]:
    """Rounds that ask some of these segments the same, or will."""
    return going_on(survey=survey, now=now).filter(segments__in=segments).distinct()


def going_on(*, survey: Survey, now: datetime) -> QuerySet[SurveyRound]:
    found = SurveyRound.objects.going_on(now).filter(survey=survey)
    read = found.select_related("broadcast__invitation").prefetch_related("segments")
    return read.order_by("asks_at", "pk")


@transaction.atomic
def cancel(*, round: SurveyRound, now: datetime) -> SurveyRound:
    """Ask nobody (more), and remind nobody; who was asked may answer until it closes.

    :raises IsOver: everybody was asked and reminded, or it was cancelled before.
    """
    held = SurveyRound.objects.select_for_update(of=("self",)).get(pk=round.pk)
    if not is_stoppable(round=held):
        raise IsOver
    for broadcast in _messages(held):
        # It may have been finished in this moment.
        with suppress(broadcasts.WrongState):
            broadcasts.cancel(broadcast=broadcast, now=now)
    held.state, held.reminds_at = State.CANCELLED, None
    held.save(update_fields=["state", "reminds_at"])
    return held


def is_stoppable(*, round: SurveyRound) -> bool:
    """Whether somebody will still be asked, or reminded."""
    if round.state == State.PLANNED:
        return True
    is_coming = round.reminds_at is not None or _messages(round).exists()
    return round.state == State.ASKED and is_coming


def carry_out_due(*, now: datetime) -> int:
    """Ask and remind where it is time; returns in how many rounds.

    Any number of these may run at once: each round is claimed under its row.
    """
    due = SurveyRound.objects.due(now).order_by("asks_at", "pk").values_list("pk", flat=True)
    return sum(
        one_by_one.attempt(
            partial(_carry_out, number, now),
            complaint="A survey round cannot be carried out",
            about=number,
            if_it_fails=partial(_give_up, number),
        )
        for number in list(due)
    )


@transaction.atomic
def _carry_out(number: int, now: datetime) -> bool:
    due = SurveyRound.objects.due(now).select_for_update(skip_locked=True, of=("self",))
    if (held := due.filter(pk=number).first()) is None:
        return False
    if held.state == State.PLANNED:
        _ask(held, now)
    else:
        _remind(held, now)
    return True


def _ask(held: SurveyRound, now: datetime) -> None:
    order = _order(held)
    version = surveys.to_be_asked(survey=held.survey)
    announcement = orders.announcement(
        order, held.template, version, held.thread, spares=orders.still_open(held.survey, now)
    )
    held.broadcast = broadcasts.start(announcement=announcement, by=held.created_by, now=now)
    surveys.invite(survey=held.survey, broadcast=held.broadcast, owner=held.created_by, now=now)
    held.state = State.ASKED
    if held.reminds_at:
        # Where it asks late.
        held.reminds_at = max(held.reminds_at, now + reminders.SOONEST)
    held.save(update_fields=["broadcast", "state", "reminds_at"])


def _remind(held: SurveyRound, now: datetime) -> None:
    held.reminds_at = None
    held.note = reminders.refusal(survey=held.survey, thread=held.thread, now=now)
    held.save(update_fields=["reminds_at", "note"])
    if held.note or held.broadcast is None or held.reminder is None:
        return
    invitation = held.broadcast.invitation
    announcement = orders.announcement(
        _order(held), held.reminder, invitation.version, held.thread, reminds=held.broadcast
    )
    sent = broadcasts.start(announcement=announcement, by=held.created_by, now=now)
    surveys.end_with_it(broadcast=sent, closes_at=invitation.closes_at)


def _give_up(number: int, error: Exception) -> bool:
    why = str(error) if isinstance(error, CannotSay) else type(error).__name__
    rows = SurveyRound.objects.filter(pk=number)
    rows.filter(state=State.PLANNED).update(state=State.FAILED)
    rows.update(reminds_at=None, note=why[:500])
    return True


def _order(held: SurveyRound) -> Order:
    return Order(
        survey=held.survey,
        segments=list(held.segments.order_by("pk")),
        channels=held.channels,
        template=held.template,
        asks_at=held.asks_at,
    )


def _messages(held: SurveyRound) -> QuerySet[Broadcast]:
    """Those that still go out."""
    both = Broadcast.objects.filter(Q(survey_round=held) | Q(reminds__survey_round=held))
    return both.filter(state__in=Broadcast.UNFINISHED)
