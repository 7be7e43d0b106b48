"""Calling somebody, and what they answer: each call is a row, and so is each answer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.colleagues import called
from incidents.models import DutyCall, Handover, Incident, PlanReview, Promise
from incidents.planning.ladder import Call, Rung, Why
from incidents.services import duty_letters, duty_links, handovers, owed, responders
from incidents.services.matters import Matter
from incidents.services.responders import Roster
from messaging.services.letters import Words

About, Answer, Through = DutyCall.About, DutyCall.Answer, DutyCall.Through
# For how long a call can be put off, the shortest first; where only days count, for days.
SNOOZES = (timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
SLOW_SNOOZES = (timedelta(days=1), timedelta(days=2), timedelta(days=3))


class CannotAnswer(Exception):
    """Nothing was changed; the message says why, and what can be done instead."""


def so_far(matters: Sequence[Matter]) -> Mapping[tuple[str, int], list[DutyCall]]:
    """The calls about each matter, in order; one query.

    Of the words that an incident owes at the same time, a call about one is a call about all: two
    audiences that wait do not have the same people called twice in a minute.
    """
    if not matters:
        return {}
    ids: dict[str, list[int]] = defaultdict(list)
    for matter in matters:
        ids[matter.about].append(matter.thing.pk)
    asked = [Q(about=about, object_id__in=some) for about, some in ids.items()]
    promised = [one.incident for one in matters if one.about == About.PROMISE]
    asked.append(Q(about=About.PROMISE, incident__in=promised))
    found: dict[tuple[str, int | None], list[DutyCall]] = defaultdict(list)
    for call in DutyCall.objects.filter(reduce(or_, asked)).order_by("pk"):
        found[_shared(call.about, call.object_id, call.incident_id)].append(call)
    return {
        one.key: [call for call in found[_shared(*one.key, one.incident_id)] if _counts(call, one)]
        for one in matters
    }


def _shared(about: str, object_id: int, incident_id: int | None) -> tuple[str, int | None]:
    return about, incident_id if about == About.PROMISE else object_id


def _counts(call: DutyCall, matter: Matter) -> bool:
    is_meanwhile = call.called_at > matter.owed.shared_from_at and not call.is_information
    return matter.is_of(call) or is_meanwhile


def as_planned(matter: Matter, calls: Sequence[DutyCall]) -> list[Call]:
    return [
        Call(one.user_id, one.called_at, one.problem, one.snoozed_until, matter.is_of(one))
        for one in calls
    ]


def hold(*, about: str, object_id: int, incident_id: int | None) -> None:
    """Let nobody else call or answer about the same until the transaction ends."""
    if incident_id is not None:
        Incident.objects.select_for_update().get(pk=incident_id)
    elif about == About.REVIEW:
        PlanReview.objects.select_for_update().get(pk=object_id)


def make(*, matter: Matter, rung: Rung, user: User, roster: Roster, now: datetime) -> DutyCall:
    """Call the next person, who answers for it from now on; the caller holds the rows.

    With a problem nobody is called: the row says who was passed over, and why.
    """
    call = DutyCall.objects.create(
        about=matter.about,
        object_id=matter.thing.pk,
        rung=rung.number,
        incident=matter.incident,
        user=user,
        called_at=matter.clock(now),
        problem=rung.problem,
    )
    if not rung.problem:
        before = matter.responsible
        if matter.moves_on and before != user:
            _make_responsible(matter, user, because=Handover.Because.CALLED, by=None, now=now)
        responder = roster.by_user[user.pk]
        with override(responder.contact.spoken):
            why = _why(matter, rung, before, user)
        words = duty_letters.of_call(
            matter=matter,
            responder=responder,
            stage=duty_letters.stage_of(matter, before=before, user=user),
            why=why,
            url=duty_links.url(call, now=now),
        )
        _send(call, matter, roster, words, now)
    return call


def _send(call: DutyCall, matter: Matter, roster: Roster, words: Words, now: datetime) -> None:
    is_slow, responder = matter.is_slow, roster.by_user[call.user_id]
    duty_letters.send(
        responder=responder,
        channels=roster.channels(responder, is_urgent=not is_slow),
        words=words,
        facts={"call": call.pk},
        thread=duty_letters.thread(matter.incident),
        lifetime=duty_letters.SLOW_LIFETIME if is_slow else duty_letters.LIFETIME,
        now=now,
    )


def _why(matter: Matter, rung: Rung, before: User | None, user: User) -> str:
    if matter.about == About.HELD:
        return _(
            "It is held back by the plan because nobody approved it in time: customers do not hear"
            " it until somebody decides."
        )
    if rung.why == Why.SNOOZED:
        return _("The time for which it was snoozed is over.")
    if rung.why == Why.TOOK_OVER and before == user:
        return _("You answer for it, and nothing has happened yet.")
    if before == user or before is None:
        return _("You answer for it. If nobody reacts, the next person is called.")
    name = called(before)
    if matter.moves_on:
        words = _("%(name)s has not reacted. You answer for it from now on.")
    else:
        words = _("%(name)s has not reacted. Please see to it, or take it over.")
    return words % {"name": name}


def _make_responsible(
    matter: Matter, user: User, *, because: Handover.Because, by: User | None, now: datetime
) -> None:
    thing = matter.thing
    match matter.about:
        case About.PROMISE | About.SILENCE:
            assert matter.incident
            handovers.record(
                incident=matter.incident, to=user, because=because, by=by, at=matter.clock(now)
            )
            return
        case About.ENTRY | About.TASK:
            field = "assignee"
        case About.POSTMORTEM:
            if thing.is_with_reviewer and thing.author == user:
                raise CannotAnswer(
                    _("You wrote it: send it back, and choose somebody else to review it.")
                )
            thing.give_to(user)
            return
        case About.COMMITMENT | About.FOLLOW_UP:
            field = "owner"
        case About.REVIEW:
            field = "reviewer"
        case _:
            return  # Whoever approves is no author: nothing changes hands.
    setattr(thing, field, user)
    thing.save(update_fields=[field])


def tell_owner(*, promise: Promise, roster: Roster, now: datetime) -> DutyCall | None:
    """Tell the plan's owner that the plan had to keep a promise in the team's place; nobody else
    reacts to it. The caller holds the incident's row."""
    incident = promise.incident
    if incident.plan is None or incident.mode == Incident.Mode.REPLAY:
        return None
    matter, owner = owed.of_promise(promise), incident.plan.owner
    problem = responders.unreachable(
        owner, roster=roster, incident=incident, is_urgent=True, publishes=False
    )
    call = DutyCall.objects.create(
        about=About.PROMISE,
        object_id=promise.pk,
        rung=DutyCall.objects.filter(about=About.PROMISE, object_id=promise.pk).count(),
        incident=incident,
        user=owner,
        called_at=incident.story_time(now),
        problem=problem,
        is_information=True,
    )
    if not problem:
        responder = roster.by_user[owner.pk]
        with override(responder.contact.spoken):
            why = _("Nobody has written, so the plan's holding statement has gone out.")
        room = duty_letters.room_url(incident)
        words = duty_letters.of_information(matter=matter, responder=responder, why=why, url=room)
        _send(call, matter, roster, words, now)
    return call


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
    _make_responsible(matter, by, because=Handover.Because.TOOK_OVER, by=by, now=now)
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
        until = min(until, matter.owed.due_at)
    if until <= at:
        raise CannotAnswer(_("It is due: it cannot be snoozed any more. Publish an update now."))
    if _latest(call).pk != call.pk:
        raise CannotAnswer(_("Somebody was called after this. Use the link in the newest message."))
    call.snoozed_until, call.reason = until, reason[:500]
    return _note(call, Answer.SNOOZED, through, at=at)


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
    hold(about=call.about, object_id=call.object_id, incident_id=call.incident_id)
    call = DutyCall.objects.select_related("incident", "user").get(pk=call.pk)
    matter = owed.find(call=call, now=now)
    if matter is None:
        raise CannotAnswer(_("There is nothing to do any more: it is done, or it is over."))
    return call, matter


def _note(call: DutyCall, answer: DutyCall.Answer, through: str, *, at: datetime) -> DutyCall:
    call.answer, call.through, call.answered_at = answer, through, at
    call.save(update_fields=["answer", "through", "answered_at", "snoozed_until", "reason"])
    return call
