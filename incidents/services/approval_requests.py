"""Asking a second person: what exactly is asked, until when, and what came of it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from audiences.models import Segment
from incidents.models import Approval, Incident, PlanStep, Promise, TimelineEntry, Update
from incidents.services import readership
from messaging.models import BroadcastContent

Decision = Approval.Decision
# What is decided at the last moment still has to go out before a promise breaks.
MARGIN = timedelta(minutes=2)
_PART = 15


class CannotDecide(Exception):
    """Nothing was decided; the message says why."""


class OwnWords(CannotDecide):
    pass


class AlreadyDecided(CannotDecide):
    pass


class NotReady(CannotDecide):
    """Something has to be mended before it can be said; the message says what."""


class Changed(CannotDecide):
    """What was asked about is no longer what would be sent: the request is void."""


@dataclass(frozen=True)
class Message:
    """What one step sends: to whom, by which channels, in which words."""

    step: PlanStep
    segments: Sequence[Segment]
    contents: Sequence[BroadcastContent]


@dataclass(frozen=True)
class Asked:
    """What a request is about, as an Approval keeps it."""

    fingerprint: str
    people: int | None


def about(
    *, messages: Sequence[Message], words: object, times: object, is_correction: bool = False
) -> Asked:
    """Of words, readers, their rules and times, side by side: so that one can say what changed.

    A correction is for who got the wrong text, and a request for feedback for who heard of it:
    who joins a segment gets neither, and is not counted.
    """
    said = [
        (each.step.pk, one.language, one.detail, one.subject, one.text, one.sms_text)
        for each in messages
        for one in each.contents
    ]
    readers = [
        (each.step.pk, [one.pk for one in each.segments], list(each.step.channels))
        for each in messages
    ]
    rules = readership.rules_of(one for each in messages for one in each.segments)
    parts = ((said, words), readers, rules, times)
    told = [(each.segments, each.step.channels) for each in messages if not each.step.asks]
    people = readership.count(told) if told and not is_correction else None
    return Asked("-".join(digest(part) for part in parts), people)


def difference(*, asked: Approval, now: Asked) -> str:
    """In words, what makes it another request; empty if nothing does."""
    names = (_("the words"), _("who hears it"), _("the rule of a segment"), _("the time"))
    parts = zip(names, asked.fingerprint.split("-"), now.fingerprint.split("-"), strict=True)
    changed = [name for name, before, after in parts if before != after]
    if readership.has_grown(then=asked.people, now=now.people):
        grown = _("how many hear it (%(then)d before, %(now)d now)")
        changed.append(grown % {"then": asked.people, "now": now.people})
    if not changed:
        return ""
    return _("Changed since it was asked for: %(what)s.") % {"what": ", ".join(changed)}


def digest(part: object) -> str:
    return hashlib.sha256(repr(part).encode()).hexdigest()[:_PART]


def is_needed(*, step: PlanStep, incident: Incident) -> bool:
    """In a replay there is nobody to ask, and what was recorded was said."""
    is_replay = incident.mode == Incident.Mode.REPLAY
    return step.who == PlanStep.Who.APPROVAL and not is_replay


def of_update(*, update: Update, asked: Asked, by: User | None, at: datetime) -> Approval:
    owed = update.incident.promises.filter(settled_at=None)
    if update.audience:
        owed = owed.filter(audience=update.audience)
    return Approval.objects.create(
        update=update,
        fingerprint=asked.fingerprint,
        people=asked.people,
        requested_at=at,
        requested_by=by,
        expires_at=_expiry(update.incident, at, owed, update.next_update_due_at),
    )


def of_entry(*, entry: TimelineEntry, asked: Asked, by: User | None, at: datetime) -> Approval:
    owed = entry.incident.promises.filter(settled_at=None)
    return Approval.objects.create(
        entry=entry,
        fingerprint=asked.fingerprint,
        people=asked.people,
        requested_at=at,
        requested_by=by,
        expires_at=_expiry(entry.incident, at, owed, None),
    )


def _expiry(
    incident: Incident, at: datetime, owed: Iterable[Promise], promises: datetime | None
) -> datetime:
    """As long as the plan waits, and never so long that waiting breaks a promise.

    Where that is now already, nobody is waited for.
    """
    assert incident.plan, "only a plan asks for approval"
    limits = [promise.due_at - MARGIN for promise in owed]
    if promises:
        limits.append(promises - MARGIN)
    return max(at, min([at + incident.plan.approval_within, *limits]))


def decide(
    approval: Approval,
    decision: Approval.Decision,
    *,
    at: datetime,
    by: User | None = None,
    reason: str = "",
) -> None:
    """Note what came of a request; the caller holds the incident's row."""
    approval.decision, approval.decided_at = decision, at
    approval.decided_by, approval.reason = by, reason[:500]
    approval.save(update_fields=["decision", "decided_at", "decided_by", "reason"])


def check_second_person(approval: Approval, by: User) -> None:
    """:raises OwnWords: they asked for it themselves."""
    if approval.requested_by_id == by.pk:
        raise OwnWords(_("A second person approves, not the one who wrote it."))
