"""A second person approves or refuses; where nobody does in time, the plan's rule decides.

Each decision is made under its incident's row, once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from incidents.models import Approval, Incident, PlanStep, TimelineEntry
from incidents.services import (
    approval_requests,
    correction_checks,
    corrections,
    entry_approvals,
    proposals,
    refusals,
    still_said,
    told_together,
    update_checks,
    updates,
)
from incidents.services.approval_requests import (
    AlreadyDecided,
    CannotDecide,
    Changed,
    Message,
    NotReady,
)
from messaging.services import one_by_one
from messaging.services.placeholders import CannotSay

Decision, State = Approval.Decision, TimelineEntry.State
_WAITING = (State.PLANNED, State.WAITING)
_NEEDED = (
    *("entry__incident__plan", "entry__step__template", "entry__step__survey", "entry__update"),
    *("update__incident__plan", "update__published_by", "requested_by"),
)


class ReasonMissing(CannotDecide):
    pass


def approve(*, approval: Approval, by: User, now: datetime) -> None:
    """Say exactly what was asked about: an update now, the plan's words once they are due.

    :raises OwnWords: a second person decides.
    :raises AlreadyDecided: somebody has, or it is no longer about anything.
    :raises Changed: it would not be said as it was shown. It is void, and asked anew if it can be.
    :raises NotReady: a template or a survey has to be mended first; nothing was changed.
    """
    try:
        because = _approve(approval, by, now)
    except (CannotSay, update_checks.CannotPublish) as error:
        words = _("Nothing was sent: the message cannot be made (%(error)s). Mend it first.")
        raise NotReady(words % {"error": error}) from error
    if because:
        raise Changed(because)


@transaction.atomic
def _approve(approval: Approval, by: User, now: datetime) -> str:
    request = _claim(approval)
    approval_requests.check_second_person(request, by)
    story = request.incident.story_time(now)
    if because := still_said.changes(request, at=story):
        still_said.void(request, because=because, at=story)
        return because
    approval_requests.decide(request, Decision.APPROVED, at=story, by=by)
    _go_on(request, now)
    return ""


@transaction.atomic
def refuse(*, approval: Approval, by: User, reason: str, now: datetime) -> None:
    """Nothing of it is said, and whoever wrote it is told why at once.

    :raises ReasonMissing, OwnWords, AlreadyDecided: nothing was changed.
    """
    if not reason.strip():
        raise ReasonMissing(_("Say why it is refused."))
    request = _claim(approval)
    approval_requests.check_second_person(request, by)
    story = request.incident.story_time(now)
    approval_requests.decide(request, Decision.REFUSED, at=story, by=by, reason=reason.strip())
    if request.update:
        proposals.drop(update=request.update, because=reason, at=story)
    else:
        entry_approvals.skip(request=request, by=by, reason=reason)
    refusals.tell_author(request=request, by=by, now=now)


def messages(*, approval: Approval) -> Sequence[Message]:
    """Exactly what is sent once it is approved."""
    if approval.update:
        return proposals.messages(update=approval.update)
    return entry_approvals.messages(approval)


def settle(*, now: datetime) -> int:
    """Ask about what waits, and decide by the plan's rule what nobody decided; returns how many.

    Any number of these may run at once, late or doubled.
    """
    for entry_id in _to_ask_about(now):
        _safely(entry_id, _ask, now)
    settled = sum(_safely(pk, _settle, now) for pk in _to_settle(now))
    return settled + sum(_safely(pk, _tell_cleared, now) for pk in _cleared())


def _to_ask_about(now: datetime) -> list[int]:
    # Found by the few steps that ask, not among all that was ever planned.
    asking = PlanStep.objects.filter(who=PlanStep.Who.APPROVAL)
    coming = TimelineEntry.objects.filter(step__in=asking, note="")
    waiting = coming.filter(state=State.WAITING)
    promised = coming.planned().filter(step__trigger=PlanStep.Trigger.PROMISE_DUE)
    found = (waiting | promised).select_related("incident__plan", "step")
    if not found.exists():
        return []
    return [
        entry.pk
        for entry in found.order_by("due_at", "pk")
        if entry_approvals.is_time_to_ask(entry, at=entry.incident.story_time(now))
    ]


def _to_settle(now: datetime) -> list[int]:
    """Whose time is up, and what there is nothing to decide about any more."""
    undecided = Approval.objects.undecided().filter(Q(entry=None) | Q(entry__note=""))
    # Mostly there is none, and all that is needed of one is dear to ask for.
    if not undecided.exists():
        return []
    return [
        request.pk
        for request in undecided.select_related(*_NEEDED).order_by("pk")
        if request.decision == Decision.HELD
        or request.expires_at <= request.incident.story_time(now)
        or not still_said.is_standing(request)
    ]


def _cleared() -> list[int]:
    """Approved before they were due, and due now."""
    cleared = Approval.objects.filter(decision__in=[Decision.APPROVED, Decision.PUBLISHED])
    due = cleared.filter(entry__state=State.WAITING, entry__note="")
    return list(due.order_by("pk").values_list("pk", flat=True))


def _safely(pk: int, act: Callable[[int, datetime], bool], now: datetime) -> int:
    about = Q(pk=pk) if act is _ask else Q(approvals=pk)
    return one_by_one.attempt(
        partial(act, pk, now),
        complaint="An approval cannot be settled",
        about=pk,
        if_it_fails=partial(_let_wait, about),
    )


def _let_wait(about: Q, error: Exception) -> int:
    """Noted, it waits for a person like everything else that cannot be said."""
    waiting = TimelineEntry.objects.filter(about, state__in=_WAITING)
    waiting.update(state=State.WAITING, note=f"{type(error).__name__}: {error}"[:500])
    return 0


@transaction.atomic
def _ask(entry_id: int, now: datetime) -> bool:
    incident_id = TimelineEntry.objects.values_list("incident_id", flat=True).get(pk=entry_id)
    incident = Incident.objects.select_for_update().get(pk=incident_id)
    waiting = TimelineEntry.objects.filter(state__in=_WAITING)
    entry = waiting.select_related("incident__plan", "step").filter(pk=entry_id).first()
    if entry is None or not approval_requests.is_needed(step=entry.step, incident=incident):
        return False
    if entry_approvals.last_about(entry):
        return False
    entry_approvals.ask(entry=entry, at=incident.story_time(now))
    return True


@transaction.atomic
def _settle(approval_id: int, now: datetime) -> bool:
    request = _locked(approval_id)
    story = request.incident.story_time(now)
    if not request.is_undecided:
        return False
    if not still_said.is_standing(request):
        moved_on = _("The incident has moved on.")
        approval_requests.decide(request, Decision.VOID, at=story, reason=moved_on)
        return True
    if request.decision == Decision.HELD:
        return still_said.drop_if_past(request, at=story)
    if request.expires_at > story:
        return False
    if publishes_unapproved(request):
        _publish_unapproved(request, now)
    else:
        approval_requests.decide(request, Decision.HELD, at=story)
    return True


def _publish_unapproved(request: Approval, now: datetime) -> None:
    """Say it as it is true now, for nobody has looked at it; it undoes nothing said since."""
    story = request.incident.story_time(now)
    if request.update and proposals.is_overtaken(update=request.update):
        words = _("Somebody else has changed what it changes, too: look at both, then decide.")
        return approval_requests.decide(request, Decision.HELD, at=story, reason=words)
    try:
        with transaction.atomic():
            approval_requests.decide(request, Decision.PUBLISHED, at=story)
            if request.update:
                update_checks.check_leaks(request.update)
            _go_on(request, now)
    except (update_checks.BreaksRules, correction_checks.CannotBeSaid) as error:
        # Only a person can mend it: held back, somebody is called about it.
        approval_requests.decide(request, Decision.HELD, at=story, reason=str(error))
    except update_checks.CannotPublish as error:
        still_said.void(request, because=str(error), at=story)


def publishes_unapproved(request: Approval) -> bool:
    """What stands for a promised update is never held back: approval must not mean silence."""
    plan = request.incident.plan
    keeps_a_promise = (
        request.entry is not None and request.entry.step.trigger == PlanStep.Trigger.PROMISE_DUE
    )
    return keeps_a_promise or (
        plan is not None and request.incident.impact in plan.publishes_unapproved
    )


@transaction.atomic
def _tell_cleared(approval_id: int, now: datetime) -> bool:
    request = _locked(approval_id)
    if request.entry is None or request.entry.state != State.WAITING:
        return False
    story = request.incident.story_time(now)
    because = still_said.changes(request, at=story) if request.decision == Decision.APPROVED else ""
    if because:
        still_said.void(request, because=because, at=story)
    else:
        entry_approvals.go_on(request=request, now=now)
    return True


def _claim(approval: Approval) -> Approval:
    """The request as it is now, with its incident's row held.

    :raises AlreadyDecided: somebody has, or there is nothing to decide about any more.
    """
    request = _locked(approval.pk)
    if not (request.is_undecided and still_said.is_standing(request)):
        raise AlreadyDecided(_("This has been decided in the meantime."))
    return request


def _locked(approval_id: int) -> Approval:
    found = Approval.objects.select_related(*_NEEDED)
    request = found.get(pk=approval_id)
    joining = request.update.proposal.get("merges", ()) if request.update else ()
    told_together.hold(incident_id=request.incident.pk, joining=joining)
    return found.get(pk=approval_id)


def _go_on(request: Approval, now: datetime) -> None:
    if request.update and request.update.corrects_id:
        corrections.publish_proposal(correction=request.update, now=now)
    elif request.update:
        updates.publish_proposal(update=request.update, now=now)
    else:
        entry_approvals.go_on(request=request, now=now)
