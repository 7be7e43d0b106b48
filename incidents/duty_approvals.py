"""An approval on the page behind the link in a call: what exactly goes out, to whom; yes or no.

Only the person who was called decides there, and only if they may approve.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from incidents.admin.approvals import approvers, decision_address, sent
from incidents.admin.promises import spoken_promises
from incidents.models import Approval, DutyCall
from incidents.services import approvals, duty_answers
from incidents.services.approval_requests import CannotDecide
from incidents.services.responsibility import CannotAnswer
from messaging.services.placeholders import CannotSay

ABOUT = (DutyCall.About.APPROVAL, DutyCall.About.HELD)


class DecisionForm(forms.Form):
    decide = forms.ChoiceField(choices=[("approve", ""), ("refuse", "")])
    reason = forms.CharField(max_length=500, required=False)


def address(call: DutyCall) -> str:
    """Where it is decided in the admin: the latest request about the same."""
    asked = Approval.objects.get(pk=call.object_id)
    same = Approval.objects.filter(update=asked.update_id, entry=asked.entry_id)
    return decision_address(same.latest("pk"))


def shown(call: DutyCall, approval: Approval, now: datetime) -> dict[str, Any]:
    """What the page shows before anything is decided."""
    try:
        rows, broken = sent(approval, now), ""
    except CannotSay as error:
        rows, broken = [], str(error)
    may_decide = call.user.has_perm("incidents.approve_update")
    return {
        "approval": approval,
        "sent": rows,
        "broken": broken,
        "promises": spoken_promises(approval.update) if approval.update else [],
        "may_decide": may_decide and approval.requested_by_id != call.user_id and rows,
        "approvers": approvers(approval.requested_by),
        "publishes": approvals.publishes_unapproved(approval),
        "is_held": approval.decision == Approval.Decision.HELD,
    }


def decide(call: DutyCall, posted: QueryDict, now: datetime) -> str:
    """Approve or refuse what the call is about; returns what to say of it.

    :raises CannotAnswer: nothing was decided, and why.
    """
    if not call.user.has_perm("incidents.approve_update"):
        raise CannotAnswer(_("You may not approve what other people wrote."))
    approval = Approval.objects.filter(pk=call.object_id).first()
    form = DecisionForm(posted)
    if approval is None:
        raise CannotAnswer(_("There is nothing to decide any more."))
    if not form.is_valid():
        raise CannotAnswer(_("Approve it, or refuse it with a reason of at most 500 characters."))
    try:
        said = _decide(call, approval, form.cleaned_data, now)
    except CannotDecide as error:
        raise CannotAnswer(str(error)) from error
    duty_answers.note_decision(call=call, through=DutyCall.Through.LINK, now=now)
    return said


def _decide(call: DutyCall, approval: Approval, wanted: dict[str, str], now: datetime) -> str:
    if wanted["decide"] == "approve":
        approvals.approve(approval=approval, by=call.user, now=now)
        return _("Approved: it goes out as you saw it.")
    approvals.refuse(approval=approval, by=call.user, reason=wanted["reason"], now=now)
    return _("Refused. Its author sees why.")
