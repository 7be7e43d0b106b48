"""What became of a request for approval meanwhile: whether what it asks about can still be said."""

import copy
from datetime import datetime

from django.utils.translation import gettext as _

from incidents.models import Approval, Update
from incidents.services import (
    approval_requests,
    correction_checks,
    correction_drafts,
    entry_approvals,
    proposals,
    update_checks,
)


def is_standing(request: Approval) -> bool:
    """Whether there is still something to decide."""
    if request.update:
        return request.update.state == Update.State.PROPOSED
    return entry_approvals.is_standing(request)


def changes(request: Approval, *, at: datetime) -> str:
    """Why it cannot be said as it was shown; empty if it can."""
    if request.update is None:
        return entry_approvals.changes(request, at=at)
    if request.update.corrects_id:
        correction_drafts.restate(correction=request.update, at=at)
    now = proposals.about(update=request.update)
    differs = approval_requests.difference(asked=request, now=now)
    return _unsayable(request.update, at) or differs


def drop_if_past(request: Approval, *, at: datetime) -> bool:
    """Void what is held and whose moment has passed; returns whether it was."""
    if not (request.update and (because := _past(request.update, at))):
        return False
    void(request, because=because, at=at)
    return True


def void(request: Approval, *, because: str, at: datetime) -> None:
    """It is asked anew as it is now, unless only its author can mend it."""
    approval_requests.decide(request, Approval.Decision.VOID, at=at, reason=because)
    if request.entry:
        entry_approvals.ask(entry=request.entry, at=at)
    elif request.update and _unsayable(request.update, at):
        proposals.drop(update=request.update, because=because, at=at)
    elif request.update:
        proposals.ask(update=request.update, at=at)


def _unsayable(update: Update, at: datetime) -> str:
    """What only its author can mend."""
    if because := _past(update, at):
        return because
    try:
        update_checks.check_leaks(update)
    except update_checks.CannotPublish as error:
        return str(error)
    return ""


def _past(update: Update, at: datetime) -> str:
    """Why its moment has passed; empty if it has not."""
    said_now = copy.copy(update)
    said_now.published_at = at
    try:
        if update.corrects_id:
            correction_checks.check(said_now, proposals.statuses_of(update))
        else:
            update_checks.check(said_now)
    except update_checks.PromiseInThePast:
        return _("The time that it promises for the next update has passed.")
    except update_checks.CannotPublish as error:
        return str(error)
    return ""
