"""Calling somebody: each call is a row. What they answer stands in duty_answers.py."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override

from audiences.colleagues import called
from incidents.models import DutyCall, Handover, Incident, Promise, Update
from incidents.planning.ladder import Call, Rung, Why
from incidents.services import duty_letters, duty_links, owed, responders, responsibility
from incidents.services.matters import Matter
from incidents.services.responders import Roster
from messaging.services.letters import Words

About, Answer, Through = DutyCall.About, DutyCall.Answer, DutyCall.Through


def so_far(matters: Sequence[Matter]) -> Mapping[tuple[str, int], list[DutyCall]]:
    """The calls about each matter, in order; one query.

    Of the words that an incident owes at the same time, a call about one is a call about all: two
    audiences that wait do not have the same people called twice in a minute. Whoever has written
    for one of them has reacted, and is called about the next when it is time for that.
    """
    if not matters:
        return {}
    ids: dict[str, list[int]] = defaultdict(list)
    for matter in matters:
        ids[matter.about].append(matter.thing.pk)
    asked = [Q(about=about, object_id__in=some) for about, some in ids.items()]
    promised = [one.incident for one in matters if one.about == About.PROMISE]
    by_people = Promise.objects.filter(settled_by__origin=Update.Origin.PERSON)
    answered = by_people.filter(incident__in=promised).values("pk")
    others = Q(about=About.PROMISE, incident__in=promised)
    asked.append(others & ~Q(object_id__in=answered))
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
            responsibility.give(
                matter=matter, to=user, because=Handover.Because.CALLED, by=None, now=now
            )
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
