"""What waits for a second person, and what was refused, as the room shows it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.safestring import SafeString

from audiences.admin.moments import brief
from audiences.languages import spoken
from incidents.admin import labels
from incidents.admin.approvals import about, decision_address, rewrite_address
from incidents.admin.wording import as_read
from incidents.models import Approval, Incident, Update


@dataclass(frozen=True)
class Proposal:
    """Words that are not said yet, or were not to be."""

    approval: Approval
    seen_at: datetime

    @property
    def about(self) -> str:
        return about(self.approval)

    @property
    def words(self) -> SafeString:
        update = self.approval.update
        return as_read(spoken(update.public_text)) if update else as_read("")

    @property
    def until(self) -> str:
        return brief(self.approval.expires_at, self.seen_at)

    @property
    def variant(self) -> str:
        return labels.APPROVAL.get(Approval.Decision(self.approval.decision), "")

    @property
    def address(self) -> str:
        return decision_address(self.approval)

    @property
    def rewrite_address(self) -> str:
        update = self.approval.update
        return rewrite_address(update) if update and not update.is_published else ""


def proposals(incident: Incident, clock: datetime) -> list[Proposal]:
    """What waits for approval, and what was refused or voided since the last word."""
    about = Approval.objects.filter(Q(update__incident=incident) | Q(entry__incident=incident))
    latest = incident.updates.published().last()
    unsaid = about.filter(update__state=Update.State.REFUSED)
    if latest:
        unsaid = unsaid.filter(update__published_at__gte=latest.published_at)
    found = about.undecided() | unsaid
    needed = ("update__incident", "entry__incident", "entry__step", "requested_by", "decided_by")
    return [Proposal(one, clock) for one in found.select_related(*needed).order_by("-pk")]
