"""Approval of the plan's own words: what is asked about an entry, and what comes of it.

Words that stand for a promised update are asked about before they are due.
"""

import copy
from datetime import datetime

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from incidents.models import Approval, Handover, PlanStep, TimelineEntry, Update
from incidents.services import approval_requests, entries, plans, release, telling, wrong_copies
from incidents.services.approval_requests import MARGIN, Asked, Message

State, Decision, Trigger = TimelineEntry.State, Approval.Decision, PlanStep.Trigger
_WAITING = (State.PLANNED, State.WAITING)


def is_time_to_ask(entry: TimelineEntry, *, at: datetime) -> bool:
    assert entry.incident.plan, "an entry comes from a plan"
    ahead = entry.incident.plan.approval_within + MARGIN
    is_promise = entry.step.trigger == Trigger.PROMISE_DUE
    return entry.state == State.WAITING or (is_promise and entry.due_at - ahead <= at)


def last_about(entry: TimelineEntry) -> Approval | None:
    """The last request about an entry, or about what is said together with it."""
    together = [entry, *entries.siblings(entry, entry.due_at)]
    requests = Approval.objects.filter(entry__in=together).exclude(decision=Decision.VOID)
    return requests.order_by("pk").last()


def ask(*, entry: TimelineEntry, at: datetime) -> Approval:
    request = Approval(entry=entry, requested_at=at)
    return approval_requests.of_entry(entry=entry, asked=_about(request), by=_author(entry), at=at)


def _author(entry: TimelineEntry) -> User | None:
    """The first notice says what whoever opened it has entered: a second person looks at it."""
    if entry.step.trigger != Trigger.OPENED:
        return None
    opened = entry.incident.handovers.filter(because=Handover.Because.OPENED)
    first = opened.select_related("by").order_by("pk").first()
    return first.by if first else None


def is_standing(request: Approval) -> bool:
    """Whether there is still something to decide."""
    return _entry(request).state in _WAITING


def _about(request: Approval) -> Asked:
    entries = asked_about(request)
    promised = [entry.update.next_update_due_at for entry in entries if entry.update]
    return approval_requests.about(
        messages=[telling.message(entry) for entry in entries],
        words=[sorted(entry.update.public_text.items()) for entry in entries if entry.update],
        times=([entry.due_at for entry in entries], promised),
    )


def messages(request: Approval) -> list[Message]:
    return [telling.message(entry) for entry in asked_about(request)]


def asked_about(request: Approval) -> list[TimelineEntry]:
    """Copies of the entries that a request is about, each with the update it would tell."""
    entry = _entry(request)
    if entry.update or entry.step.trigger not in PlanStep.UNWRITTEN:
        return [_telling(entry, wrong_copies.told_by(entry))]
    as_of = spoken_at(request)
    others = sorted(entries.siblings(entry, as_of), key=lambda other: other.pk)
    speaker = next((one for one in (entry, *others) if one.step.statement), entry)
    words = telling.statement(step=speaker.step, incident=entry.incident, at=as_of)
    return [_telling(one, words) for one in (entry, *others)]


def spoken_at(request: Approval) -> datetime:
    """The moment of the story that the words are made for."""
    return max(request.requested_at, _entry(request).due_at)


def changes(request: Approval, *, at: datetime) -> str:
    """Why it cannot be said as it was shown; empty if it can."""
    update = asked_about(request)[0].update
    promised = update.next_update_due_at if update and not update.pk else None
    if promised and promised <= at:
        return _("The time that it promises for the next update has passed.")
    return approval_requests.difference(asked=request, now=_about(request))


def go_on(*, request: Approval, now: datetime) -> None:
    """Say what was cleared, once it is due; the caller holds the incident's row."""
    entry = _entry(request)
    if entry.state != State.WAITING:
        return
    # What was approved is said as it was shown; what nobody looked at, as it is true now.
    as_of = spoken_at(request) if request.decision == Decision.APPROVED else None
    release.tell(entry, by=request.decided_by, now=now, as_of=as_of)


def skip(*, request: Approval, by: User, reason: str) -> None:
    """Nothing of what was refused is said; the caller holds the incident's row."""
    entry = _entry(request)
    others = entries.siblings(entry, entry.due_at)
    for refused in (entry, *(one for one in others if one.step.who == PlanStep.Who.APPROVAL)):
        refused.state, refused.reason = State.SKIPPED, TimelineEntry.Reason.REFUSED
        refused.note, refused.decided_by = reason[:500], by
        refused.save(update_fields=["state", "reason", "note", "decided_by"])


def _entry(request: Approval) -> TimelineEntry:
    assert request.entry, "it is about an update"
    assert request.entry.incident.plan, "an entry comes from a plan"
    plans.read_parts(plan=request.entry.incident.plan)
    return request.entry


def _telling(entry: TimelineEntry, update: Update | None) -> TimelineEntry:
    told = copy.copy(entry)
    told.update = update
    return told
